import type { LedgerErrorCode } from './ledger-error.ts';
import type { LedgerRow, RefusedRow } from './ledger-row.ts';
import type { RunIdentity } from './run-lease.ts';
import type { DriverName } from './sqlite-driver.ts';

/** What the writer thread is started with. */
export interface ThreadStart {
  /** Absolute path. */
  readonly file: string;
  readonly run: RunIdentity;
}

export type ToThread =
  | { readonly type: 'write'; readonly batch: number; readonly rows: readonly LedgerRow[] }
  | { readonly type: 'sweep'; readonly sweep: number; readonly beforeMs: number }
  | { readonly type: 'close' };

export type FromThread =
  | { readonly type: 'ready'; readonly driver: DriverName }
  /** The file could not be opened; the thread ends. */
  | { readonly type: 'not-opened'; readonly code: LedgerErrorCode; readonly message: string }
  | { readonly type: 'committed'; readonly batch: number; readonly refused: readonly RefusedRow[] }
  /** Nothing of the batch was written. */
  | { readonly type: 'not-committed'; readonly batch: number; readonly message: string }
  | { readonly type: 'swept'; readonly sweep: number; readonly deleted: number }
  | { readonly type: 'not-swept'; readonly sweep: number; readonly message: string }
  | { readonly type: 'beat-failed'; readonly message: string };
