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

/** Rows in order, and the moment at which the first of them should leave. Knows no limit: its owner refuses. */
export class RowQueue {
  readonly #lingerMs: number;
  readonly #due: () => void;
  #rows: Queued[] = [];
  #wake: { readonly soon: boolean; cancel(): void } | undefined;

  /** `lingerMs`: how long a row that nobody waits for may wait for company. */
  constructor(lingerMs: number, due: () => void) {
    this.#lingerMs = lingerMs;
    this.#due = due;
  }

  get size(): number {
    return this.#rows.length;
  }

  push(queued: Queued): void {
    this.#rows.push(queued);
  }

  take(maxRows: number): readonly Queued[] {
    this.#wake?.cancel();
    this.#wake = undefined;
    return this.#rows.splice(0, maxRows);
  }

  /** `soon`: at the end of this turn of the event loop; otherwise a little later, with what comes meanwhile. */
  wake(soon: boolean): void {
    if (this.#wake && (this.#wake.soon || !soon)) return;
    this.#wake?.cancel();
    if (soon) {
      const immediate = setImmediate(this.#due);
      this.#wake = { soon, cancel: () => clearImmediate(immediate) };
    } else {
      const timer = setTimeout(this.#due, this.#lingerMs);
      this.#wake = { soon, cancel: () => clearTimeout(timer) };
    }
  }
}
