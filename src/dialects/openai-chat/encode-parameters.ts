import type { ChatRequest, Sampling } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Target } from '../../model/target.ts';
import { encodeEffort } from '../common/effort.ts';
import type { LossList } from '../common/losses.ts';

/** OpenAI's limit. */
const MAX_STOPS = 4;

/** Everything beside the conversation, its tools and the output format, from the neutral form. */
export function encodeParameters(request: ChatRequest, target: Target, losses: LossList): JsonObject {
  const { quirks } = target;
  const fields: JsonObject = {};
  if (request.maxOutputTokens !== undefined) fields[quirks.maxTokensField] = request.maxOutputTokens;
  if (request.stop.length > 0) fields.stop = request.stop.slice(0, MAX_STOPS);
  if (request.stop.length > MAX_STOPS)
    losses.grave('stop', `only the first ${MAX_STOPS} of ${request.stop.length} were sent`);
  if (request.choices > 1) fields.n = request.choices;
  if (request.endUser !== undefined) fields.user = request.endUser;
  Object.assign(fields, encodeSampling(request.sampling, quirks.sampling, losses));
  const effort = encodeEffort(request.reasoning, quirks.thinking, losses);
  if (effort !== undefined) fields.reasoning_effort = effort;
  return fields;
}

function encodeSampling(sampling: Sampling, allowed: boolean, losses: LossList): JsonObject {
  const wanted: Readonly<Record<string, number | undefined>> = {
    temperature: sampling.temperature,
    top_p: sampling.topP,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
  };
  const fields: JsonObject = {};
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    if (allowed) fields[name] = value;
    else losses.slight(name, 'the model takes no sampling parameters');
  }
  if (sampling.seed !== undefined) fields.seed = sampling.seed;
  if (sampling.topK !== undefined) losses.slight('top_k', 'has no counterpart in openai-chat');
  return fields;
}
