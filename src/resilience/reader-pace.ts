import { requireNonNegative, requirePositive } from './number-guards.ts';

export interface ReaderPaceOptions {
  /** Least that a reader takes in a second. */
  readonly bytesPerSecond: number;
  /** Time with something waiting over which that is measured, in milliseconds. */
  readonly windowMs: number;
}

/** A minute: long enough for a tunnel, short enough that an answer which nobody can follow does not stay. */
export const READER_WINDOW_MS = 60_000;

/** A day: nobody waits longer for anything, and every timer can hold it. */
const MAX_WAIT_MS = 86_400_000;

/**
 * Whether a reader keeps up a least pace. Only time in which something waits for it counts, so that nobody is blamed for
 * a provider that is slow. Throws `RangeError` for a pace or a window of 0.
 */
export class ReaderPace {
  readonly #bytesPerMs: number;
  readonly #windowMs: number;
  #waitedMs = 0;
  #taken = 0;

  constructor(options: ReaderPaceOptions) {
    this.#bytesPerMs = requirePositive('bytesPerSecond', options.bytesPerSecond) / 1000;
    this.#windowMs = requirePositive('windowMs', options.windowMs);
  }

  /** Longest time for `pending` bytes to be taken: the rest of the window, or what the least pace needs for all of it. */
  allowedMs(pending: number): number {
    const due = (this.#taken + requireNonNegative('pending', pending)) / this.#bytesPerMs;
    return Math.min(MAX_WAIT_MS, Math.max(0, Math.max(this.#windowMs, due) - this.#waitedMs));
  }

  /**
   * So many bytes that waited were taken after so long: false where that is too slow. A full window is closed and another
   * begun.
   */
  took(bytes: number, ms: number): boolean {
    this.#waitedMs += requireNonNegative('ms', ms);
    this.#taken += requireNonNegative('bytes', bytes);
    if (this.#waitedMs < this.#windowMs) return true;
    const keptUp = this.#taken >= this.#waitedMs * this.#bytesPerMs;
    this.#waitedMs = 0;
    this.#taken = 0;
    return keptUp;
  }
}
