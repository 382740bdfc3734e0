import type { LedgerError } from './ledger-error.ts';
import type { Queued } from './row-queue.ts';
import type { LedgerTrouble } from './writer-options.ts';

/** Counts the rows that are not in the file and will not be, and tells of them with whatever trouble comes next. */
export class LostRows {
  readonly #onTrouble: (trouble: LedgerTrouble) => void;
  #count = 0;
  #told = 0;

  constructor(onTrouble: (trouble: LedgerTrouble) => void) {
    this.#onTrouble = onTrouble;
  }

  get count(): number {
    return this.#count;
  }

  add(rows: number): void {
    this.#count += rows;
  }

  refuse(queued: Queued, error: LedgerError): void {
    this.#count += 1;
    queued.waiter?.reject(error);
  }

  giveUp(rows: readonly Queued[], error: LedgerError): void {
    for (const queued of rows) this.refuse(queued, error);
    this.trouble('rows-lost', `${rows.length} rows were not written. ${error.message}`);
  }

  trouble(kind: LedgerTrouble['kind'], message: string): void {
    const lostRows = this.#count - this.#told;
    this.#told = this.#count;
    try {
      this.#onTrouble({ kind, message, lostRows });
    } catch {
      // A logger that fails must not cost rows as well.
    }
  }
}
