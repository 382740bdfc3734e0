import type { SealHead } from './seal-chain.ts';

/** A checkpoint is due after so many seals, or so much time with any. */
export const checkpointEvery = { seals: 1_000, ms: 60_000 } as const;

/** Knows when the end of the chain is to be written down elsewhere. The first seal of a process is, at once. */
export class CheckpointClock {
  readonly #tell: (head: SealHead) => void;
  #last: { readonly seq: number; readonly at: number } | undefined;

  constructor(tell: (head: SealHead) => void) {
    this.#tell = tell;
  }

  /** `now`: wall clock, milliseconds since 1970. */
  look(head: SealHead | undefined, now: number): void {
    if (!head || !this.#isDue(head.seq, now)) return;
    this.#last = { seq: head.seq, at: now };
    this.#tell(head);
  }

  /** The last one of a process; nobody asks any more. */
  end(head: SealHead | undefined): void {
    if (head && head.seq !== this.#last?.seq) this.#tell(head);
  }

  #isDue(seq: number, now: number): boolean {
    if (!this.#last) return true;
    if (seq === this.#last.seq) return false;
    return seq - this.#last.seq >= checkpointEvery.seals || now - this.#last.at >= checkpointEvery.ms;
  }
}
