import type { ResolvedConfig } from '../config/resolved-config.ts';
import { parityGrid } from '../engine/parity-grid.ts';
import type { ReceiptParity } from '../engine/receipt-parity.ts';
import type { RefusedReceipt } from '../rehearsal/receipts/receipt-files.ts';
import { parityNotes } from './parity-table.ts';

interface Found {
  readonly parity: ReceiptParity;
  readonly refused: readonly RefusedReceipt[];
  readonly wallNow: number;
}

/** What an operator should know of the evidence: what soon ends, what counts for nothing, and what nobody can believe. */
export function receiptWarnings(config: ResolvedConfig, { parity, refused, wallNow }: Found): string[] {
  const grid = parityGrid({ routes: config.routes.values(), parity, library: config.prompts }, wallNow);
  if (grid.routes.length === 0) return [];
  const { publicKeys, unsigned } = config.receipts;
  const keyless = publicKeys.length === 0 && unsigned === 'refuse' && refused.length > 0;
  // That a route has no fallback is said of every route alike, by its targets.
  const notes = parityNotes({ ...grid, routes: [], refused });
  return keyless ? [...notes, 'receipts.publicKeys names no key: no receipt counts'] : notes;
}
