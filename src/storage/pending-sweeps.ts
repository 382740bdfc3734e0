import { LedgerError } from './ledger-error.ts';
import type { FromThread } from './ledger-messages.ts';

type SweepAnswer = Extract<FromThread, { type: 'swept' | 'not-swept' }>;

/** Sweeps that the writer thread has been asked for and has not answered. */
export class PendingSweeps {
  readonly #waiting = new Map<number, { resolve(deleted: number): void; reject(error: LedgerError): void }>();
  #lastId = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** `ask` sends the request and gives false where no thread is ready. */
  begin(ask: (sweep: number) => boolean): Promise<number> {
    const sweep = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(sweep, { resolve, reject });
      if (ask(sweep)) return;
      this.#waiting.delete(sweep);
      reject(new LedgerError('write-failed', 'The writer thread is being restarted; sweep again later.'));
    });
  }

  answered(answer: SweepAnswer): void {
    const waiting = this.#waiting.get(answer.sweep);
    this.#waiting.delete(answer.sweep);
    if (answer.type === 'swept') waiting?.resolve(answer.deleted);
    else waiting?.reject(new LedgerError('write-failed', answer.message));
  }

  rejectAll(why: string): void {
    for (const { reject } of this.#waiting.values()) reject(new LedgerError('write-failed', why));
    this.#waiting.clear();
  }
}
