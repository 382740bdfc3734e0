import { BucketRing } from './bucket-ring.ts';

export interface RollingWindowOptions {
  /** Length of the window in milliseconds. */
  readonly windowMs: number;
  /** Number of buckets it is cut into. */
  readonly buckets: number;
}

/** Successes and failures of the last `windowMs`. Throws `RangeError` for a window or a number of buckets of 0 or less. */
export class RollingWindow {
  readonly #ok: BucketRing;
  readonly #failed: BucketRing;

  constructor(options: RollingWindowOptions, now: number) {
    this.#ok = new BucketRing(options.windowMs, options.buckets, now);
    this.#failed = new BucketRing(options.windowMs, options.buckets, now);
  }

  record(ok: boolean, now: number, results = 1): void {
    (ok ? this.#ok : this.#failed).add(results, now);
  }

  totals(now: number): { readonly ok: number; readonly failed: number } {
    return { ok: this.#ok.sum(now), failed: this.#failed.sum(now) };
  }

  clear(now: number): void {
    this.#ok.clear(now);
    this.#failed.clear(now);
  }
}
