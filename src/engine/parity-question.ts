import type { Candidate, Situation } from './eligibility.ts';
import type { ParityAnswer } from './parity.ts';

/** What evidence says of a candidate beside the primary. `served`: what its answer calls its model, where there is one. */
export function parityOf(candidate: Candidate, situation: Situation, served?: string): ParityAnswer {
  const { route, primaryRank, parity, parameters } = situation;
  const { target, prompt } = candidate.target;
  const primary = route.targets[primaryRank]?.prompt;
  return parity.verdict({
    route,
    target,
    ...(prompt && { promptVersion: prompt.version }),
    ...(primary && { primaryPromptVersion: primary.version }),
    ...(parameters !== undefined && { parameters }),
    ...(served !== undefined && { servedModel: served }),
  });
}
