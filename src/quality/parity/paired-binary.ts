import { binomialMasses, binomialTail } from './binomial.ts';
import { normalQuantile } from './normal.ts';

/** Binary outcomes of the same cases at two targets. Only the discordant ones say anything of a difference. */
export interface DiscordantCounts {
  /** All cases. */
  readonly n: number;
  /** Right at the target alone. */
  readonly gained: number;
  /** Right at the primary alone. */
  readonly lost: number;
}

/** Steps of the search for the worst share of discordant cases: a grid, then a golden section about its best point. */
const GRID = 40;
const REFINEMENTS = 14;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** Standard deviations beyond which nothing is summed: 1e-15 of the probability. */
const WINDOW = 8;
/** How far from its normal quantile a critical statistic is looked for first, and how far at most: few cases have none. */
const BRACKET = 0.4;
const MAX_STATISTIC = 40;
/** Two tables whose statistics differ by less are equally extreme. */
const TIE = 1e-9;

/**
 * Tango's score statistic of the hypothesis that the target's share of right answers less the primary's is `difference`.
 * Source: T. Tango, "Equivalence test and confidence interval for the difference in proportions for the paired-sample
 * design", Statistics in Medicine 17 (1998) 891–908.
 */
export function scoreStatistic({ n, gained, lost }: DiscordantCounts, difference: number): number {
  const above = gained - lost - n * difference;
  const b = -gained - lost + (2 * n - gained + lost) * difference;
  const c = -lost * difference * (1 - difference);
  const lostShare = (Math.sqrt(Math.max(0, b * b - 8 * n * c)) - b) / (4 * n);
  const variance = n * (2 * lostShare + difference * (1 - difference));
  if (variance > 1e-12) return above / Math.sqrt(variance);
  return Math.abs(above) < TIE ? 0 : Math.sign(above) * Number.POSITIVE_INFINITY;
}

/**
 * Exact unconditional p-value of the hypothesis that target less primary is `difference` or worse: the largest
 * probability, over every share of discordant cases that the hypothesis allows, of a table at least as extreme by
 * Tango's statistic. With `difference` 0 it is McNemar's test in its exact unconditional form (Suissa and Shuster, 1991).
 * Source: H. Hsueh, J. Liu, J. J. Chen, "Unconditional exact tests for equivalence or noninferiority for paired binary
 * endpoints", Biometrics 57 (2001) 478–483, who show that the largest lies where the difference is exactly `difference`.
 */
export function exactP(counts: DiscordantCounts, difference: number): number {
  if (counts.n === 0) return 1;
  return worstProbability(counts.n, difference, scoreStatistic(counts, difference));
}

/** The smallest statistic with which `n` cases refute `difference` at the one-sided level `alpha`. */
export function criticalStatistic(n: number, difference: number, alpha: number): number {
  let low = Math.max(0, normalQuantile(1 - alpha) - BRACKET);
  let high = low + 2 * BRACKET;
  if (worstProbability(n, difference, low) <= alpha) low = 0;
  while (worstProbability(n, difference, high) > alpha && high < MAX_STATISTIC) [low, high] = [high, high + BRACKET];
  while (high - low > 1e-3) {
    const middle = (low + high) / 2;
    if (worstProbability(n, difference, middle) <= alpha) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * Probability that `n` cases refute `rule.difference` at `rule.alpha`, where the truth is this share of discordant cases
 * and this difference; 0 where it is left out.
 */
export function powerOfExact(
  n: number,
  rule: { readonly difference: number; readonly alpha: number },
  truth: { readonly discordance: number; readonly difference?: number },
): number {
  const critical = criticalStatistic(n, rule.difference, rule.alpha);
  const { discordance, difference = 0 } = truth;
  const share = discordance === 0 ? 0.5 : (discordance + difference) / (2 * discordance);
  return probabilityOfRegion(n, regionOf(n, rule.difference, critical), discordance, share);
}

function worstProbability(n: number, difference: number, statistic: number): number {
  const region = regionOf(n, difference, statistic);
  const least = Math.abs(difference);
  const at = (u: number): number => {
    const discordance = least + (1 - least) * u * u;
    const share = discordance === 0 ? 0.5 : (discordance + difference) / (2 * discordance);
    return probabilityOfRegion(n, region, discordance, share);
  };
  let best = 0;
  let worst = at(0);
  for (let step = 1; step <= GRID; step += 1) {
    const p = at(step / GRID);
    if (p > worst) [worst, best] = [p, step / GRID];
  }
  return Math.min(1, Math.max(worst, refined(at, Math.max(0, best - 1 / GRID), Math.min(1, best + 1 / GRID))));
}

function refined(at: (u: number) => number, from: number, to: number): number {
  let [low, high] = [from, to];
  let left = high - GOLDEN * (high - low);
  let right = low + GOLDEN * (high - low);
  let [atLeft, atRight] = [at(left), at(right)];
  let worst = Math.max(atLeft, atRight);
  for (let step = 0; step < REFINEMENTS; step += 1) {
    if (atLeft > atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - GOLDEN * (high - low);
      atLeft = at(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + GOLDEN * (high - low);
      atRight = at(right);
    }
    worst = Math.max(worst, atLeft, atRight);
  }
  return worst;
}

/** For each number of discordant cases the smallest number of gained ones that is as extreme; one more than all where none is. */
function regionOf(n: number, difference: number, statistic: number): Int32Array {
  const region = new Int32Array(n + 1);
  let gained = 0;
  for (let discordant = 0; discordant <= n; discordant += 1) {
    while (
      gained <= discordant &&
      scoreStatistic({ n, gained, lost: discordant - gained }, difference) < statistic - TIE
    ) {
      gained += 1;
    }
    region[discordant] = gained;
  }
  return region;
}

/** The tail for one more discordant case follows from the one before, so that the sum takes one step for each. */
function probabilityOfRegion(n: number, region: Int32Array, discordance: number, share: number): number {
  const spread = WINDOW * Math.sqrt(n * discordance * (1 - discordance)) + WINDOW;
  const first = Math.max(0, Math.floor(n * discordance - spread));
  const last = Math.min(n, Math.ceil(n * discordance + spread));
  const discordantMass = binomialMasses(discordance, n);
  const gainedMass = binomialMasses(share, n);
  let least = region[first] ?? 0;
  let tail = binomialTail(least, first, share);
  let sum = discordantMass(first, n) * tail;
  for (let discordant = first + 1; discordant <= last; discordant += 1) {
    tail += share * gainedMass(least - 1, discordant - 1);
    const next = region[discordant] ?? 0;
    for (; least < next; least += 1) tail -= gainedMass(least, discordant);
    sum += discordantMass(discordant, n) * tail;
  }
  return sum;
}
