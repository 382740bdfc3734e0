import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Usage } from '../../model/usage.ts';
import type { WireUsage } from './wire.ts';

/** Token counts of a response object; undefined where none were told. */
export function readUsage(response: JsonObject): Usage | undefined {
  const wire = response.usage;
  if (!isJsonObject(wire)) return undefined;
  const inputDetails = isJsonObject(wire.input_tokens_details) ? wire.input_tokens_details : {};
  const outputDetails = isJsonObject(wire.output_tokens_details) ? wire.output_tokens_details : {};
  const counts = {
    inputTokens: count(wire.input_tokens),
    cachedInputTokens: count(inputDetails.cached_tokens),
    cacheWriteTokens: count(inputDetails.cache_write_tokens),
    outputTokens: count(wire.output_tokens),
    reasoningTokens: count(outputDetails.reasoning_tokens),
  };
  const known = Object.entries(counts).filter(([, value]) => value !== undefined);
  return known.length > 0 ? Object.fromEntries(known) : undefined;
}

function count(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** The dialect's form; undefined where nothing is known. Typed clients demand every detail, so one nobody told is 0. */
export function writeUsage(usage: Usage): JsonObject | undefined {
  const { inputTokens, outputTokens } = usage;
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return {
    input_tokens: inputTokens ?? 0,
    input_tokens_details: {
      cached_tokens: usage.cachedInputTokens ?? 0,
      cache_write_tokens: usage.cacheWriteTokens ?? 0,
    },
    output_tokens: outputTokens ?? 0,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: (inputTokens ?? 0) + (outputTokens ?? 0),
  } satisfies WireUsage;
}
