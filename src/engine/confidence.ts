import { type Answer, answerText } from '../model/answer.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { TargetDialectName } from '../model/dialect-name.ts';
import type { Target } from '../model/target.ts';
import type { Branch } from './branch.ts';
import { isRefusal } from './grader.ts';
import type { CascadePolicy } from './route.ts';
import { selfCheck } from './self-check.ts';

/** Why an answer that kept its contract is not trusted. */
export interface Doubt {
  readonly cause: 'refusal' | 'low-logprobs' | 'self-check';
  readonly detail: string;
}

/** The cheapest reason first: a refusal and the log probabilities cost nothing more, the check is a request of its own. */
export async function doubtOf(branch: Branch, policy: CascadePolicy, seq: number): Promise<Doubt | undefined> {
  const answer = branch.delivery.answer();
  if (isRefusal(answer)) {
    if (policy.onRefusal === 'serve') return undefined;
    return { cause: 'refusal', detail: answer.nativeFinish ?? answer.finish ?? 'the model refused' };
  }
  return lowLogprobs(answer, policy) ?? (await unconvinced(branch, policy, seq));
}

/** Undefined where the target told no log probabilities: silence is no doubt. */
function lowLogprobs({ logprobs = [] }: Answer, policy: CascadePolicy): Doubt | undefined {
  const { minMeanLogprob, minTokenLogprob } = policy;
  if (logprobs.length === 0) return undefined;
  const mean = logprobs.reduce((sum, token) => sum + token.logprob, 0) / logprobs.length;
  if (minMeanLogprob !== undefined && mean < minMeanLogprob) {
    return { cause: 'low-logprobs', detail: `mean ${mean.toFixed(2)}, below ${minMeanLogprob}` };
  }
  const least = logprobs.reduce((first, token) => Math.min(first, token.logprob), 0);
  if (minTokenLogprob !== undefined && least < minTokenLogprob) {
    return { cause: 'low-logprobs', detail: `least ${least.toFixed(2)}, below ${minTokenLogprob}` };
  }
  return undefined;
}

async function unconvinced(
  branch: Branch,
  { selfCheck: check }: CascadePolicy,
  seq: number,
): Promise<Doubt | undefined> {
  const answer = branch.delivery.answer();
  // A call that waits for its result can be asked about by nobody.
  if (!check || answerText(answer) === '' || answer.parts.some(({ type }) => type === 'tool-call')) return undefined;
  const said = await selfCheck(branch, check, seq);
  if (said === undefined || said.toLowerCase().startsWith(check.accept.toLowerCase())) return undefined;
  return { cause: 'self-check', detail: said === '' ? 'no reply' : said };
}

/** Dialects in which log probabilities can be asked for. */
const TELLING: ReadonlySet<TargetDialectName> = new Set(['openai-chat', 'openai-responses', 'gemini-generate']);

/** The request with log probabilities asked for, where the policy looks at them and the target tells them. */
export function withLogprobs(request: ChatRequest, target: Target, policy: CascadePolicy): ChatRequest {
  const { minMeanLogprob, minTokenLogprob } = policy;
  if ((minMeanLogprob === undefined && minTokenLogprob === undefined) || request.logprobs) return request;
  const { logprobs, sampling } = target.quirks;
  return TELLING.has(target.dialect) && logprobs && sampling ? { ...request, logprobs: { top: 0 } } : request;
}
