import { normalCdf, normalDensity } from './normal.ts';

/** Different values with how often each was seen; a count need not be whole. */
export interface WeightedValues {
  readonly values: readonly number[];
  readonly counts: readonly number[];
}

export function weighted(values: readonly number[]): WeightedValues {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return { values: [...counts.keys()], counts: [...counts.values()] };
}

/** Below it the two terms of the tail formula cancel, and the middle of the distribution is asked for. */
const NEAR_MIDDLE = 0.02;

/**
 * P-value of the hypothesis that the mean of a distribution on [`least`, ∞) is `mean` or less.
 *
 * The share of weighted bootstrap resamples whose mean is `mean` or less, where every resample also holds one value that
 * was not seen: the worst possible. Without it a bootstrap of few cases is blind to rare large losses. Weights are
 * Dirichlet(1, …, 1). Sources: D. B. Rubin, "The Bayesian bootstrap", Annals of Statistics 9 (1981) 130–134; N. Gaffke,
 * "Three test statistics for a nonparametric one-sided hypothesis on the mean of a nonnegative variable", Mathematical
 * Methods of Statistics 14 (2005) 451–467; E. Learned-Miller, P. Thomas, "A new confidence interval for the mean of a
 * bounded random variable", arXiv:1905.06208 (2019).
 *
 * Nothing is drawn: a Dirichlet mean is below `mean` where a sum of exponentials with weights `value − mean` is below 0,
 * whose distribution the saddlepoint formula gives to about one part in a thousand (R. Lugannani, S. Rice, "Saddle point
 * approximation for the distribution of the sum of independent random variables", Advances in Applied Probability 12
 * (1980) 475–490, with the term of H. E. Daniels, "Tail probability approximations", International Statistical Review 55
 * (1987) 37–48).
 */
export function bootstrapP(sample: WeightedValues, mean: number, least: number): number {
  const weights = sample.values.map((value) => value - mean);
  weights.push(least - mean);
  return probabilityBelowZero(weights, [...sample.counts, 1]);
}

/** Probability that Σ weight × exponential is 0 or less, where each weight stands as often as its count says. */
export function probabilityBelowZero(weights: readonly number[], counts: readonly number[]): number {
  const most = Math.max(...weights);
  const least = Math.min(...weights);
  if (most <= 0) return 1;
  if (least >= 0) return 0;
  const t = saddlepoint(weights, counts, { from: 1 / least, to: 1 / most });
  const k = cumulants(weights, counts, t);
  const skew = k.third / k.second ** 1.5;
  const w = Math.sign(t) * Math.sqrt(Math.max(0, -2 * k.value));
  if (Math.abs(w) < NEAR_MIDDLE) return 0.5 + skew / (6 * Math.sqrt(2 * Math.PI));
  const u = t * Math.sqrt(k.second);
  const kurtosis = k.fourth / (k.second * k.second);
  const finer = (kurtosis / 8 - (5 * skew * skew) / 24) / u - skew / (2 * u * u) - 1 / u ** 3 + 1 / w ** 3;
  return Math.min(1, Math.max(0, normalCdf(w) + normalDensity(w) * (1 / w - 1 / u - finer)));
}

/** Where the derivative of the cumulant function is 0: it rises all the way between its two poles. */
function saddlepoint(
  weights: readonly number[],
  counts: readonly number[],
  poles: { readonly from: number; readonly to: number },
): number {
  let low = poles.from;
  let high = poles.to;
  let t = 0;
  for (let step = 0; step < 200; step += 1) {
    let slope = 0;
    let bend = 0;
    for (let i = 0; i < weights.length; i += 1) {
      const ratio = (weights[i] ?? 0) / (1 - (weights[i] ?? 0) * t);
      slope += (counts[i] ?? 0) * ratio;
      bend += (counts[i] ?? 0) * ratio * ratio;
    }
    if (slope > 0) high = t;
    else low = t;
    const newton = t - slope / bend;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - t) <= 1e-13 * Math.max(1, Math.abs(t))) return next;
    t = next;
  }
  return t;
}

function cumulants(weights: readonly number[], counts: readonly number[], t: number) {
  let [value, second, third, fourth] = [0, 0, 0, 0];
  for (let i = 0; i < weights.length; i += 1) {
    const weight = weights[i] ?? 0;
    const count = counts[i] ?? 0;
    const ratio = weight / (1 - weight * t);
    value -= count * Math.log1p(-weight * t);
    second += count * ratio ** 2;
    third += 2 * count * ratio ** 3;
    fourth += 6 * count * ratio ** 4;
  }
  return { value, second, third, fourth };
}
