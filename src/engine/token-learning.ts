import type { Candidate } from './eligibility.ts';
import type { Lane } from './lane.ts';
import type { Needs } from './needs.ts';
import type { RunState } from './run-state.ts';
import { isMostlyText } from './token-estimate.ts';
import { MIN_LEARNED_TOKENS } from './token-factor.ts';
import { mostInput, uncorrectedInput } from './window-fit.ts';

/**
 * Corrects the lane's estimates by what its provider counted in an answer of its. What a provider adds by itself (results
 * of its own search, a cache that it holds) is input that nobody could have estimated, so such requests teach nothing.
 */
export function learnFromUsage(state: RunState, candidate: Candidate, counted: number | undefined): void {
  const lane = state.deps.lanes.of(candidate.target, state.now);
  // The counter has taught it already, small requests teach nothing, and the measure of a long text is not free.
  if (
    counted === undefined ||
    state.order.request.requires.length > 0 ||
    state.counts?.has(candidate.target.target.id) ||
    mostInput(candidate, state.needs) < MIN_LEARNED_TOKENS ||
    !lane.tokens.wants()
  )
    return;
  learnFromCount(lane, candidate, state.needs, counted);
}

export function learnFromCount(lane: Lane, candidate: Candidate, needs: Needs, counted: number): void {
  if (isMostlyText(needs.measure.get())) lane.tokens.learn(uncorrectedInput(candidate, needs), counted);
}
