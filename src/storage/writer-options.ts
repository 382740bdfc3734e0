import type { ThreadStart } from './ledger-messages.ts';
import type { StartThread } from './ledger-thread.ts';
import type { SealHead } from './seal-chain.ts';

/** `chain-cut`: the end of the chain is missing, or is another. `checkpoint-failed`: it could not be written down elsewhere. */
type SealTrouble = 'chain-cut' | 'checkpoint-failed';

/** Something an operator should know: for the log and a counter. Never holds anything of a request but its id. */
export interface LedgerTrouble {
  readonly kind:
    | 'queue-full'
    | 'write-retried'
    | 'rows-lost'
    | 'rows-refused'
    | 'thread-lost'
    | 'lease-late'
    | SealTrouble;
  readonly message: string;
  /** Rows that are not in the file and will not be, since the last trouble that told of some. */
  readonly lostRows: number;
}

/** Limits of the writing side. */
export interface WriterLimits {
  /** Rows waiting or on their way; what comes beyond them is refused. */
  readonly maxQueuedRows: number;
  /** Rows of one transaction. */
  readonly maxBatchRows: number;
  /** How often a batch is tried. */
  readonly maxTries: number;
  /** Before the second try, in milliseconds; twice as long before each further one. */
  readonly retryPauseMs: number;
  /** How long opening and migrating may take, in milliseconds. */
  readonly openTimeoutMs: number;
  /** How long a batch may go unanswered before its thread is given up, in milliseconds. */
  readonly ackTimeoutMs: number;
  /** How long a row that nobody waits for may wait for company, in milliseconds. */
  readonly lingerMs: number;
  /** How long rows that somebody waits for may wait for company, in milliseconds, while many come together. */
  readonly gatherMs: number;
}

export const WRITER_LIMITS: WriterLimits = {
  maxQueuedRows: 50_000,
  maxBatchRows: 2_000,
  maxTries: 3,
  retryPauseMs: 100,
  openTimeoutMs: 120_000,
  ackTimeoutMs: 20_000,
  lingerMs: 5,
  gatherMs: 2,
};

export interface WriterOptions extends ThreadStart {
  readonly onTrouble: (trouble: LedgerTrouble) => void;
  readonly onCheckpoint?: (head: SealHead) => void;
  readonly limits?: Partial<WriterLimits>;
  readonly startThread?: StartThread;
}
