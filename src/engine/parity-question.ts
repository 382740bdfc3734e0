import type { PromptLibrary } from '../quality/prompts/prompt-library.ts';
import { versionLabel } from '../quality/prompts/prompt-spec.ts';
import type { Candidate, Situation } from './eligibility.ts';
import type { ParityAnswer, ParityQuestion } from './parity.ts';
import type { Route, RouteTarget } from './route.ts';
import { primaryRankOf } from './situation.ts';

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

/** The same question where there is no request. `prompt`: of the library, which says what each target is told; absent: the callers' own messages. */
export function questionOf(
  route: Route,
  fallback: RouteTarget,
  prompt?: { readonly name: string; readonly library: PromptLibrary | undefined },
): ParityQuestion {
  const primary = route.targets[primaryRankOf(route)];
  const told = toldVersion(fallback, prompt);
  const primaryTold = primary && toldVersion(primary, prompt);
  return {
    route,
    target: fallback.target,
    ...(prompt && { prompt: prompt.name }),
    ...(told !== undefined && { promptVersion: told }),
    ...(primaryTold !== undefined && { primaryPromptVersion: primaryTold }),
  };
}

function toldVersion(target: RouteTarget, prompt: Parameters<typeof questionOf>[2]): string | undefined {
  if (!prompt) return target.prompt?.version;
  const version = prompt.library?.versionFor(prompt.name, target.target.id);
  return version && versionLabel(version);
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
