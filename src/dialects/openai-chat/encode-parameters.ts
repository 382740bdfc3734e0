import type { ChatRequest, Sampling } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import type { Target } from '../../model/target.ts';
import { atMost } from '../common/at-most.ts';
import type { LossList } from '../common/losses.ts';
import { encodeAccount, encodeVerbosity, takesLogprobs } from '../common/openai-parameters.ts';
import { encodeThinking } from './thinking-switch.ts';

/** OpenAI's limit. */
const MAX_STOPS = 4;

/** Everything beside the conversation, its tools and the output format, from the neutral form. */
export function encodeParameters(request: ChatRequest, target: Target, losses: LossList): JsonObject {
  const { quirks } = target;
  const fields: JsonObject = {};
  if (request.maxOutputTokens !== undefined) fields[quirks.maxTokensField] = request.maxOutputTokens;
  if (request.stop.length > 0) fields.stop = request.stop.slice(0, MAX_STOPS);
  if (request.choices > 1) fields.n = request.choices;
  Object.assign(fields, encodeAccount(request, quirks, losses));
  if (request.metadata) losses.slight('metadata', 'not sent: chat completions take it for stored answers alone');
  const verbosity = encodeVerbosity(request, quirks, losses);
  if (verbosity !== undefined) fields.verbosity = verbosity;
  if (request.logprobs && takesLogprobs(request, quirks, losses)) {
    fields.logprobs = true;
    if (request.logprobs.top > 0) fields.top_logprobs = request.logprobs.top;
  }
  Object.assign(fields, encodeSampling(request.sampling, quirks, losses));
  if (request.reasoning?.display)
    losses.slight('reasoning.display', 'this target shows its thinking as it always does');
  Object.assign(fields, encodeThinking(request.reasoning, quirks, losses));
  return fields;
}

/** OpenAI's, and that of everybody else who speaks its dialect. */
const MAX_TEMPERATURE = 2;

function encodeSampling(sampling: Sampling, quirks: Quirks, losses: LossList): JsonObject {
  const wanted: Readonly<Record<string, number | undefined>> = {
    temperature: sampling.temperature,
    top_p: sampling.topP,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
  };
  const fields: JsonObject = {};
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    if (quirks.sampling) fields[name] = name === 'temperature' ? atMost(name, value, MAX_TEMPERATURE, losses) : value;
    else losses.slight(name, 'the model takes no sampling parameters');
  }
  if (sampling.seed !== undefined) fields.seed = sampling.seed;
  if (sampling.topK !== undefined && !quirks.topK) losses.slight('top_k', 'has no counterpart in openai-chat');
  return fields;
}
