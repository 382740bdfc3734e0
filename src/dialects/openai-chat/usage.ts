import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Usage } from '../../model/usage.ts';
import type { WireUsage } from './wire.ts';

/**
 * Token counts of an answer or a chunk; undefined where none were told (`usage: null` stands on every ordinary chunk of
 * some providers). Groq also tells them in `x_groq.usage`.
 */
export function readUsage(body: JsonObject): Usage | undefined {
  const groq = isJsonObject(body.x_groq) ? body.x_groq.usage : undefined;
  const wire = isJsonObject(body.usage) ? body.usage : isJsonObject(groq) ? groq : undefined;
  if (wire === undefined) return undefined;
  const inputDetails = details(wire, 'prompt_tokens_details');
  const outputDetails = details(wire, 'completion_tokens_details');
  const usage: { -readonly [K in keyof Usage]: Usage[K] } = {};
  const input = count(wire.prompt_tokens);
  const cached =
    count(inputDetails.cached_tokens) ??
    count(wire.prompt_cache_hit_tokens) ??
    count(wire.num_cached_tokens) ??
    count(wire.cached_tokens) ??
    count(wire.cache_read_input_tokens);
  const written = count(inputDetails.cache_write_tokens) ?? count(wire.cache_creation_input_tokens);
  const reasoning = count(outputDetails.reasoning_tokens) ?? count(wire.reasoning_tokens);
  const output = outputTokens(wire, reasoning);
  if (input !== undefined) usage.inputTokens = input;
  // Azure's xAI has more in its cache than it was given.
  if (cached !== undefined) usage.cachedInputTokens = Math.min(cached, input ?? cached);
  if (written !== undefined) usage.cacheWriteTokens = written;
  if (output !== undefined) usage.outputTokens = output;
  if (reasoning !== undefined) usage.reasoningTokens = reasoning;
  const heard = count(inputDetails.audio_tokens) ?? 0;
  const spoken = count(outputDetails.audio_tokens) ?? 0;
  if (heard > 0) usage.audioInputTokens = heard;
  if (spoken > 0) usage.audioOutputTokens = spoken;
  return Object.keys(usage).length > 0 ? usage : undefined;
}

/**
 * xAI leaves reasoning out of `completion_tokens`, and Google's compatible endpoint leaves it out without naming it; both
 * have it in `total_tokens`, and both bill it as output.
 */
function outputTokens(wire: JsonObject, reasoning: number | undefined): number | undefined {
  const output = count(wire.completion_tokens);
  const input = count(wire.prompt_tokens);
  const total = count(wire.total_tokens);
  if (output === undefined) return output;
  // Vercel's gateway has thinking in neither count, and bills it.
  if (reasoning !== undefined && reasoning > output) return output + reasoning;
  if (input === undefined || total === undefined) return output;
  const missing = total - input - output;
  const isReasoning = reasoning === undefined ? !countsAudioApart(wire) : missing === reasoning;
  return missing > 0 && isReasoning ? output + missing : output;
}

/** Mistral counts sound in the total alone. */
function countsAudioApart(wire: JsonObject): boolean {
  return Object.keys(wire).some((key) => key.includes('audio'));
}

function details(wire: JsonObject, key: string): JsonObject {
  const value = wire[key];
  return isJsonObject(value) ? value : {};
}

function count(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** The dialect's form; undefined where nothing is known. Counts that nobody told are left out rather than called 0. */
export function writeUsage(usage: Usage): (WireUsage & JsonObject) | undefined {
  const { inputTokens, outputTokens: output, cachedInputTokens: cached, cacheWriteTokens, reasoningTokens } = usage;
  const ofInput = {
    ...(cached !== undefined && { cached_tokens: cached }),
    ...(cacheWriteTokens !== undefined && { cache_write_tokens: cacheWriteTokens }),
    ...(usage.audioInputTokens !== undefined && { audio_tokens: usage.audioInputTokens }),
  };
  const ofOutput = {
    ...(reasoningTokens !== undefined && { reasoning_tokens: reasoningTokens }),
    ...(usage.audioOutputTokens !== undefined && { audio_tokens: usage.audioOutputTokens }),
  };
  if (inputTokens === undefined && output === undefined) return undefined;
  return {
    ...(inputTokens !== undefined && { prompt_tokens: inputTokens }),
    ...(output !== undefined && { completion_tokens: output }),
    ...(inputTokens !== undefined && output !== undefined && { total_tokens: inputTokens + output }),
    ...(Object.keys(ofInput).length > 0 && { prompt_tokens_details: ofInput }),
    ...(Object.keys(ofOutput).length > 0 && { completion_tokens_details: ofOutput }),
  };
}
