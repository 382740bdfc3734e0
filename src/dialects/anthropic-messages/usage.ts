import type { ServedTier } from '../../model/chat-event.ts';
import { isJsonObject, type JsonValue } from '../../model/json.ts';
import type { Usage } from '../../model/usage.ts';
import { type CoreUsage, countOf, objectOf } from './wire.ts';

interface Counts {
  input?: number;
  cacheRead?: number;
  cacheWrite?: number;
  cacheWriteHour?: number;
  beside?: number;
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
    counts.cacheWriteHour = countOf(objectOf(value.cache_creation).ephemeral_1h_input_tokens) ?? counts.cacheWriteHour;
    if (partial) return;
    counts.beside = besideIn(value.iterations) ?? counts.beside;
    counts.output = countOf(value.output_tokens) ?? counts.output;
    counts.thinking = countOf(objectOf(value.output_tokens_details).thinking_tokens) ?? counts.thinking;
  }

  /** All that is known so far; undefined as long as nothing is. */
  usage(): Usage | undefined {
    const { input, cacheRead, cacheWrite, output, thinking, cacheWriteHour = 0, beside = 0 } = this.#counts;
    const usage: Usage = {
      ...(input !== undefined && { inputTokens: input + (cacheRead ?? 0) + (cacheWrite ?? 0) }),
      ...(cacheRead !== undefined && { cachedInputTokens: cacheRead }),
      ...(cacheWrite !== undefined && { cacheWriteTokens: cacheWrite }),
      ...(output !== undefined && { outputTokens: output }),
      ...(thinking !== undefined && { reasoningTokens: thinking }),
      ...(cacheWriteHour > 0 && { cacheWriteHourTokens: cacheWriteHour }),
      ...(beside > 0 && { besideTokens: beside }),
    };
    return Object.keys(usage).length > 0 ? usage : undefined;
  }
}

const ITERATION_COUNTS = [
  'input_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'output_tokens',
] as const;

/**
 * Tokens of the rounds that the top-level counts leave out: those of other types than `message`.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/compaction#understanding-usage
 */
function besideIn(iterations: JsonValue | undefined): number | undefined {
  if (!Array.isArray(iterations)) return undefined;
  let tokens = 0;
  for (const round of iterations.filter(isJsonObject)) {
    if (round.type === 'message') continue;
    for (const name of ITERATION_COUNTS) tokens += countOf(round[name]) ?? 0;
  }
  return tokens;
}

/** The API's form. It knows no "unknown": counts nobody reported become 0. */
export function writeUsage(usage: Usage, tier: ServedTier | undefined): CoreUsage {
  const input = usage.inputTokens ?? 0;
  // Some hosts read more from their cache than they were given; the sum is what they were given.
  const cacheRead = Math.min(usage.cachedInputTokens ?? 0, input);
  const cacheWrite = Math.min(usage.cacheWriteTokens ?? 0, input - cacheRead);
  const { reasoningTokens, cacheWriteHourTokens } = usage;
  const hour = Math.min(cacheWriteHourTokens ?? 0, cacheWrite);
  return {
    input_tokens: input - cacheRead - cacheWrite,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    output_tokens: usage.outputTokens ?? 0,
    ...(hour > 0 && {
      cache_creation: { ephemeral_5m_input_tokens: cacheWrite - hour, ephemeral_1h_input_tokens: hour },
    }),
    ...(reasoningTokens !== undefined && { output_tokens_details: { thinking_tokens: reasoningTokens } }),
    ...(isSold(tier) && { service_tier: tier }),
  };
}

function isSold(tier: ServedTier | undefined): tier is 'standard' | 'priority' | 'batch' {
  return tier === 'standard' || tier === 'priority' || tier === 'batch';
}
