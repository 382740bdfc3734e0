import { requireCount, requirePositive } from './number-guards.ts';

/** Number of buckets of a window unless told: the oldest tenth of a window leaves at once, which is smooth enough. */
export const WINDOW_BUCKETS = 10;

/** A sum over the last `windowMs`, kept in a ring of buckets: constant memory, whatever the traffic. */
export class BucketRing {
  readonly #bucketMs: number;
  readonly #origin: number;
  readonly #sums: number[];
  /** Number of the newest bucket since the origin. */
  #newest = 0;

  constructor(windowMs: number, buckets: number, now: number) {
    const count = requireCount('buckets', buckets, 1);
    this.#bucketMs = requirePositive('windowMs', windowMs) / count;
    this.#origin = now;
    this.#sums = new Array<number>(count).fill(0);
  }

  add(amount: number, now: number): void {
    this.#expire(now);
    const slot = this.#newest % this.#sums.length;
    this.#sums[slot] = (this.#sums[slot] ?? 0) + amount;
  }

  sum(now: number): number {
    this.#expire(now);
    return this.#sums.reduce((total, amount) => total + amount, 0);
  }

  /** Time that `sum` speaks of, in milliseconds: all buckets but the newest are full, the newest has just begun. */
  coveredMs(now: number): number {
    this.#expire(now);
    const newestMs = Math.max(0, now - this.#origin - this.#newest * this.#bucketMs);
    return (this.#sums.length - 1) * this.#bucketMs + newestMs;
  }

  clear(now: number): void {
    this.#expire(now);
    this.#sums.fill(0);
  }

  /** Clears every bucket that was passed since the last touch, not only the next one: idle time must be forgotten. */
  #expire(now: number): void {
    const current = Math.floor((now - this.#origin) / this.#bucketMs);
    const passed = Math.min(current - this.#newest, this.#sums.length);
    for (let step = 0; step < passed; step += 1) this.#sums[(current - step) % this.#sums.length] = 0;
    if (current > this.#newest) this.#newest = current;
  }
}
