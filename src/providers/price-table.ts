import {
  calcPrice,
  type ModelInfo,
  type ModelPrice,
  type Usage as PricedUsage,
  type Provider,
} from '@pydantic/genai-prices';
import type { Usage } from '../model/usage.ts';

/** US dollars for a token of each kind. */
interface Rates {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

/** Rates of requests with more than `above` input tokens; a larger request costs more for all of its tokens. */
interface Tier extends Rates {
  readonly above: number;
}

/**
 * One model's prices. `tiers`: worked out once, the largest first, since a general calculation takes ten times as long
 * as all other accounting of a request. `table`: prices that change with the time of day, calculated anew each time.
 */
export type ModelPriceTable =
  | { readonly kind: 'tiers'; readonly tiers: readonly Tier[] }
  | { readonly kind: 'table'; readonly model: string; readonly provider: Provider };

/** The prices of a model in the bundled table of `@pydantic/genai-prices`; undefined where it has none. Never throws. */
export function modelPriceTable(providerId: string, model: string): ModelPriceTable | undefined {
  try {
    const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, model, { providerId });
    if (!found) return undefined;
    const tiers = changesWithTime(found.model) ? undefined : readTiers(found.model_price);
    if (tiers) return { kind: 'tiers', tiers };
    // A provider of this one model: the search among hundreds of match rules happens once instead of each time.
    const provider = { ...found.provider, models: [{ ...found.model, match: { equals: model } }] };
    return { kind: 'table', model, provider };
  } catch {
    return undefined;
  }
}

/**
 * Of the input price, for what a cache keeps an hour; the table has the price of minutes alone.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing
 */
const HOUR_FACTOR = 2;

/** US dollars; undefined for counts that contradict each other, such as more cached tokens than input. Never throws. */
export function tabledPrice(table: ModelPriceTable, usage: Usage): number | undefined {
  const { inputTokens = 0, outputTokens = 0, cachedInputTokens = 0, cacheWriteTokens = 0 } = usage;
  const hour = Math.min(usage.cacheWriteHourTokens ?? 0, cacheWriteTokens);
  const fresh = inputTokens - cachedInputTokens - cacheWriteTokens;
  // Written so that NaN is refused too.
  if (![fresh, outputTokens, cachedInputTokens, cacheWriteTokens].every((count) => count >= 0 && count < Infinity)) {
    return undefined;
  }
  if (table.kind === 'table') return calculated(table.provider, table.model, usage);
  const tier = table.tiers.find(({ above }) => inputTokens > above);
  if (!tier) return undefined;
  const read = cachedInputTokens * tier.cacheRead;
  const written = (cacheWriteTokens - hour) * tier.cacheWrite + hour * HOUR_FACTOR * tier.input;
  return fresh * tier.input + read + written + outputTokens * tier.output;
}

function calculated(provider: Provider, model: string, usage: Usage): number | undefined {
  const priced: PricedUsage = { input_tokens: usage.inputTokens, output_tokens: usage.outputTokens };
  if (usage.cachedInputTokens !== undefined) priced.cache_read_tokens = usage.cachedInputTokens;
  if (usage.cacheWriteTokens !== undefined) priced.cache_write_tokens = usage.cacheWriteTokens;
  try {
    return calcPrice(priced, model, { provider })?.total_price;
  } catch {
    return undefined;
  }
}

function changesWithTime({ prices }: ModelInfo): boolean {
  if (!Array.isArray(prices)) return false;
  return prices.some(({ constraint }) => {
    if (constraint === undefined) return false;
    return constraint.type === 'time_of_date' || Date.parse(constraint.start_date) > Date.now();
  });
}

/** Undefined where the price has parts that this form cannot say, such as a fee for each request. */
function readTiers(price: ModelPrice): Tier[] | undefined {
  const { input_mtok: input, output_mtok: output, cache_read_mtok: read, cache_write_mtok: write } = price;
  if (input === undefined || output === undefined || price.requests_kcount !== undefined) return undefined;
  const parts = [input, output, read, write];
  const starts = parts.flatMap((part) => (typeof part === 'object' ? part.tiers.map(({ start }) => start) : []));
  const perToken = (part: ModelPrice[string], above: number) => {
    if (part === undefined || typeof part === 'number') return part === undefined ? undefined : part / 1e6;
    return (part.tiers.findLast(({ start }) => start <= above)?.price ?? part.base) / 1e6;
  };
  return [-1, ...new Set(starts)]
    .sort((a, b) => b - a)
    .map((above) => {
      const fresh = perToken(input, above) ?? 0;
      const cached = { cacheRead: perToken(read, above) ?? fresh, cacheWrite: perToken(write, above) ?? fresh };
      return { above, input: fresh, output: perToken(output, above) ?? 0, ...cached };
    });
}
