import type { Candidate, Situation } from './eligibility.ts';
import type { ParityAnswer } from './parity.ts';
import type { RouteTarget } from './route.ts';

/** What evidence says of a candidate beside the primary. `served`: what its answer calls its model, where there is one. */
export function parityOf({ target }: Candidate, situation: Situation, served?: string): ParityAnswer {
  const { route, primaryPrompt, parity, parameters } = situation;
  const prompt = promptOf(target);
  const version = target.prompt?.version;
  return parity.verdict({
    route,
    target: target.target,
    ...(prompt !== undefined && { prompt }),
    ...(version !== undefined && { promptVersion: version }),
    ...(primaryPrompt !== undefined && { primaryPromptVersion: primaryPrompt }),
    ...(parameters !== undefined && { parameters }),
    ...(served !== undefined && { servedModel: served }),
  });
}

/** The prompt of the library that a target is told; undefined where that is an adjustment of the route, or nothing. */
function promptOf({ prompt }: RouteTarget): string | undefined {
  return prompt && 'before' in prompt ? promptNameIn(prompt.version) : undefined;
}

/** `name` of `name@hash`; undefined for what is no version of the library. */
export function promptNameIn(version: string): string | undefined {
  const at = version.lastIndexOf('@');
  return at > 0 ? version.slice(0, at) : undefined;
}
