import type { LogprobsRequest, ReasoningRequest } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { effortWord } from '../common/effort.ts';
import { optionalBoolean, optionalNumber, optionalObject, optionalString } from '../common/fields.ts';
import type { Unmapped } from '../common/unmapped.ts';

export function decodeLogprobs(body: JsonObject): { logprobs?: LogprobsRequest } {
  const top = optionalNumber(body, 'top_logprobs', '', { min: 0, max: 20, integer: true });
  const asked = optionalBoolean(body, 'logprobs', '') ?? false;
  return asked || (top !== undefined && top > 0) ? { logprobs: { top: top ?? 0 } } : {};
}

/**
 * `reasoning_effort`, and what others who speak this dialect have for it: OpenRouter's `reasoning` object, the `thinking`
 * switch of DeepSeek, Z.ai and their kin, Alibaba's `enable_thinking` and `thinking_budget`. A word that is not known yet goes to targets of this dialect as it is.
 */
export function decodeReasoning(body: JsonObject, unmapped: Unmapped): ReasoningRequest | undefined {
  const word = optionalString(body, 'reasoning_effort', '');
  if (word !== undefined) return effortOf(word, 'reasoning_effort', unmapped);
  const reasoning = optionalObject(body, 'reasoning', '');
  if (reasoning !== undefined) return decodeReasoningObject(reasoning, unmapped);
  if (isJsonObject(body.thinking))
    return body.thinking.type === 'disabled' ? { effort: 'none' } : budgetIn(body.thinking);
  const enabled = optionalBoolean(body, 'enable_thinking', '');
  if (enabled === false) return { effort: 'none' };
  const budgetTokens = optionalNumber(body, 'thinking_budget', '', { min: 1, integer: true });
  if (budgetTokens !== undefined) return { budgetTokens };
  return enabled === undefined ? undefined : {};
}

function budgetIn({ budget_tokens: tokens }: JsonObject): ReasoningRequest {
  return typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens > 0 ? { budgetTokens: tokens } : {};
}

function decodeReasoningObject(reasoning: JsonObject, unmapped: Unmapped): ReasoningRequest {
  const path = 'reasoning';
  unmapped.addRest(reasoning, new Set(['effort', 'max_tokens', 'exclude', 'enabled']), path);
  if (optionalBoolean(reasoning, 'enabled', path) === false) return { effort: 'none' };
  const word = optionalString(reasoning, 'effort', path);
  const budgetTokens = optionalNumber(reasoning, 'max_tokens', path, { min: 1, integer: true });
  const exclude = optionalBoolean(reasoning, 'exclude', path);
  return {
    ...(word !== undefined && effortOf(word, 'reasoning.effort', unmapped)),
    ...(budgetTokens !== undefined && { budgetTokens }),
    ...(exclude !== undefined && { display: exclude ? ('hidden' as const) : ('shown' as const) }),
  };
}

function effortOf(word: string, field: string, unmapped: Unmapped): ReasoningRequest | undefined {
  const effort = effortWord(word);
  if (effort === undefined) unmapped.add(field);
  return effort && { effort };
}
