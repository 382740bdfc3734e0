import type { JobOrder } from '../engine/job-store.ts';
import type { FeedbackGiven } from '../engine/record.ts';
import type { ConversationOrder } from './kept-conversation.ts';
import type { LedgerErrorCode } from './ledger-error.ts';
import type { RefusedWriting } from './ledger-row.ts';
import type { Writing } from './row-statements.ts';
import type { RunIdentity } from './run-lease.ts';
import type { SealHead } from './seal-chain.ts';
import type { DriverName } from './sqlite-driver.ts';

/** What the writer thread is started with. */
export interface ThreadStart {
  /** Absolute path. */
  readonly file: string;
  readonly run: RunIdentity;
  /** Secret that seals are made with; absent: anybody can compute their digests. */
  readonly sealKey?: string;
}

/** What the thread does by itself and tells a number of, in the order in which it is asked. */
export type Question =
  /** How many finished requests begun before then were deleted. Milliseconds since 1970. */
  | { readonly kind: 'sweep-requests'; readonly beforeMs: number }
  /** How many conversations were deleted that nobody has gone on with since. */
  | { readonly kind: 'sweep-conversations'; readonly beforeMs: number }
  /** How many rows about lanes were deleted: what happened to them before one moment, what they carried before another. */
  | { readonly kind: 'sweep-lanes'; readonly beforeMs: number; readonly minutesBeforeMs: number }
  /** The number that the order is answered with. */
  | { readonly kind: 'job'; readonly order: JobOrder }
  /** 1: kept. 0: this caller has judged this answer before, or its request is not on record. */
  | { readonly kind: 'feedback'; readonly row: FeedbackGiven }
  /** 1: done and durable. 0: what it is about is not there. */
  | { readonly kind: 'order'; readonly caller: string; readonly order: ConversationOrder };

export type ToThread =
  | { readonly type: 'write'; readonly batch: number; readonly writings: readonly Writing[] }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }
  | { readonly type: 'close' };

export type FromThread =
  | { readonly type: 'ready'; readonly driver: DriverName }
  /** The file could not be opened; the thread ends. */
  | { readonly type: 'not-opened'; readonly code: LedgerErrorCode; readonly message: string }
  | { readonly type: 'committed'; readonly batch: number; readonly refused: readonly RefusedWriting[] }
  /** Nothing of the batch was written. */
  | { readonly type: 'not-committed'; readonly batch: number; readonly message: string }
  | { readonly type: 'answered'; readonly question: number; readonly result: number }
  | { readonly type: 'not-answered'; readonly question: number; readonly message: string }
  | { readonly type: 'beat-failed'; readonly message: string }
  /** How far the chain has come, from time to time. */
  | { readonly type: 'checkpoint'; readonly head: SealHead }
  /** Seals that this process wrote are gone, or are others now. */
  | { readonly type: 'chain-cut'; readonly message: string };
