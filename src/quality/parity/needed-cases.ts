import { bootstrapP, type WeightedValues } from './bounded-mean.ts';
import { normalQuantile } from './normal.ts';
import { powerOfExact } from './paired-binary.ts';

/** What is expected of the cases of one metric, were both targets truly equal. */
export type Expectation =
  /** Share of the cases that only one of the two gets right. */
  | { readonly kind: 'binary'; readonly discordance: number }
  /** Standard deviation of a case's score at the target less its score at the primary. */
  | { readonly kind: 'score'; readonly deviation: number }
  /** The same, by the differences that were seen. */
  | { readonly kind: 'shape'; readonly differences: WeightedValues };

/** What the cases are to show. */
export interface Demand {
  /** Largest loss that still counts as none: above 0, below 1. */
  readonly margin: number;
  /** One-sided; 0.95 unless told. */
  readonly confidence?: number;
  /** Chance that equal targets pass in every metric; 0.8 unless told. */
  readonly power?: number;
  /** Metrics that are compared at once; 1 unless told. */
  readonly metrics?: number;
}

export const DEFAULT_CONFIDENCE = 0.95;
export const DEFAULT_POWER = 0.8;
/** What one case may differ by where only a deviation is known. */
const LARGE_DIFFERENCE = 0.5;
/** Beyond it nobody writes a suite: the margin is too small for what is measured. */
export const MAX_NEEDED_CASES = 100_000;

/**
 * Cases with which a target that is truly equal passes with the wished power; `MAX_NEEDED_CASES` where even those are
 * not enough. With several metrics every one is asked for at Bonferroni's level and power, which Holm's steps never exceed.
 * Throws `RangeError` for a margin, confidence, power or number of metrics that means nothing.
 */
export function neededCases(expected: Expectation, demand: Demand): number {
  const { margin, confidence = DEFAULT_CONFIDENCE, power = DEFAULT_POWER, metrics = 1 } = demand;
  requireInside('margin', margin);
  requireInside('confidence', confidence);
  requireInside('power', power);
  if (!(Number.isSafeInteger(metrics) && metrics >= 1))
    throw new RangeError(`metrics must be 1 or more, got ${metrics}`);
  const alpha = (1 - confidence) / metrics;
  const wished = 1 - (1 - power) / metrics;
  if (expected.kind === 'binary') {
    const { discordance } = expected;
    if (!(discordance >= 0 && discordance <= 1)) {
      throw new RangeError(`discordance must lie from 0 to 1, got ${discordance}`);
    }
    const rule = { difference: -margin, alpha };
    return smallest(leastCases(margin, alpha), (n) => powerOfExact(n, rule, expected) >= wished);
  }
  const shape = expected.kind === 'shape' ? centred(expected.differences) : lumpy(expected.deviation);
  const worst = Math.min(...shape.values);
  const unlucky = normalQuantile(wished) * deviationOf(shape);
  return smallest(leastCases(margin, alpha), (n) => {
    const total = shape.counts.reduce((sum, count) => sum + count, 0);
    const shift = unlucky / Math.sqrt(n);
    // Outcomes come whole: where losses are rare and large, bad luck is one of them more than its share.
    const sample = {
      values: [...shape.values, worst].map((value) => value - shift),
      counts: [...shape.counts.map((count) => (count * n) / total), 1],
    };
    return bootstrapP(sample, -margin, -1) <= alpha;
  });
}

/** Fewer cases cannot pass even when not one of them is lost: a loss of the margin may hide behind so few. */
export function leastCases(margin: number, alpha: number): number {
  return Math.ceil(Math.log(alpha) / Math.log1p(-margin));
}

/** Grows by steps until it suffices, then halves the last step, to within one case in a hundred. */
function smallest(from: number, suffices: (n: number) => boolean): number {
  let low = from - 1;
  let high = from;
  while (!suffices(high)) {
    if (high >= MAX_NEEDED_CASES) return MAX_NEEDED_CASES;
    low = high;
    high = Math.min(MAX_NEEDED_CASES, Math.ceil(high * 1.4));
  }
  while (high - low > Math.max(1, high / 100)) {
    const middle = Math.floor((low + high) / 2);
    if (suffices(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function centred({ values, counts }: WeightedValues): WeightedValues {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const mean = values.reduce((sum, value, index) => sum + value * (counts[index] ?? 0), 0) / total;
  return { values: values.map((value) => value - mean), counts };
}

/** A deviation alone may come from few large differences, which need more cases than many small ones. */
function lumpy(deviation: number): WeightedValues {
  if (!(deviation >= 0 && deviation <= 1)) throw new RangeError(`deviation must lie from 0 to 1, got ${deviation}`);
  const size = Math.max(deviation, LARGE_DIFFERENCE);
  const share = (deviation / size) ** 2;
  return { values: [-size, 0, size], counts: [share / 2, 1 - share, share / 2] };
}

function deviationOf({ values, counts }: WeightedValues): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const squares = values.reduce((sum, value, index) => sum + value * value * (counts[index] ?? 0), 0);
  return Math.sqrt(squares / total);
}

export function requireInside(name: string, value: number): number {
  if (value > 0 && value < 1) return value;
  throw new RangeError(`${name} must lie between 0 and 1, got ${value}`);
}
