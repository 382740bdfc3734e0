import { type Candidate, ineligibility, tooSlow } from './eligibility.ts';
import type { RunState } from './run-state.ts';
import { skip } from './try-target.ts';

/** The eligible targets of one request in the order in which they are asked. */
export interface Plan {
  readonly candidates: readonly Candidate[];
}

/** Who may serve at all, in the order of preference; everybody else is noted with the reason. */
export function planOf(state: RunState): Plan {
  const eligible = state.candidates.filter((candidate) => mayServe(state, candidate));
  const slow = slowOnes(state, eligible);
  if (slow.size === 0) return { candidates: state.deps.preference.order(state, eligible) };
  const fast = eligible.filter((candidate) => !slow.has(candidate));
  // A slow answer is better than none: they are asked when nobody else has served.
  return { candidates: [...state.deps.preference.order(state, fast), ...slow.keys()] };
}

/** Those that are too slow for the route, each noted; a lane that takes nothing now is nobody to be faster. */
function slowOnes(state: RunState, eligible: readonly Candidate[]): ReadonlyMap<Candidate, unknown> {
  const { deps, situation, order, now } = state;
  if (order.route.demands.maxFirstContentMs === undefined) return NONE;
  const open = eligible.filter(({ target }) => !deps.lanes.of(target, now).refusal(now, order.route.name));
  const slow = tooSlow(open, situation);
  for (const [candidate, why] of slow) skip(state, candidate, why);
  return slow;
}

const NONE: ReadonlyMap<Candidate, unknown> = new Map();

function mayServe(state: RunState, candidate: Candidate): boolean {
  const why = ineligibility(candidate, state.situation);
  if (why) skip(state, candidate, why);
  else state.journal.note({ type: 'eligible', target: candidate.target.target.id }, state.now);
  return why === undefined;
}
