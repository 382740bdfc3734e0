import type { LoadResult } from './load-orders.ts';

/** What an order has seen so far. */
export class Tally {
  sent = 0;
  answered = 0;
  readonly totalMicros: number[] = [];
  readonly firstContentMicros: number[] = [];
  readonly pieceMicros: number[] = [];
  readonly lateMicros: number[] = [];
  readonly #failures: Record<string, number> = {};

  fail(why: string): void {
    this.#failures[why] = (this.#failures[why] ?? 0) + 1;
  }

  get failed(): number {
    return Object.values(this.#failures).reduce((sum, times) => sum + times, 0);
  }

  result(elapsedMs: number, open = 0): LoadResult {
    return {
      sent: this.sent,
      answered: this.answered,
      failures: this.#failures,
      totalMicros: Float64Array.from(this.totalMicros).sort(),
      firstContentMicros: Float64Array.from(this.firstContentMicros).sort(),
      pieceMicros: Float64Array.from(this.pieceMicros).sort(),
      lateMicros: Float64Array.from(this.lateMicros).sort(),
      elapsedMs,
      open,
    };
  }
}
