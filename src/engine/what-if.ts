import { type Candidate, eligibilityOf } from './eligibility.ts';
import { type HeadroomOutlook, headroomOf, type PeakLoad } from './headroom-outlook.ts';
import type { BreakerState, Lane, LaneRefusal } from './lane.ts';
import { lastResorts } from './last-resort.ts';
import { parityAt } from './parity.ts';
import { planOf } from './plan.ts';
import type { StatusNote } from './ports.ts';
import { Preference } from './preference.ts';
import type { Decision } from './record.ts';
import type { Policy, Route, RouteTarget } from './route.ts';
import { type EngineDeps, RunState } from './run-state.ts';
import { type BudgetOutlook, budgetsOf, type CostOutlook, costsOf } from './spending-outlook.ts';
import { needsStated, requestOf, type StatedNeeds } from './stated-needs.ts';
import { type LaneAsThen, SupposedLanes } from './supposed-lanes.ts';
import { tokenNeed } from './token-need.ts';

/** What somebody wants to know: who would serve a route, if. */
export interface Supposition {
  readonly route: Route;
  readonly needs: StatedNeeds;
  /** Name of the caller's key whose limits count. */
  readonly caller?: string;
  /** Targets and providers that are supposed to be down. */
  readonly down: readonly string[];
  /** Another time than now, with the lanes as they were or will be. */
  readonly moment?: {
    /** Wall clock, milliseconds since 1970. */
    readonly at: number;
    readonly lanes: ReadonlyMap<string, LaneAsThen>;
  };
  /** The most that the primary carried in a minute of late; absent where nothing is on record. */
  readonly peak?: PeakLoad;
}

export interface TargetOutlook {
  readonly target: string;
  /** Position in the route, from 0. */
  readonly rank: number;
  /** `stands-by`: asked when those before it fail. `out`: not asked, for the reason that stands beside it. */
  readonly verdict: 'serves' | 'stands-by' | 'out';
  /** A skip reason, or `down` where it is supposed to be. */
  readonly reason?: string;
  readonly detail?: string;
  readonly retryAfterMs?: number;
  /** What nobody knows of it. */
  readonly warnings: readonly string[];
  readonly breaker: BreakerState;
  readonly cost: CostOutlook | null;
  readonly headroom: HeadroomOutlook;
  readonly status: StatusNote | null;
}

/** Who would serve, and why the others would not. */
export interface Outlook {
  readonly route: string;
  readonly policy: Policy;
  /** Who may be asked first; several where the policy chooses among them by load, by chance or by speed. */
  readonly serves: readonly string[];
  /** Every breaker is open: one of those that serve is asked all the same. */
  readonly panic: boolean;
  /** Asked at once, where the policy asks several of some requests. */
  readonly together: readonly string[];
  /** Why the order is not that of the route. */
  readonly preferred?: { readonly why: string; readonly detail: string };
  /** In the order in which they are asked; those that are not eligible come last. */
  readonly targets: readonly TargetOutlook[];
  /** Budgets of the route, and what the first that serves would make of them at the primary's peak. */
  readonly budgets: readonly BudgetOutlook[];
}

interface Asked {
  readonly candidate: Candidate;
  readonly lane: Lane;
  readonly isDown: boolean;
  readonly refusal: Pick<LaneRefusal, 'reason' | 'detail' | 'retryAfterMs'> | undefined;
}

/** Answers by the same plan and the same lanes as a live request's, and changes neither. */
export function whatIf(supposition: Supposition, deps: EngineDeps): Outlook {
  const { route, down } = supposition;
  const isDown = ({ target }: RouteTarget) => down.includes(target.id) || down.includes(target.provider);
  const state = stateOf(supposition, deps, isDown);
  try {
    const asked = planOf(state).candidates.map((candidate) => askedOf(state, candidate, isDown));
    const standing = standingOf(route.policy, asked, state.now);
    const targets = outlooks(state, asked, { ...supposition, serves: standing.serves });
    const [first] = standing.serves;
    const preferred = state.journal.decisions.find((decision) => decision.type === 'preferred');
    return {
      route: route.name,
      policy: route.policy,
      ...standing,
      ...(preferred?.type === 'preferred' && { preferred: { why: preferred.why, detail: preferred.detail } }),
      targets,
      budgets: budgetsOf(route, {
        peak: supposition.peak,
        primary: targets.find(({ rank }) => rank === state.situation.primaryRank)?.cost,
        serving: targets.find(({ target }) => target === first)?.cost,
      }),
    };
  } finally {
    state.close();
  }
}

function stateOf(supposition: Supposition, deps: EngineDeps, isDown: (target: RouteTarget) => boolean): RunState {
  const { route, needs, caller, moment } = supposition;
  const request = requestOf(needs, route);
  const lanes = new SupposedLanes(deps.lanes, { isDown, ...(moment && { lanes: moment.lanes }) });
  // What was learned is of now: of another time nothing is known but what is on record.
  const ofThen = moment && { preference: new Preference(), parity: parityAt(deps.parity, moment.at) };
  return new RunState(
    {
      requestId: 'what-if',
      request,
      route,
      ...(caller !== undefined && { caller }),
      signal: new AbortController().signal,
      startedAt: deps.clock.now(),
      supposed: needsStated(needs, request, route),
    },
    { open: () => undefined, write: () => undefined },
    { ...deps, lanes, ...ofThen },
  );
}

function askedOf(state: RunState, candidate: Candidate, supposedDown: (target: RouteTarget) => boolean): Asked {
  const { now, deps, order } = state;
  const lane = deps.lanes.of(candidate.target, now);
  const isDown = supposedDown(candidate.target);
  const need = tokenNeed(lane, candidate, state.needs, now);
  const refusal = lane.refusal(now, order.route.name, need) ?? crowded(lane);
  return { candidate, lane, isDown, refusal };
}

function crowded(lane: Lane): Asked['refusal'] {
  const { concurrency, queue } = lane.gateLimits;
  if (lane.gate.active < concurrency || lane.gate.waiting < queue) return undefined;
  return { reason: 'headroom', detail: 'all places and the queue are taken', retryAfterMs: 0 };
}

interface Standing {
  readonly serves: readonly string[];
  readonly together: readonly string[];
  readonly panic: boolean;
}

function standingOf(policy: Policy, asked: readonly Asked[], now: number): Standing {
  const open = asked.filter(({ refusal, isDown }) => !refusal && !isDown);
  // Whoever is supposed to be down has an open breaker as well, as after the first minute of an outage.
  const shut = asked.filter(({ refusal, isDown }) => refusal?.reason === 'breaker-open' || (isDown && !refusal));
  const crowdedOut = asked.some(({ refusal }) => refusal?.reason === 'headroom');
  const last = lastResorts(
    shut.filter(({ isDown }) => !isDown),
    ({ lane }) => lane,
    now,
  ).shut;
  const panic = open.length === 0 && last.length > 0 && !crowdedOut;
  if (panic) return { serves: idsOf(last), together: [], panic };
  const able = idsOf(open);
  switch (policy.kind) {
    case 'hot-cold':
    case 'single':
    case 'cascade':
      return { serves: able.slice(0, 1), together: [], panic };
    case 'quorum': {
      const size = Math.min(policy.size, asked.length);
      return { serves: able.slice(0, 1), together: size < 2 ? [] : able.slice(0, size), panic };
    }
    case 'same-model': {
      const weighted = open.filter(({ candidate }) => (candidate.target.weight ?? 1) > 0);
      const drawn = policy.balance === 'weighted' && weighted.length > 0 ? idsOf(weighted) : able;
      return { serves: drawn, together: [], panic };
    }
  }
}

function idsOf(asked: readonly Asked[]): string[] {
  return asked.map(({ candidate }) => candidate.target.target.id);
}

type Told = Supposition & Pick<Standing, 'serves'>;

function outlooks(state: RunState, asked: readonly Asked[], told: Told): TargetOutlook[] {
  const skipped = new Map<string, Extract<Decision, { type: 'skipped' }>>();
  for (const decision of state.journal.decisions) {
    if (decision.type === 'skipped' && decision.target !== undefined) skipped.set(decision.target, decision);
  }
  const costs = costsOf(state, told.needs);
  const order = new Map(asked.map((one, at) => [one.candidate, at]));
  const sorted = [...state.candidates].sort(
    (one, other) => (order.get(one) ?? asked.length + one.rank) - (order.get(other) ?? asked.length + other.rank),
  );
  return sorted.map((candidate) => {
    const { target } = candidate.target;
    const lane = state.deps.lanes.of(candidate.target, state.now);
    const eligibility = eligibilityOf(candidate, state.situation);
    return {
      target: target.id,
      rank: candidate.rank,
      ...verdictOf(
        asked.find((one) => one.candidate === candidate),
        skipped.get(target.id),
        told.serves,
      ),
      warnings: eligibility.eligible ? eligibility.warnings : [],
      breaker: lane.breakerState(state.now),
      cost: costs(candidate) ?? null,
      headroom: headroomOf(lane.snapshot(state.now), told.peak),
      status: state.deps.status.of(target) ?? null,
    };
  });
}

type Verdict = Pick<TargetOutlook, 'verdict' | 'reason' | 'detail' | 'retryAfterMs'>;

function verdictOf(
  asked: Asked | undefined,
  skipped: Extract<Decision, { type: 'skipped' }> | undefined,
  serves: readonly string[],
): Verdict {
  const noted = skipped && {
    reason: skipped.reason,
    ...(skipped.detail !== undefined && { detail: skipped.detail }),
    ...(skipped.retryAfterMs !== undefined && { retryAfterMs: skipped.retryAfterMs }),
  };
  if (!asked) return { verdict: 'out', ...noted };
  const serving = serves.includes(asked.candidate.target.target.id);
  if (asked.isDown) return { verdict: 'out', reason: 'down', detail: 'supposed to be down' };
  // Too slow for its route: behind the others, and asked all the same when they fail.
  if (!asked.refusal) return { verdict: serving ? 'serves' : 'stands-by', ...noted };
  const { reason, detail, retryAfterMs } = asked.refusal;
  return { verdict: serving ? 'serves' : 'out', reason, detail, retryAfterMs };
}
