import type { ResolvedConfig } from './config/resolved-config.ts';
import { priceTableName } from './providers/known-providers.ts';
import type { PriceTables } from './providers/pricing.ts';

/** The table of prices, loaded where a provider is one that it knows. */
export async function priceTablesFor({ providers }: ResolvedConfig): Promise<PriceTables | undefined> {
  const known = [...providers.values()].some(
    (one) => one.known !== undefined && priceTableName(one.known) !== undefined,
  );
  return known ? import('./providers/price-table.ts') : undefined;
}
