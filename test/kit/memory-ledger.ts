import type { Ledger } from '../../src/engine/ports.ts';
import type { AttemptEnded, AttemptStarted, RequestBegun, RequestEnded } from '../../src/engine/record.ts';

/** Rows kept in memory, for tests that ask what was written rather than how it survives. */
export class MemoryLedger implements Ledger {
  readonly begun: RequestBegun[] = [];
  readonly started: AttemptStarted[] = [];
  readonly attempts: AttemptEnded[] = [];
  readonly ended: RequestEnded[] = [];
  /** What `requestEnded` rejects with, to show an unwritable ledger. */
  refuse: Error | undefined;
  /** `requestEnded` never settles: a disk that hangs. */
  hangs = false;

  requestBegun(row: RequestBegun): void {
    this.begun.push(row);
  }
  attemptStarted(row: AttemptStarted): void {
    this.started.push(row);
  }
  attemptEnded(row: AttemptEnded): void {
    this.attempts.push(row);
  }
  async requestEnded(row: RequestEnded): Promise<void> {
    if (this.refuse) throw this.refuse;
    if (this.hangs) await new Promise(() => {});
    this.ended.push(row);
  }
}
