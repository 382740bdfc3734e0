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
 * `reasoning_effort`, and what others who speak this dialect have for it: OpenRouter's `reasoning` object, and the
 * `thinking` switch of DeepSeek, Z.ai and their kin. A word that is not known yet goes to targets of this dialect as it is.
 */
export function decodeReasoning(body: JsonObject, unmapped: Unmapped): ReasoningRequest | undefined {
  const word = optionalString(body, 'reasoning_effort', '');
  if (word !== undefined) return effortOf(word, 'reasoning_effort', unmapped);
  const reasoning = optionalObject(body, 'reasoning', '');
  if (reasoning !== undefined) return decodeReasoningObject(reasoning, unmapped);
  if (!isJsonObject(body.thinking)) return undefined;
  return body.thinking.type === 'disabled' ? { effort: 'none' } : {};
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
