import { BucketRing, WINDOW_BUCKETS } from './bucket-ring.ts';
import { requireNonNegative, requirePositive } from './number-guards.ts';

export interface ThroughputFloorOptions {
  /** Slowest acceptable stream, in characters a second; 0 switches the floor off. */
  readonly minCharsPerSecond: number;
  /** Time over which the speed is measured, in milliseconds. */
  readonly windowMs: number;
}

/** Long enough for a pause between two paragraphs, short enough that a trickle is noticed while somebody waits. */
export const THROUGHPUT_WINDOW_MS = 10_000;

/**
 * Notices a stream that never pauses long enough to stall, and still gives next to nothing. Measures from the first
 * content on, and judges only after a whole window of it. Throws `RangeError` for negative or non-finite options.
 */
export class ThroughputFloor {
  readonly #minCharsPerSecond: number;
  readonly #windowMs: number;
  readonly #chars: BucketRing;
  #flowingSince: number | undefined;

  constructor(options: ThroughputFloorOptions, now: number) {
    this.#minCharsPerSecond = requireNonNegative('minCharsPerSecond', options.minCharsPerSecond);
    this.#windowMs = requirePositive('windowMs', options.windowMs);
    this.#chars = new BucketRing(options.windowMs, WINDOW_BUCKETS, now);
  }

  /** Content arrived; 0 characters (a ping, an empty delta) are not content. */
  record(chars: number, now: number): void {
    if (requireNonNegative('chars', chars) === 0) return;
    this.#flowingSince ??= now;
    this.#chars.add(chars, now);
  }

  /** True where the last window brought less than the floor. */
  breached(now: number): boolean {
    if (this.#flowingSince === undefined || now - this.#flowingSince < this.#windowMs) return false;
    const floor = (this.#minCharsPerSecond * this.#chars.coveredMs(now)) / 1000;
    return this.#chars.sum(now) < floor;
  }
}
