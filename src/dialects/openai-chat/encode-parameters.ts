import type { ChatRequest, ReasoningRequest, Sampling } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Target } from '../../model/target.ts';
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
  const effort = encodeReasoning(request.reasoning, quirks.thinking, losses);
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

/** Words that every model with efforts knows; the ends of the scale differ from model to model. */
type SafeEffort = 'low' | 'medium' | 'high';
const SAFE_EFFORT: Readonly<Record<NonNullable<ReasoningRequest['effort']>, SafeEffort>> = {
  none: 'low',
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

function encodeReasoning(
  reasoning: ReasoningRequest | undefined,
  means: Target['quirks']['thinking'],
  losses: LossList,
): SafeEffort | undefined {
  if (reasoning === undefined) return undefined;
  const { effort, budgetTokens } = reasoning;
  if (means !== 'effort') {
    if (effort !== 'none') losses.slight('reasoning', 'the target cannot be told how much to think');
    return undefined;
  }
  if (effort !== undefined) {
    const safe = SAFE_EFFORT[effort];
    if (safe !== effort) losses.slight('reasoning', `effort ${effort} was sent as ${safe}`);
    return safe;
  }
  if (budgetTokens === undefined) return undefined;
  const worded = effortFor(budgetTokens);
  losses.slight('reasoning', `a budget of ${budgetTokens} tokens was sent as effort ${worded}`);
  return worded;
}

function effortFor(budgetTokens: number): SafeEffort {
  if (budgetTokens <= 2048) return 'low';
  return budgetTokens <= 8192 ? 'medium' : 'high';
}
