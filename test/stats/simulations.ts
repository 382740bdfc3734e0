import { bootstrapP, weighted } from '../../src/quality/parity/bounded-mean.ts';
import { holm } from '../../src/quality/parity/holm.ts';
import { type Expectation, neededCases } from '../../src/quality/parity/needed-cases.ts';
import { criticalStatistic, exactP, scoreStatistic } from '../../src/quality/parity/paired-binary.ts';
import { QualitySeries, TRIAL_EVIDENCE } from '../../src/quality/quality-series.ts';
import { SequentialTest } from '../../src/quality/sequential-test.ts';
import { seededChance } from '../kit/seeded-chance.ts';

export const ALPHA = 0.05;
export const POWER = 0.8;
/** As `qualityWatch` has them where nobody says otherwise. */
const WATCH = { margin: 0.02, learnFrom: 500, scoresPerFalseAlarm: 1_000_000 };

/** What was simulated, how often, and how often it happened. */
export interface Rate {
  readonly what: string;
  readonly how: string;
  readonly n: number;
  readonly runs: number;
  readonly rate: number;
}

/** Requests from a fall of the answers to the alarm, over seeds. */
export interface Delays {
  readonly how: string;
  readonly runs: number;
  /** Alarms before the fall. */
  readonly false: number;
  readonly missed: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly most: number;
}

type Draw = () => number;
const drawOf = (seed: number): Draw => {
  const chance = seededChance(seed);
  return () => chance.next();
};

function rateOf(runs: number, happens: (run: number) => boolean): number {
  let count = 0;
  for (let run = 0; run < runs; run += 1) if (happens(run)) count += 1;
  return count / runs;
}

/** How many cases only the target, and only the primary, gets right. */
function discordant(n: number, shares: { readonly gained: number; readonly lost: number }, draw: Draw) {
  let [gained, lost] = [0, 0];
  for (let i = 0; i < n; i += 1) {
    const u = draw();
    if (u < shares.gained) gained += 1;
    else if (u < shares.gained + shares.lost) lost += 1;
  }
  return { n, gained, lost };
}

/** A target that is worse by exactly the margin, with this share of discordant cases: how often it passes. */
export function inferiorBinary(n: number, margin: number, discordance: number, runs: number, seed = 1): Rate {
  const draw = drawOf(seed);
  const critical = criticalStatistic(n, -margin, ALPHA);
  const shares = { gained: (discordance - margin) / 2, lost: (discordance + margin) / 2 };
  const rate = rateOf(runs, () => scoreStatistic(discordant(n, shares, draw), -margin) >= critical);
  return { what: 'inferior, binary', how: `margin ${margin}, discordant ${discordance}`, n, runs, rate };
}

/** Ways in which a mean loss of the margin may be spread over cases. */
export const LOSSES: Readonly<Record<string, (margin: number, draw: Draw) => number>> = {
  'rare and total': (margin, draw) => (draw() < margin ? -1 : 0),
  'small and everywhere': (margin, draw) => -margin + 0.4 * (draw() - 0.5),
  skewed: (margin, draw) => -(draw() ** (1 / margin - 1)),
  'both ways': (margin, draw) => (draw() < 0.5 + margin ? -0.5 : 0.5),
  'three repeats': (margin, draw) => repeats(0.9 - margin, draw) - repeats(0.9, draw),
};

function repeats(share: number, draw: Draw): number {
  let sum = 0;
  for (let i = 0; i < 3; i += 1) if (draw() < share) sum += 1;
  return sum / 3;
}

export function inferiorScores(n: number, margin: number, loss: string, runs: number, seed = 1): Rate {
  const draw = drawOf(seed);
  const one = LOSSES[loss];
  if (!one) throw new RangeError(`no such loss: ${loss}`);
  const rate = rateOf(
    runs,
    () => bootstrapP(weighted(Array.from({ length: n }, () => one(margin, draw))), -margin, -1) <= ALPHA,
  );
  return { what: 'inferior, scores', how: `margin ${margin}, ${loss}`, n, runs, rate };
}

/** A target that is truly equal, at the advised number of cases: how often it passes. */
export function equalBinary(margin: number, discordance: number, runs: number, seed = 1): Rate {
  const draw = drawOf(seed);
  const n = neededCases({ kind: 'binary', discordance }, { margin });
  const critical = criticalStatistic(n, -margin, ALPHA);
  const shares = { gained: discordance / 2, lost: discordance / 2 };
  const rate = rateOf(runs, () => scoreStatistic(discordant(n, shares, draw), -margin) >= critical);
  return { what: 'equal, binary', how: `margin ${margin}, discordant ${discordance}`, n, runs, rate };
}

/** Ways in which two equal targets may differ from case to case: the mean is 0, the deviation is told. */
export const DIFFERENCES: Readonly<Record<string, { readonly deviation: number; draw(draw: Draw): number }>> = {
  'even, ±0.17': { deviation: 0.1, draw: (draw) => (draw() - 0.5) * 0.1 * Math.sqrt(12) },
  'even, ±0.35': { deviation: 0.2, draw: (draw) => (draw() - 0.5) * 0.2 * Math.sqrt(12) },
  'one in ten by ±0.6': { deviation: 0.6 * Math.sqrt(0.1), draw: (draw) => either(draw, 0.1, 0.6) },
  'three repeats': { deviation: Math.sqrt((2 * 0.09) / 3), draw: (draw) => repeats(0.9, draw) - repeats(0.9, draw) },
};

function either(draw: Draw, share: number, size: number): number {
  const u = draw();
  return u < share / 2 ? -size : u < share ? size : 0;
}

/** `pilot`: the advice rests on the differences of so many cases rather than on a deviation that is known. */
export function equalScores(margin: number, kind: string, runs: number, pilot?: number): Rate {
  const draw = drawOf(1);
  const found = DIFFERENCES[kind];
  if (!found) throw new RangeError(`no such differences: ${kind}`);
  const sample = (n: number) => Array.from({ length: n }, () => found.draw(draw));
  const expected: Expectation =
    pilot === undefined
      ? { kind: 'score', deviation: found.deviation }
      : { kind: 'shape', differences: weighted(sample(pilot)) };
  const n = neededCases(expected, { margin });
  const rate = rateOf(runs, () => bootstrapP(weighted(sample(n)), -margin, -1) <= ALPHA);
  const how = `margin ${margin}, ${kind}${pilot === undefined ? '' : `, advised by ${pilot} cases`}`;
  return { what: 'equal, scores', how, n, runs, rate };
}

/** Several metrics under Holm: `equal` in all of them, or worse by the margin in all of them and passing in any. */
export function severalMetrics(metrics: number, truth: 'equal' | 'inferior', runs: number): Rate {
  const draw = drawOf(5);
  const [margin, discordance] = [0.1, 0.1];
  const n = neededCases({ kind: 'binary', discordance }, { margin, metrics });
  const gap = truth === 'equal' ? 0 : margin;
  const shares = { gained: (Math.max(discordance, gap) - gap) / 2, lost: (Math.max(discordance, gap) + gap) / 2 };
  const known = new Map<number, number>();
  const p = () => {
    const counts = discordant(n, shares, draw);
    const key = counts.gained * (n + 1) + counts.lost;
    const value = known.get(key) ?? exactP(counts, -margin);
    known.set(key, value);
    return value;
  };
  const rate = rateOf(runs, () => {
    const passed = holm(Array.from({ length: metrics }, p)).filter((step) => step.p <= ALPHA).length;
    return truth === 'equal' ? passed === metrics : passed > 0;
  });
  return { what: `${truth}, ${metrics} metrics`, how: truth === 'equal' ? 'all pass' : 'any passes', n, runs, rate };
}

/** Scores with a mean of exactly the floor. */
export const SCORES: Readonly<Record<string, { readonly floor: number; draw(draw: Draw): number }>> = {
  'yes or no, 0.95': { floor: 0.95, draw: (draw) => (draw() < 0.95 ? 1 : 0) },
  'yes or no, 0.6': { floor: 0.6, draw: (draw) => (draw() < 0.6 ? 1 : 0) },
  'even from 0.6 to 1': { floor: 0.8, draw: (draw) => 0.6 + 0.4 * draw() },
  'skewed, 0.9': { floor: 0.9, draw: (draw) => 1 - draw() ** 9 },
};

/** The test, looked at after each of `n` scores at the floor: how often it ever alarms. At most n / limit. */
export function falseAlarms(kind: string, n: number, runs: number): Rate {
  const draw = drawOf(3);
  const found = SCORES[kind];
  if (!found) throw new RangeError(`no such scores: ${kind}`);
  const limit = n / ALPHA;
  const rate = rateOf(runs, () => reaches(new SequentialTest(found.floor, 'watch'), limit, n, () => found.draw(draw)));
  return { what: 'sequential, watch', how: kind, n, runs, rate };
}

/** A trial of answers at the floor: how often it ends badly. At most 1 / limit. */
export function failedTrials(kind: string, n: number, runs: number): Rate {
  const draw = drawOf(4);
  const found = SCORES[kind];
  if (!found) throw new RangeError(`no such scores: ${kind}`);
  const rate = rateOf(runs, () =>
    reaches(new SequentialTest(found.floor, 'trial'), TRIAL_EVIDENCE, n, () => found.draw(draw)),
  );
  return { what: 'sequential, trial', how: kind, n, runs, rate };
}

function reaches(test: SequentialTest, limit: number, n: number, score: () => number): boolean {
  for (let i = 0; i < n; i += 1) if (test.take(score()) >= limit) return true;
  return false;
}

/** Healthy answers, with a baseline that is learned from them: how often an alarm is raised within `n`. */
export function healthyAlarms(share: number, n: number, runs: number): Rate {
  const rate = rateOf(runs, (run) => {
    const draw = drawOf(1_000 + run);
    const series = new QualitySeries(WATCH, undefined);
    for (let i = 0; i < n; i += 1) if (series.take(draw() < share ? 1 : 0) === 'fell') return true;
    return false;
  });
  return { what: 'healthy, learned baseline', how: `${share} good`, n, runs, rate };
}

/** A baseline learned from `healthy` answers; from then on one in ten of them is broken. */
export function regressionDelays(share: number, healthy: number, runs: number): Delays {
  const most = 20_000;
  const found: number[] = [];
  let early = 0;
  for (let run = 0; run < runs; run += 1) {
    const draw = drawOf(9_000 + run);
    const series = new QualitySeries(WATCH, undefined);
    for (let i = 0; i < healthy + most; i += 1) {
      if (series.take(draw() < share * (i < healthy ? 1 : 0.9) ? 1 : 0) !== 'fell') continue;
      if (i < healthy) early += 1;
      else found.push(i - healthy + 1);
      break;
    }
  }
  found.sort((a, b) => a - b);
  const at = (p: number) => found[Math.min(found.length - 1, Math.floor(p * found.length))] ?? Number.POSITIVE_INFINITY;
  const how = `${share} good, learned from ${healthy}`;
  const [p50, p90, p99, worst] = [at(0.5), at(0.9), at(0.99), at(1)];
  return { how, runs, false: early, missed: runs - found.length - early, p50, p90, p99, most: worst };
}
