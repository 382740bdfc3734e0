import { requirePositive } from '../resilience/number-guards.ts';

/**
 * What was used of a limit within a fixed length of time. A window begins with the first use after the last one ended, so
 * that it needs no wall clock and a step of one neither opens nor shuts it.
 */
export class SpendWindow {
  readonly #lengthMs: number;
  #startedAt = Number.NEGATIVE_INFINITY;
  #used = 0;

  constructor(lengthMs: number) {
    this.#lengthMs = requirePositive('lengthMs', lengthMs);
  }

  used(now: number): number {
    return this.#isOver(now) ? 0 : this.#used;
  }

  /** Milliseconds until nothing counts as used any more; 0 where nothing does. */
  resetsInMs(now: number): number {
    return this.#isOver(now) ? 0 : this.#startedAt + this.#lengthMs - now;
  }

  /** Counts a use; gives the window's beginning, for `correct`. */
  use(amount: number, now: number): number {
    if (this.#isOver(now)) {
      this.#startedAt = now;
      this.#used = 0;
    }
    this.#used += amount;
    return this.#startedAt;
  }

  /** Changes what a use came to. Once its window has ended, only what came on top counts, in the window of now. */
  correct(by: number, startedAt: number, now: number): void {
    if (startedAt === this.#startedAt && !this.#isOver(now)) this.#used = Math.max(0, this.#used + by);
    else if (by > 0) this.use(by, now);
  }

  #isOver(now: number): boolean {
    return now >= this.#startedAt + this.#lengthMs;
  }
}
