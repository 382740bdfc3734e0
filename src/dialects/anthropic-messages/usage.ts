import { isJsonObject, type JsonValue } from '../../model/json.ts';
import type { Usage } from '../../model/usage.ts';
import { type CoreUsage, countOf, objectOf } from './wire.ts';

interface Counts {
  input?: number;
  cacheRead?: number;
  cacheWrite?: number;
  output?: number;
  thinking?: number;
}

/**
 * Reads the usage objects of one answer. Counts are cumulative and some come late or only once, so each object
 * overwrites what it names and keeps the rest.
 *
 * `input_tokens` of the API leaves out what was read from or written to the cache; the neutral count includes both.
 */
export class UsageReader {
  readonly #counts: Counts = {};

  /** Takes a `usage` object. Those of `message_start` hold a first, meaningless output count: pass `partial`. */
  read(value: JsonValue | undefined, partial = false): void {
    if (!isJsonObject(value)) return;
    const counts = this.#counts;
    counts.input = countOf(value.input_tokens) ?? counts.input;
    counts.cacheRead = countOf(value.cache_read_input_tokens) ?? counts.cacheRead;
    counts.cacheWrite = countOf(value.cache_creation_input_tokens) ?? counts.cacheWrite;
    if (partial) return;
    counts.output = countOf(value.output_tokens) ?? counts.output;
    counts.thinking = countOf(objectOf(value.output_tokens_details).thinking_tokens) ?? counts.thinking;
  }

  /** All that is known so far; undefined as long as nothing is. */
  usage(): Usage | undefined {
    const { input, cacheRead, cacheWrite, output, thinking } = this.#counts;
    const usage: Usage = {
      ...(input !== undefined && { inputTokens: input + (cacheRead ?? 0) + (cacheWrite ?? 0) }),
      ...(cacheRead !== undefined && { cachedInputTokens: cacheRead }),
      ...(cacheWrite !== undefined && { cacheWriteTokens: cacheWrite }),
      ...(output !== undefined && { outputTokens: output }),
      ...(thinking !== undefined && { reasoningTokens: thinking }),
    };
    return Object.keys(usage).length > 0 ? usage : undefined;
  }
}

/** The API's form. It knows no "unknown": counts nobody reported become 0. */
export function writeUsage(usage: Usage): CoreUsage {
  const cacheRead = usage.cachedInputTokens ?? 0;
  const cacheWrite = usage.cacheWriteTokens ?? 0;
  return {
    input_tokens: Math.max(0, (usage.inputTokens ?? 0) - cacheRead - cacheWrite),
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    output_tokens: usage.outputTokens ?? 0,
  };
}
