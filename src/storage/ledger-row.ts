import type { AttemptEnded, AttemptStarted, RequestBegun, RequestEnded } from '../engine/record.ts';

/** One row of the ledger on its way to the file. */
export type LedgerRow =
  | { readonly kind: 'request-begun'; readonly row: RequestBegun }
  | { readonly kind: 'attempt-started'; readonly row: AttemptStarted }
  | { readonly kind: 'attempt-ended'; readonly row: AttemptEnded }
  | { readonly kind: 'request-ended'; readonly row: RequestEnded };

/** A row of a batch that could not be written although the others were. */
export interface RefusedRow {
  /** Position in the batch. */
  readonly index: number;
  readonly why: string;
}
