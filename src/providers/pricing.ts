import type { Target } from '../model/target.ts';
import type { Usage } from '../model/usage.ts';
import { priceTableName } from './known-providers.ts';
import type { ModelPriceTable } from './price-table.ts';

/** The prices bundled with `@pydantic/genai-prices`: most of a megabyte, so it is given by whoever loads it. */
export type PriceTables = Pick<typeof import('./price-table.ts'), 'modelPriceTable' | 'tabledPrice'>;

/** US dollars for a million tokens, as an operator states them. */
export interface PriceOverride {
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
  /** Of the input, tokens read from the prompt cache; the input price where absent. */
  readonly cachedInputPerMillion?: number;
}

export interface PricingOptions {
  /** The canonical known provider behind a provider's name; undefined prices nothing at it. */
  readonly knownName: (provider: string) => string | undefined;
  /** Absent where no provider is one that it knows: then `overrides` alone price. */
  readonly tables?: PriceTables | undefined;
  /** Prices by target id (`provider/model`). They win over the table. */
  readonly overrides?: ReadonlyMap<string, PriceOverride>;
}

/** Callers can name any model, so the number of remembered ones is bounded. */
const maxRememberedTargets = 1_000;

/**
 * Makes the function that prices a usage on a target, in US dollars: undefined where the price, the input count or the
 * output count is not known, or where tokens were spent beside the answer. Prices are those bundled with `@pydantic/genai-prices`, of today. Never throws.
 */
export function createPricing(options: PricingOptions): (target: Target, usage: Usage) => number | undefined {
  const { tables } = options;
  const remembered = new Map<string, ModelPriceTable | undefined>();
  return (target, usage) => {
    if (usage.inputTokens === undefined || usage.outputTokens === undefined) return undefined;
    // Whose they are, and at what price, nobody told.
    if ((usage.besideTokens ?? 0) > 0) return undefined;
    const override = options.overrides?.get(target.id);
    if (override) return overridden(override, usage.inputTokens, usage.outputTokens, usage.cachedInputTokens ?? 0);
    if (!tables) return undefined;
    if (!remembered.has(target.id)) {
      if (remembered.size >= maxRememberedTargets) remembered.clear();
      const known = options.knownName(target.provider);
      const providerId = known === undefined ? undefined : priceTableName(known);
      remembered.set(
        target.id,
        providerId === undefined ? undefined : tables.modelPriceTable(providerId, target.model),
      );
    }
    const table = remembered.get(target.id);
    return table && tables.tabledPrice(table, usage);
  };
}

function overridden(price: PriceOverride, input: number, output: number, cached: number): number {
  const read = Math.min(cached, input);
  const cachedPrice = price.cachedInputPerMillion ?? price.inputPerMillion;
  return ((input - read) * price.inputPerMillion + read * cachedPrice + output * price.outputPerMillion) / 1e6;
}
