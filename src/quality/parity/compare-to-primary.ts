import type { ComparisonVerdict, MetricComparison, PairedCase, ParityComparison } from './comparison.ts';
import { type HolmStep, holm } from './holm.ts';
import { type MetricTest, metricTest } from './metric-test.ts';
import {
  DEFAULT_CONFIDENCE,
  DEFAULT_POWER,
  type Demand,
  type Expectation,
  leastCases,
  MAX_NEEDED_CASES,
  neededCases,
  requireInside,
} from './needed-cases.ts';

/** The cases of one metric, with the largest loss in it that still counts as none. */
export interface MetricCases {
  readonly metric: string;
  /** As a positive difference of mean scores: above 0, below 1. */
  readonly margin: number;
  readonly cases: readonly PairedCase[];
}

export interface ComparisonOptions {
  /** One-sided; 0.95 unless told. */
  readonly confidence?: number;
  /** Chance that an equal target passes with the advised number of cases; 0.8 unless told. */
  readonly power?: number;
}

/**
 * Whether a target is no worse than the primary, by the same cases asked of both, in every metric at once. Pure and
 * without chance: the same cases give the same answer. No metrics: inconclusive.
 * Throws `RangeError` for a margin, confidence or power outside 0 to 1, and for a score outside [0, 1].
 */
export function compareToPrimary(metrics: readonly MetricCases[], options: ComparisonOptions = {}): ParityComparison {
  const confidence = requireInside('confidence', options.confidence ?? DEFAULT_CONFIDENCE);
  const power = requireInside('power', options.power ?? DEFAULT_POWER);
  const tests = metrics.map(({ margin, cases }) => ({ margin: requireInside('margin', margin), ...metricTest(cases) }));
  const worse = tests.map((test) => test.worseP(-test.margin));
  const noWorse = holm(worse);
  const inferior = holm(tests.map((test) => test.betterP(-test.margin)));
  const compared = tests.map((test, index) => {
    const found: Found = {
      metric: metrics[index]?.metric ?? '',
      p: worse[index] ?? 1,
      pass: noWorse[index] ?? NOTHING,
      fail: inferior[index] ?? NOTHING,
    };
    return metricComparison(test, found, { margin: test.margin, confidence, power, metrics: tests.length });
  });
  return { ...overall(compared), metrics: compared };
}

const NOTHING: HolmStep = { p: 1, divisor: 1 };

interface Found {
  readonly metric: string;
  readonly p: number;
  readonly pass: HolmStep;
  readonly fail: HolmStep;
}

function metricComparison(test: MetricTest, found: Found, demand: Required<Demand>): MetricComparison {
  const alpha = 1 - demand.confidence;
  const interval = {
    low: boundOf((difference) => test.worseP(difference), alpha / found.pass.divisor, test.n),
    high: -boundOf((difference) => test.betterP(-difference), alpha / found.fail.divisor, test.n),
    confidence: 1 - alpha / found.pass.divisor,
  };
  const facts = {
    metric: found.metric,
    method: test.method,
    n: test.n,
    missing: test.missing,
    primary: test.primary,
    target: test.target,
    difference: test.target - test.primary,
    interval,
    margin: demand.margin,
    p: found.p,
    pHolm: found.pass.p,
    verdict: verdictOf(test, found, alpha),
    neededN: neededCases(expectationOf(test), demand),
  };
  return { ...facts, because: wordsOf(facts, demand) };
}

function verdictOf(test: MetricTest, { pass, fail }: Found, alpha: number): ComparisonVerdict {
  if (fail.p <= alpha) return 'fail';
  return pass.p <= alpha && test.missing === 0 ? 'pass' : 'inconclusive';
}

/** The difference at which the p-value comes to `alpha`: it rises from 0 at −1 to 1 at 1. */
function boundOf(pAt: (difference: number) => number, alpha: number, n: number): number {
  let low = -1;
  let high = 1;
  if (n === 0) return low;
  for (let step = 0; step < 16; step += 1) {
    const middle = (low + high) / 2;
    if (pAt(middle) <= alpha) low = middle;
    else high = middle;
  }
  return low;
}

/** A share of few cases may be 0 by luck: one case more of either kind is taken as seen. */
function expectationOf({ seen }: MetricTest): Expectation {
  if (seen.kind === 'binary') {
    return { kind: 'binary', discordance: (seen.gained + seen.lost + 1) / (seen.n + 2) };
  }
  return { kind: 'shape', differences: seen.differences };
}

type Worded = Omit<MetricComparison, 'because'>;

function wordsOf(found: Worded, demand: Required<Demand>): string {
  const { n, missing, verdict } = found;
  if (n === 0) return `no case has an outcome at both; about ${cases(found.neededN)} are needed`;
  const means = `${share(found.target)} against the primary’s ${share(found.primary)} in ${n} cases`;
  const allowed = `a loss of ${share(found.margin)} is allowed`;
  const sure = `${Math.round(found.interval.confidence * 1000) / 10} % sure`;
  switch (verdict) {
    case 'pass':
      return `${means}: no worse than ${signed(found.interval.low)}, ${sure}; ${allowed}`;
    case 'fail':
      return `${means}: no better than ${signed(found.interval.high)}, ${sure}; ${allowed}`;
    case 'inconclusive': {
      const open = `${means}: it may be as bad as ${signed(found.interval.low)}; ${allowed}`;
      if (missing > 0) return `${open}; ${missing} without an outcome at both, and a missing case is no pass`;
      const least = leastCases(demand.margin, (1 - demand.confidence) / demand.metrics);
      const why = n < least ? `fewer than ${least} cases show nothing at this margin` : 'the cases do not decide it';
      return `${open}; ${why}; about ${cases(found.neededN)} would, were both equal`;
    }
  }
}

function overall(compared: readonly MetricComparison[]): Pick<ParityComparison, 'verdict' | 'because'> {
  if (compared.length === 0) return { verdict: 'inconclusive', because: 'nothing was measured' };
  const named = (verdict: ComparisonVerdict) =>
    compared.filter((metric) => metric.verdict === verdict).map(({ metric, because }) => `${metric}: ${because}`);
  for (const verdict of ['fail', 'inconclusive'] as const) {
    const found = named(verdict);
    if (found.length > 0) return { verdict, because: found.join(' · ') };
  }
  return { verdict: 'pass', because: named('pass').join(' · ') };
}

const share = (value: number): string => value.toFixed(3);
const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
const cases = (n: number): string => (n >= MAX_NEEDED_CASES ? `more than ${MAX_NEEDED_CASES}` : String(n));
