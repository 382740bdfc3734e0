let logFactorials = new Float64Array(1);

/** Natural logarithms of 0! to n!; the table grows as it is needed. */
function logFactorialsTo(n: number): Float64Array {
  if (n < logFactorials.length) return logFactorials;
  const grown = new Float64Array(Math.max(n + 1, 2 * logFactorials.length, 1_024));
  grown.set(logFactorials);
  for (let i = logFactorials.length; i < grown.length; i += 1) grown[i] = (grown[i - 1] ?? 0) + Math.log(i);
  logFactorials = grown;
  return grown;
}

/** Gives the probability of exactly `k` successes of `n`, for one `p` and every `n` up to `most`. */
export function binomialMasses(p: number, most: number): (k: number, n: number) => number {
  if (p <= 0) return (k) => (k === 0 ? 1 : 0);
  if (p >= 1) return (k, n) => (k === n ? 1 : 0);
  const table = logFactorialsTo(most);
  const success = Math.log(p);
  const failure = Math.log1p(-p);
  return (k, n) => {
    if (k < 0 || k > n) return 0;
    const ways = (table[n] ?? 0) - (table[k] ?? 0) - (table[n - k] ?? 0);
    return Math.exp(ways + k * success + (n - k) * failure);
  };
}

/** Probability of `k` successes of `n` or more. */
export function binomialTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n) return 0;
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  const upwards = k > n * p;
  // The shorter side is summed, so that small tails keep their digits.
  const odds = upwards ? p / (1 - p) : (1 - p) / p;
  let at = upwards ? k : k - 1;
  let mass = binomialMasses(p, n)(at, n);
  let sum = mass;
  while (mass > sum * 1e-17 && (upwards ? at < n : at > 0)) {
    mass *= upwards ? ((n - at) / (at + 1)) * odds : (at / (n - at + 1)) * odds;
    at += upwards ? 1 : -1;
    sum += mass;
  }
  return Math.min(1, upwards ? sum : 1 - sum);
}
