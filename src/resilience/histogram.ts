import { requireNonNegative, requireShare } from './number-guards.ts';

/** No quantile is off by more than this share of the true one, for values from `LEAST_VALUE` to `MOST_VALUE`. */
export const RELATIVE_ERROR = 0.05;

/** Values below are counted as this one. */
export const LEAST_VALUE = 0.1;
/** Values above are counted as this one: an hour, in milliseconds. */
export const MOST_VALUE = 3_600_000;

/** Bounds of a bucket lie this far apart, so that its middle is within the error of everything in it. */
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
const OFFSET = Math.floor(Math.log(LEAST_VALUE) / LOG_GAMMA);
/** Buckets of one histogram: 175, whatever the number of values. */
export const HISTOGRAM_BUCKETS = Math.floor(Math.log(MOST_VALUE) / LOG_GAMMA) - OFFSET + 1;

/** Number of the bucket that counts a value. Throws `RangeError` for negative and non-finite ones. */
export function bucketOf(value: number): number {
  const bounded = Math.min(MOST_VALUE, Math.max(LEAST_VALUE, requireNonNegative('value', value)));
  return Math.floor(Math.log(bounded) / LOG_GAMMA) - OFFSET;
}

/** The value that stands for all values of a bucket: the harmonic middle, which halves the relative error. */
function middleOf(bucket: number): number {
  return (2 * GAMMA ** (bucket + OFFSET + 1)) / (GAMMA + 1);
}

/**
 * The value below which the share `q` of the counted ones lies, by nearest rank; undefined where nothing is counted.
 *
 * @see https://arxiv.org/abs/1908.10693 DDSketch, the same buckets
 */
export function quantileOf(counts: ArrayLike<number>, total: number, q: number): number | undefined {
  if (total <= 0) return undefined;
  const rank = Math.max(1, Math.ceil(requireShare('q', q) * total));
  let seen = 0;
  for (let bucket = 0; bucket < counts.length; bucket += 1) {
    seen += counts[bucket] ?? 0;
    if (seen >= rank) return middleOf(bucket);
  }
  return undefined;
}
