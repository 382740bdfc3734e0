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

  /** A use, or a correction, by somebody else who draws on the same limit. */
  usedElsewhere(amount: number, now: number): void {
    if (amount >= 0) this.use(amount, now);
    else if (!this.#isOver(now)) this.#used = Math.max(0, this.#used + amount);
  }

  /** What was used, and how long ago the window began; undefined where nothing counts as used. */
  standing(now: number): { readonly used: number; readonly agoMs: number } | undefined {
    return this.#isOver(now) ? undefined : { used: this.#used, agoMs: now - this.#startedAt };
  }

  /** Goes on with a window that somebody else began. */
  takeOver({ used, agoMs }: { readonly used: number; readonly agoMs: number }, now: number): void {
    this.#startedAt = now - agoMs;
    this.#used = used;
  }

  #isOver(now: number): boolean {
    return now >= this.#startedAt + this.#lengthMs;
  }
}
