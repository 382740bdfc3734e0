import type { LedgerError } from './ledger-error.ts';
import type { LedgerRow } from './ledger-row.ts';

/** A row on its way, and who waits for it to be durable. */
export interface Queued {
  readonly row: LedgerRow;
  readonly waiter?: {
    resolve(): void;
    reject(error: LedgerError): void;
  };
}

/** Rows that are written as one transaction. */
export interface Batch {
  readonly id: number;
  readonly rows: readonly Queued[];
  tries: number;
  /** Until an answer is late, or until the next try. */
  timer?: NodeJS.Timeout;
}

/** How long rows may wait for company, in milliseconds: those that nobody waits for, and those that somebody does. */
export interface QueuePatience {
  readonly lingerMs: number;
  readonly gatherMs: number;
}

/** Requests that end within one transaction's time from which on it pays to wait for more of them. */
const CROWD = 4;

/** Rows in order, and the moment at which the first of them should leave. Knows no limit: its owner refuses. */
export class RowQueue {
  readonly #patience: QueuePatience;
  readonly #due: () => void;
  #rows: Queued[] = [];
  #awaited = 0;
  #busy = false;
  #wake: { readonly soon: boolean; cancel(): void } | undefined;

  constructor(patience: QueuePatience, due: () => void) {
    this.#patience = patience;
    this.#due = due;
  }

  get size(): number {
    return this.#rows.length;
  }

  push(queued: Queued): void {
    this.#rows.push(queued);
    if (queued.waiter) this.#awaited += 1;
  }

  take(maxRows: number): readonly Queued[] {
    this.#wake?.cancel();
    this.#wake = undefined;
    const taken = this.#rows.splice(0, maxRows);
    const awaited = taken.reduce((count, { waiter }) => (waiter ? count + 1 : count), 0);
    this.#awaited -= awaited;
    this.#busy = awaited >= CROWD;
    return taken;
  }

  /**
   * Sees to it that what is queued leaves: at the end of this turn of the event loop where somebody waits for it, and a
   * little later, with what comes meanwhile, where nobody does. Under load even the awaited gather for a moment: a
   * transaction costs the same for one request as for ten, and lone ones are not kept.
   */
  wake(): void {
    if (this.#rows.length === 0) return;
    const soon = this.#awaited > 0;
    if (this.#wake && (this.#wake.soon || !soon)) return;
    this.#wake?.cancel();
    if (soon && !this.#busy) {
      const immediate = setImmediate(this.#due);
      this.#wake = { soon, cancel: () => clearImmediate(immediate) };
    } else {
      const timer = setTimeout(this.#due, soon ? this.#patience.gatherMs : this.#patience.lingerMs);
      this.#wake = { soon, cancel: () => clearTimeout(timer) };
    }
  }
}

export function rowsOf({ rows }: Batch): LedgerRow[] {
  return rows.map(({ row }) => row);
}
