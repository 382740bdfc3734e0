import type { Candidate } from './eligibility.ts';
import { doubtedLast } from './preference.ts';
import type { SameModelPolicy } from './route.ts';
import type { RunState } from './run-state.ts';

/** Share of the requests that go to a host picked blindly, so that a slow spell which is over is noticed. */
export const EXPLORED_SHARE = 0.05;

/**
 * The hosts of one model in the order in which this request asks them: the one that the balance chose, then the others
 * by the same measure. The chosen one is the request's primary.
 */
export function balanced(
  state: RunState,
  policy: SameModelPolicy,
  candidates: readonly Candidate[],
): readonly Candidate[] {
  if (candidates.length < 2) return candidates;
  const { ordered: measured, why } = order(state, policy, candidates);
  const ordered = doubtedLast(state, slowLast(state, measured));
  const [first] = ordered;
  if (!first) return candidates;
  state.primaryRank = first.rank;
  state.journal.note({ type: 'balanced', target: first.target.target.id, why }, state.now);
  return ordered;
}

/** Those that were found too slow for the route stay behind the others, whatever the balance would give them. */
function slowLast({ journal }: RunState, hosts: readonly Candidate[]): readonly Candidate[] {
  const slow = new Set(journal.reports.flatMap(({ target, reason }) => (reason === 'latency-class' ? [target] : [])));
  if (slow.size === 0) return hosts;
  const isSlow = ({ target }: Candidate) => slow.has(target.target.id);
  return [...hosts.filter((host) => !isSlow(host)), ...hosts.filter(isSlow)];
}

interface Ordered {
  readonly ordered: readonly Candidate[];
  readonly why: string;
}

function order(state: RunState, policy: SameModelPolicy, candidates: readonly Candidate[]): Ordered {
  switch (policy.balance) {
    case 'weighted':
      return byWeight(state, candidates);
    case 'least-loaded':
      return byLoad(state, candidates);
    case 'fastest':
      return bySpeed(state, candidates);
  }
}

/** One after the other is drawn by its weight; those without any come last, in the route's order. */
function byWeight({ deps }: RunState, candidates: readonly Candidate[]): Ordered {
  const left = [...candidates];
  const ordered: Candidate[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, candidate) => sum + weightOf(candidate), 0);
    let drawn = deps.chance.next() * total;
    const at = left.findIndex((candidate) => {
      drawn -= weightOf(candidate);
      return drawn < 0;
    });
    ordered.push(...left.splice(Math.max(0, at), 1));
  }
  const [first] = ordered;
  return { ordered, why: `drawn by weight ${first ? weightOf(first) : 0}` };
}

function weightOf({ target }: Candidate): number {
  return target.weight ?? 1;
}

/** Equals are drawn, so that the first of the route does not get every request of a quiet minute. */
function byLoad(state: RunState, candidates: readonly Candidate[]): Ordered {
  const load = (candidate: Candidate) => state.deps.lanes.of(candidate.target, state.now).gate.active;
  const ordered = rankedBy(state, candidates, load);
  const [first] = ordered;
  return { ordered, why: `least loaded, with ${first ? load(first) : 0} requests under way` };
}

/**
 * The nearer of two that are drawn: everybody's choice of the one fastest host would make it the slowest. What counts is
 * its median time until the first content, as many times as requests are under way there; a host that nobody has
 * measured lately is asked first.
 */
function bySpeed(state: RunState, candidates: readonly Candidate[]): Ordered {
  const drawn = rankedBy(state, candidates, () => 0);
  const explores = state.deps.chance.next() < EXPLORED_SHARE;
  if (explores) return { ordered: drawn, why: 'drawn, to measure it' };
  const cost = (candidate: Candidate) => {
    const lane = state.deps.lanes.of(candidate.target, state.now);
    return (paceOf(state, candidate) ?? 0) * (lane.gate.active + 1);
  };
  const pair = rankedBy(state, drawn.slice(0, 2), cost);
  const [first] = pair;
  const pace = first && paceOf(state, first);
  const why = pace === undefined ? 'not measured lately' : `faster of two, ${Math.round(pace)} ms`;
  return { ordered: [...pair, ...rankedBy(state, drawn.slice(2), cost)], why };
}

function paceOf(state: RunState, { target }: Candidate): number | undefined {
  const { now } = state;
  const { latency } = state.deps.lanes.of(target, now);
  return state.order.request.stream ? latency.firstContentMs(0.5, now) : latency.totalMs(0.5, now);
}

function rankedBy(
  { deps }: RunState,
  candidates: readonly Candidate[],
  measure: (candidate: Candidate) => number,
): readonly Candidate[] {
  return candidates
    .map((candidate) => ({ candidate, measured: measure(candidate), draw: deps.chance.next() }))
    .sort((one, other) => one.measured - other.measured || one.draw - other.draw)
    .map(({ candidate }) => candidate);
}
