import { checkBudgets } from './check-budgets.ts';
import { checkRequest } from './check-request.ts';
import type { Violation } from './invariants.ts';
import { checkRecovery } from './recovery.ts';
import type { SeenExchange } from './watched-upstream.ts';
import { World } from './world.ts';
import type { WorldPlan } from './world-plan.ts';

/** What became of one world. */
export interface WorldReport {
  readonly world: World;
  readonly violations: readonly Violation[];
  readonly tally: Tally;
}

export interface Tally {
  worlds: number;
  requests: number;
  served: number;
  degraded: number;
  failed: number;
  interrupted: number;
  gone: number;
  attempts: number;
  probes: number;
  virtualMs: number;
}

export function noTally(): Tally {
  return {
    worlds: 0,
    requests: 0,
    served: 0,
    degraded: 0,
    failed: 0,
    interrupted: 0,
    gone: 0,
    attempts: 0,
    probes: 0,
    virtualMs: 0,
  };
}

/** Lives through one world and looks at everything that must hold in it. */
export async function runWorld(plan: WorldPlan): Promise<WorldReport> {
  const world = new World(plan);
  await world.live();
  checkAtRest(world);
  await checkRecovery(world);
  checkAtRest(world);
  const byRequest = new Map<string, SeenExchange[]>();
  for (const exchange of world.upstream.exchanges) {
    const mine = byRequest.get(exchange.requestId);
    if (mine) mine.push(exchange);
    else byRequest.set(exchange.requestId, [exchange]);
  }
  for (const id of world.asking.keys()) checkRequest(world, id, byRequest.get(id) ?? []);
  checkBudgets(world);
  return { world, violations: world.violations, tally: tallyOf(world) };
}

/** No request is under way: nothing may be armed, taken or open. */
function checkAtRest(world: World): void {
  const atMs = world.clock.now();
  world.lanes.checkAtRest(atMs);
  const { armed } = world.engineClock;
  if (armed > 0) world.tell({ invariant: 'nothing-left', atMs, detail: `${armed} timers are still armed` });
  const { active } = world.providers;
  if (active > 0) world.tell({ invariant: 'nothing-left', atMs, detail: `${active} exchanges are still open` });
}

function tallyOf({ ledger, asking, clock, moves }: World): Tally {
  const tally = { ...noTally(), worlds: 1, requests: asking.size, virtualMs: clock.now() };
  for (const { end, started } of ledger.rows.values()) {
    tally.attempts += started.length;
    if (end?.degraded) tally.degraded += 1;
    if (end?.outcome === 'caller-gone') tally.gone += 1;
    else if (end) tally[end.outcome] += 1;
  }
  tally.probes = moves.filter(({ to }) => to === 'half-open').length;
  return tally;
}

export function addTally(to: Tally, more: Tally): void {
  for (const key of Object.keys(to) as (keyof Tally)[]) to[key] += more[key];
}
