import { NO_DEMANDS } from '../../src/engine/demands.ts';
import { QUOTA_HOLD_MS } from '../../src/engine/engine-defaults.ts';
import type { Lane } from '../../src/engine/lane.ts';
import type { Route, Timeouts } from '../../src/engine/route.ts';
import { DEFAULT_BREAKER } from '../../src/resilience/breaker-policy.ts';
import type { World } from './world.ts';
import type { PlannedRequest } from './world-plan.ts';

/** Limits that no healthy provider of a world comes near. */
const PATIENT: Timeouts = {
  connectMs: 3_000,
  headersMs: 60_000,
  firstContentMs: 60_000,
  gapMs: 60_000,
  totalMs: 600_000,
  minCharsPerSecond: 0,
};
const PATIENT_BUDGET = { primaryBudgetMs: 60_000, deadlineMs: 120_000 };

const { ramp, returnDwellMs } = DEFAULT_BREAKER;
const RAMP_MS = ramp.shares.length * ramp.dwellMs;
/** Of a lane that had come back shortly before: full traffic waits for the dwell, and its stage is one of as many. */
const LONGEST_RAMP_MS = (returnDwellMs / (ramp.shares.length - 1)) * ramp.shares.length;

/**
 * After the faults: once the longest documented wait is over one request a lane is served, which is the probe; half a
 * minute of ramp later every lane is closed, one that came back before no later than its dwell, and the primary of every route serves at the first attempt.
 */
export async function checkRecovery(world: World): Promise<void> {
  const { clock, plan } = world;
  await clock.advance(Math.max(0, plan.faultsEndMs - clock.now()) + waitMs(world));
  world.routes = world.routes.map(patient);
  await oneByOne(world, probes(world));
  await clock.advance(RAMP_MS + 1);
  checkClosed(world, ({ id }) => !relapsed(world, id));
  await clock.advance(LONGEST_RAMP_MS - RAMP_MS);
  checkClosed(world, () => true);
  const again = world.routes.map((_, at) => planned({ id: `again_${2_000 + at}`, route: at }));
  await oneByOne(world, again);
  for (const { id, route } of again) {
    const primary = world.routes[route]?.targets[0]?.target.id;
    const end = world.ledger.rows.get(id)?.end;
    if (
      end?.outcome === 'served' &&
      (!hasFirst(world.routes[route]) || (end.servedBy === primary && end.attempts === 1))
    )
      continue;
    const detail = `${end?.outcome} by ${end?.servedBy} after ${end?.attempts} attempts, primary ${primary}`;
    world.tell({ invariant: 'recovers', atMs: clock.now(), requestId: id, detail });
  }
}

function checkClosed(world: World, which: (lane: Lane) => boolean): void {
  const { lanes, clock } = world;
  for (const lane of lanes.all) {
    const state = lane.breakerState(clock.now());
    if (state === 'closed' || !which(lane) || !isOnRoute(world, lane.id)) continue;
    world.tell({ invariant: 'recovers', atMs: clock.now(), lane: lane.id, detail: `is ${state} after the ramp` });
  }
}

/** The ramp that it has to be through by now is not its first. */
function relapsed({ moves }: World, id: string): boolean {
  return moves.filter(({ lane, to }) => lane === id && to === 'ramping').length > 1;
}

/** What only people cure is looked at again after five minutes, everything else after half a minute. */
function waitMs({ plan }: World): number {
  const probeMs = DEFAULT_BREAKER.probeIntervalMs * (1 + DEFAULT_BREAKER.jitter) + 1;
  const faults = plan.providers.flatMap(({ temper }) => (temper.incidents ?? []).map(({ fault }) => fault.kind));
  const slowest = faults.some((kind) => kind === 'quota' || kind === 'retired' || kind === 'bad-credential');
  return slowest ? Math.max(QUOTA_HOLD_MS, DEFAULT_BREAKER.isolateMs) + probeMs : probeMs;
}

/** Whether the policy has a target that serves whenever it can. */
function hasFirst(route: Route | undefined): boolean {
  return route?.policy.kind === 'hot-cold' || route?.policy.kind === 'single';
}

function patient(route: Route): Route {
  return {
    ...route,
    streamBudget: PATIENT_BUDGET,
    unaryBudget: PATIENT_BUDGET,
    audit: 'best-effort',
    score: 'off',
    demands: NO_DEMANDS,
    targets: route.targets.map((target) => ({ ...target, stream: PATIENT, unary: PATIENT })),
  };
}

function isOnRoute({ routes }: World, lane: string): boolean {
  return routes.some(({ targets, policy }) =>
    targets.some(({ target }, rank) => target.lane === lane && (rank === 0 || policy.kind !== 'single')),
  );
}

/** One request for each lane that a route can reach, pinned to it. */
function probes(world: World): PlannedRequest[] {
  const pins = new Map<string, number>();
  for (const [at, { targets, policy }] of world.routes.entries()) {
    const reachable = policy.kind === 'single' ? targets.slice(0, 1) : targets;
    for (const { target } of reachable) if (!pins.has(target.id)) pins.set(target.id, at);
  }
  return [...pins].map(([pin, route], at) => ({
    ...planned({ id: `probe_${1_000 + at}`, route }),
    options: { pin },
  }));
}

function planned(how: { id: string; route: number }): PlannedRequest {
  return { ...how, atMs: 0, stream: true, form: 'text', options: {}, goesOn: false };
}

/** A crowd would meet the gates, which is not what is asked here. */
async function oneByOne(world: World, requests: readonly PlannedRequest[]): Promise<void> {
  for (const request of requests) await world.serveAll([{ ...request, atMs: world.clock.now() + 10 }]);
}
