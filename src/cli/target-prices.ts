import type { ResolvedConfig } from '../config/resolved-config.ts';
import type { Target } from '../model/target.ts';
import * as tables from '../providers/price-table.ts';
import { createPricing } from '../providers/pricing.ts';

/** Small enough to stay in the lowest tier of tiered prices. */
const SAMPLE_TOKENS = 1_000;

/** US dollars for a million input and output tokens; null where the price is not known. */
export function targetPrices(
  target: Target,
  config: ResolvedConfig,
): { readonly input: number; readonly output: number } | null {
  return pricePerMillion(
    target,
    createPricing({ knownName: (name) => config.providers.get(name)?.known, overrides: config.prices, tables }),
  );
}

/** The same by a pricing of one's own. */
export function pricePerMillion(
  target: Target,
  price: ReturnType<typeof createPricing>,
): { readonly input: number; readonly output: number } | null {
  const input = price(target, { inputTokens: SAMPLE_TOKENS, outputTokens: 0 });
  const output = price(target, { inputTokens: 0, outputTokens: SAMPLE_TOKENS });
  if (input === undefined || output === undefined) return null;
  const perMillion = (cost: number) => Math.round((cost / SAMPLE_TOKENS) * 1e6 * 1e4) / 1e4;
  return { input: perMillion(input), output: perMillion(output) };
}
