/** A mean with its 95 % interval; the interval is absent where one value alone cannot give one. */
export interface Estimate {
  readonly mean: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly n: number;
}

/** Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom (NIST/SEMATECH e-Handbook, section 1.3.6.7.2). */
const T_975: readonly number[] = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];
const Z_975 = 1.959964;

/** The 97.5 % quantile of Student's t. Beyond the table by the first two terms of its expansion, right to 0.002. */
export function studentT975(degreesOfFreedom: number): number {
  if (!Number.isInteger(degreesOfFreedom) || degreesOfFreedom < 1) {
    throw new RangeError(`degreesOfFreedom must be a whole number of 1 or more, got ${degreesOfFreedom}`);
  }
  const known = T_975[degreesOfFreedom - 1];
  return known ?? Z_975 + (Z_975 ** 3 + Z_975) / (4 * degreesOfFreedom);
}

/** What a measure cannot lie outside of; intervals are cut there. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** Mean and 95 % t-interval of values that are independent of each other: one a seed. Throws `RangeError` for none. */
export function estimate(values: readonly number[], bounds?: Bounds): Estimate {
  const n = values.length;
  if (n === 0) throw new RangeError('an estimate needs at least one value, got none');
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, low: undefined, high: undefined, n };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = studentT975(n - 1) * Math.sqrt(variance / n);
  const { least, most } = bounds ?? UNBOUNDED;
  return { mean, low: Math.max(least, mean - half), high: Math.min(most, mean + half), n };
}

const UNBOUNDED: Bounds = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };

/** Of the differences seed by seed: what both arms share (arrivals, incidents) drops out. */
export function pairedDifference(values: readonly number[], baseline: readonly number[]): Estimate {
  if (values.length !== baseline.length) {
    throw new RangeError(`pairs need as many values on both sides, got ${values.length} and ${baseline.length}`);
  }
  return estimate(values.map((value, index) => value - (baseline[index] ?? 0)));
}

/** Quantile by linear interpolation between the nearest ranks; 0 where there are no values. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}
