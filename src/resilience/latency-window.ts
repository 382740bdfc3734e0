import { bucketOf, HISTOGRAM_BUCKETS, quantileOf } from './histogram.ts';
import { requireCount, requireFinite, requirePositive } from './number-guards.ts';

export interface LatencyWindowOptions {
  /** Length of the window in milliseconds. */
  readonly windowMs: number;
  /** Number of slices it is cut into: the oldest leaves at once. */
  readonly slices: number;
}

/** Five minutes hold enough answers of a quiet lane to speak of a tail, and forget a bad spell before the next one. */
export const DEFAULT_LATENCY_WINDOW: LatencyWindowOptions = { windowMs: 300_000, slices: 5 };

/** A slice's counters are this wide; a lane would have to answer 65,535 times in one slice within 10 % of one time. */
const MOST_IN_A_BUCKET = 65_535;

interface Slice {
  counts: Uint16Array;
  total: number;
  cut: number;
}

/**
 * How long something took during the last `windowMs`, as quantiles: a log-spaced histogram for each slice of time.
 * Recording costs one logarithm and three additions, whatever the traffic; memory is constant, and nothing is taken
 * before the first value. Values in any unit, 0 and up; quantiles are off by at most `RELATIVE_ERROR` of the true ones.
 */
export class LatencyWindow {
  readonly #sliceMs: number;
  readonly #origin: number;
  readonly #slices: (Slice | undefined)[];
  readonly #sum = { counts: new Uint32Array(0), total: 0, cut: 0 };
  #newest = 0;

  /** Throws `RangeError` for a window or a number of slices that makes no sense. */
  constructor(options: LatencyWindowOptions, now: number) {
    const slices = requireCount('slices', options.slices, 1);
    this.#sliceMs = requirePositive('windowMs', options.windowMs) / slices;
    this.#origin = requireFinite('now', now);
    this.#slices = new Array<Slice | undefined>(slices).fill(undefined);
  }

  /** `cut`: it was given up after this long, and would have taken longer. */
  record(value: number, now: number, cut = false): void {
    const bucket = bucketOf(value);
    this.#expire(now);
    const sum = this.#sum;
    if (sum.counts.length === 0) sum.counts = new Uint32Array(HISTOGRAM_BUCKETS);
    const slice = this.#slice();
    const counted = slice.counts[bucket] ?? 0;
    if (counted >= MOST_IN_A_BUCKET) return;
    slice.counts[bucket] = counted + 1;
    slice.total += 1;
    sum.counts[bucket] = (sum.counts[bucket] ?? 0) + 1;
    sum.total += 1;
    if (!cut) return;
    slice.cut += 1;
    sum.cut += 1;
  }

  samples(now: number): number {
    this.#expire(now);
    return this.#sum.total;
  }

  /** Share of the values that are no more than lower bounds, 0 to 1; 0 where nothing is known. */
  cutShare(now: number): number {
    this.#expire(now);
    return this.#sum.total === 0 ? 0 : this.#sum.cut / this.#sum.total;
  }

  /** By nearest rank; `q` above 0, at most 1. Undefined where nothing was recorded within the window. */
  quantile(q: number, now: number): number | undefined {
    this.#expire(now);
    return quantileOf(this.#sum.counts, this.#sum.total, q);
  }

  #slice(): Slice {
    const at = this.#newest % this.#slices.length;
    const known = this.#slices[at];
    if (known) return known;
    const made = { counts: new Uint16Array(HISTOGRAM_BUCKETS), total: 0, cut: 0 };
    this.#slices[at] = made;
    return made;
  }

  #expire(now: number): void {
    const current = Math.floor((now - this.#origin) / this.#sliceMs);
    if (current <= this.#newest) return;
    const passed = Math.min(current - this.#newest, this.#slices.length);
    for (let step = 0; step < passed; step += 1) this.#forget(this.#slices[(current - step) % this.#slices.length]);
    this.#newest = current;
  }

  #forget(slice: Slice | undefined): void {
    if (slice === undefined || slice.total === 0) return;
    const { counts } = this.#sum;
    for (let bucket = 0; bucket < counts.length; bucket += 1) {
      counts[bucket] = (counts[bucket] ?? 0) - (slice.counts[bucket] ?? 0);
    }
    this.#sum.total -= slice.total;
    this.#sum.cut -= slice.cut;
    slice.counts.fill(0);
    slice.total = 0;
    slice.cut = 0;
  }
}
