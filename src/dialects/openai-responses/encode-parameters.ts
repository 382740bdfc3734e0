import type { ChatRequest } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Target } from '../../model/target.ts';
import { encodeEffort } from '../common/effort.ts';
import type { LossList } from '../common/losses.ts';

/** OpenAI answers 400 `integer_below_min_value` to less. */
const MIN_OUTPUT_TOKENS = 16;

/** Everything beside the conversation, its tools and the output format, from the neutral form. */
export function encodeParameters(request: ChatRequest, target: Target, losses: LossList): JsonObject {
  const fields: JsonObject = {};
  const { maxOutputTokens, stop, choices, endUser } = request;
  if (maxOutputTokens !== undefined) {
    fields.max_output_tokens = Math.max(MIN_OUTPUT_TOKENS, maxOutputTokens);
    if (maxOutputTokens < MIN_OUTPUT_TOKENS) {
      losses.slight('max_tokens', `${maxOutputTokens} was sent as ${MIN_OUTPUT_TOKENS}, the least there is`);
    }
  }
  if (stop.length > 0) losses.grave('stop', 'openai-responses has no stop sequences');
  if (choices > 1) losses.grave('n', `one answer instead of ${choices}: openai-responses gives no alternatives`);
  if (endUser !== undefined) fields.user = endUser;
  Object.assign(fields, encodeSampling(request, target, losses));
  const effort = encodeEffort(request.reasoning, target.quirks.thinking, losses);
  if (effort !== undefined) fields.reasoning = { effort };
  return fields;
}

function encodeSampling({ sampling }: ChatRequest, target: Target, losses: LossList): JsonObject {
  const fields: JsonObject = {};
  for (const [name, value] of [
    ['temperature', sampling.temperature],
    ['top_p', sampling.topP],
  ] as const) {
    if (value === undefined) continue;
    if (target.quirks.sampling) fields[name] = value;
    else losses.slight(name, 'the model takes no sampling parameters');
  }
  for (const [name, value] of [
    ['top_k', sampling.topK],
    ['frequency_penalty', sampling.frequencyPenalty],
    ['presence_penalty', sampling.presencePenalty],
    ['seed', sampling.seed],
  ] as const) {
    if (value !== undefined) losses.slight(name, 'has no counterpart in openai-responses');
  }
  return fields;
}

const ENCRYPTED = 'reasoning.encrypted_content';

/**
 * Nothing is kept at the provider, so a model that is known to think is asked for its thinking in the form that comes
 * back with the conversation. Models that do not think answer 400 to this.
 */
export function askForEncryptedThinking(body: JsonObject, target: Target): void {
  const thinks = target.quirks.thinking === 'effort' || target.capabilities.abilities.reasoning === 'yes';
  const include = Array.isArray(body.include) ? body.include : [];
  if (thinks && !include.includes(ENCRYPTED)) body.include = [...include, ENCRYPTED];
}
