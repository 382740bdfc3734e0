/**
 * The lowest mean that `n` values in [0, 1] with this average leave possible, each time but `alpha`: where
 * n · KL(average ‖ mean) = ln(1/alpha). 0 where there are none. Throws `RangeError` for an average outside [0, 1], for
 * an alpha outside (0, 1).
 * Source: W. Hoeffding, "Probability inequalities for sums of bounded random variables", Journal of the American
 * Statistical Association 58 (1963) 13–30, inequality (2.1).
 */
export function lowestMean(average: number, n: number, alpha: number): number {
  if (!(average >= 0 && average <= 1)) throw new RangeError(`average must lie from 0 to 1, got ${average}`);
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha must lie between 0 and 1, got ${alpha}`);
  if (!(n > 0)) return 0;
  const limit = Math.log(1 / alpha) / n;
  let low = 0;
  let high = average;
  for (let step = 0; step < 50; step += 1) {
    const middle = (low + high) / 2;
    if (divergence(average, middle) > limit) low = middle;
    else high = middle;
  }
  return low;
}

/** Kullback–Leibler divergence of two coins. */
function divergence(p: number, q: number): number {
  const term = (share: number, of: number) => (share === 0 ? 0 : share * Math.log(share / of));
  return term(p, q) + term(1 - p, 1 - q);
}
