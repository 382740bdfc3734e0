import { type Candidate, ineligibility } from './eligibility.ts';
import type { RunState } from './run-state.ts';
import { skip } from './try-target.ts';

/** The eligible targets of one request in the order in which they are asked. */
export interface Plan {
  readonly candidates: readonly Candidate[];
}

/** Who may serve at all, in the order of preference; everybody else is noted with the reason. */
export function planOf(state: RunState): Plan {
  const eligible = state.candidates.filter((candidate) => mayServe(state, candidate));
  return { candidates: state.deps.preference.order(state, eligible) };
}

function mayServe(state: RunState, candidate: Candidate): boolean {
  const why = ineligibility(candidate, state.situation);
  if (why) skip(state, candidate, why);
  else state.journal.note({ type: 'eligible', target: candidate.target.target.id }, state.now);
  return why === undefined;
}
