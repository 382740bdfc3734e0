import type { ChatRequest } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Target } from '../../model/target.ts';
import { atMost } from '../common/at-most.ts';
import { encodeEffort } from '../common/effort.ts';
import type { LossList } from '../common/losses.ts';
import { encodeAccount, encodeVerbosity, takesLogprobs } from '../common/openai-parameters.ts';

/** OpenAI answers 400 `integer_below_min_value` to less. */
const MIN_OUTPUT_TOKENS = 16;

/** Everything beside the conversation, its tools and the output format, from the neutral form. */
export function encodeParameters(request: ChatRequest, target: Target, losses: LossList): JsonObject {
  const fields: JsonObject = {};
  const { maxOutputTokens, choices } = request;
  if (maxOutputTokens !== undefined) {
    fields.max_output_tokens = Math.max(MIN_OUTPUT_TOKENS, maxOutputTokens);
    if (maxOutputTokens < MIN_OUTPUT_TOKENS) {
      losses.slight('max_tokens', `${maxOutputTokens} was sent as ${MIN_OUTPUT_TOKENS}, the least there is`);
    }
  }
  if (choices > 1) losses.grave('n', `one answer instead of ${choices}: openai-responses gives no alternatives`);
  Object.assign(fields, encodeAccount(request, target.quirks, losses));
  if (request.metadata) Object.assign(fields, encodeMetadata(request.metadata, target.quirks.vendorFields, losses));
  const verbosity = encodeVerbosity(request, target.quirks, losses);
  if (verbosity !== undefined) fields.text = { verbosity };
  if (request.logprobs && takesLogprobs(request, target.quirks, losses)) {
    fields.include = [LOGPROBS];
    if (request.logprobs.top > 0) fields.top_logprobs = request.logprobs.top;
  }
  Object.assign(fields, encodeSampling(request, target, losses));
  const effort = encodeEffort(request.reasoning, target.quirks.thinking, losses);
  const summary = encodeDisplay(request, target, losses);
  if (effort !== undefined || summary !== undefined) {
    fields.reasoning = { ...(effort !== undefined && { effort }), ...(summary !== undefined && { summary }) };
  }
  return fields;
}

/** What is put into `include` to be told log probabilities. */
export const LOGPROBS = 'message.output_text.logprobs';

/** Most labels, and most characters of a name and of a value, that OpenAI takes. */
const MAX_LABELS = 16;
const MAX_LABEL_NAME_CHARS = 64;
const MAX_LABEL_CHARS = 512;

function encodeMetadata(given: Readonly<Record<string, string>>, taken: boolean, losses: LossList): JsonObject {
  const labels = Object.entries(given);
  const fits =
    labels.length <= MAX_LABELS &&
    labels.every(([name, value]) => name.length <= MAX_LABEL_NAME_CHARS && value.length <= MAX_LABEL_CHARS);
  if (taken && fits) return { metadata: { ...given } };
  losses.slight(
    'metadata',
    taken ? 'more or longer labels than this target takes' : 'not sent: the target is not known to take it',
  );
  return {};
}

/** A summary is all that this API shows of its thinking, and it shows none unasked. */
function encodeDisplay({ reasoning }: ChatRequest, target: Target, losses: LossList): 'auto' | undefined {
  if (reasoning?.display !== 'shown') return undefined;
  if (target.quirks.thinking === 'effort') return 'auto';
  losses.slight('reasoning.display', 'this target does not show its thinking');
  return undefined;
}

const MAX_TEMPERATURE = 2;

function encodeSampling({ sampling }: ChatRequest, target: Target, losses: LossList): JsonObject {
  const fields: JsonObject = {};
  for (const [name, value] of [
    ['temperature', sampling.temperature],
    ['top_p', sampling.topP],
  ] as const) {
    if (value === undefined) continue;
    if (target.quirks.sampling) {
      fields[name] = name === 'temperature' ? atMost(name, value, MAX_TEMPERATURE, losses) : value;
    } else losses.slight(name, 'the model takes no sampling parameters');
  }
  for (const [name, value] of [
    ['top_k', sampling.topK],
    // 0 is what their absence means.
    ['frequency_penalty', sampling.frequencyPenalty || undefined],
    ['presence_penalty', sampling.presencePenalty || undefined],
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
