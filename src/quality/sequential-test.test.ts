import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowestMean } from './mean-bound.ts';
import { floorOf, LearnedBaseline } from './quality-baseline.ts';
import { QualitySeries, TRIAL_SCORES } from './quality-series.ts';
import { SequentialTest } from './sequential-test.ts';

const repeat = <T>(n: number, task: () => T): T[] => Array.from({ length: n }, task);

describe('a sequential test', () => {
  it('multiplies bets that lose by what is expected and win by what is not', () => {
    const bets = [0.01, 0.03, 0.07, 0.15, 0.35, 0.75];
    const mean = (of: (bet: number) => number) => bets.reduce((sum, bet) => sum + of(bet), 0) / bets.length;
    const trial = new SequentialTest(0.9, 'trial');
    expect(trial.take(1)).toBeCloseTo(
      mean((bet) => 1 - bet),
      12,
    );
    expect(trial.take(0)).toBeCloseTo(
      mean((bet) => (1 - bet) * (1 + bet * 9)),
      12,
    );
    const watch = new SequentialTest(0.9, 'watch');
    watch.take(1);
    // Every score begins a bet of its own beside those that run.
    expect(watch.take(0)).toBeCloseTo(
      mean((bet) => (1 - bet + 1) * (1 + bet * 9)),
      12,
    );
  });

  it('expects nothing to be won at the floor: the mean of the factors is 1', () => {
    for (const floor of [0.05, 0.5, 0.97]) {
      const good = new SequentialTest(floor, 'trial').take(1);
      const bad = new SequentialTest(floor, 'trial').take(0);
      expect(floor * good + (1 - floor) * bad).toBeCloseTo(1, 12);
    }
  });

  it('forgets good scores, and never overflows', () => {
    const short = new SequentialTest(0.9, 'watch');
    const long = new SequentialTest(0.9, 'watch');
    repeat(10, () => short.take(1));
    repeat(100_000, () => long.take(1));
    const until = (test: SequentialTest) => {
      let n = 0;
      while (test.take(0) < 1e6 && n < 10_000) n += 1;
      return n;
    };
    const after = until(short);
    expect(after).toBeLessThan(50);
    expect(until(long)).toBeLessThanOrEqual(after);
    repeat(5_000, () => long.take(0));
    expect(Number.isFinite(long.evidence)).toBe(true);
  });

  it('never holds less than nothing, whatever the scores', () => {
    const score = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(score, { maxLength: 300 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (scores, floor) => {
          const test = new SequentialTest(floor, 'watch');
          for (const one of scores) expect(test.take(one)).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  it.each([0, 1, Number.NaN])('refuses a floor of %d', (floor) => {
    expect(() => new SequentialTest(floor, 'watch')).toThrow(`floor must lie between 0 and 1, got ${floor}`);
  });

  it.each([-0.1, 1.1, Number.NaN])('refuses a score of %d', (score) => {
    expect(() => new SequentialTest(0.5, 'watch').take(score)).toThrow(`got ${score}`);
  });
});

describe('a baseline', () => {
  // Roots of n · KL = ln(1/alpha), found with scipy's brentq.
  it.each([
    [1, 500, 0.01, 0.9908319448927676],
    [0.99, 500, 0.0025, 0.9661027274793423],
    [0.9, 200, 0.01, 0.8237038034651237],
    [0.5, 50, 0.05, 0.33197608428645997],
  ])('of %d over %i scores is %d sure to be no lower than %d', (average, n, alpha, lowest) => {
    expect(lowestMean(average, n, alpha)).toBeCloseTo(lowest, 9);
  });

  it('that somebody states is taken as it is; a measured one as low as its cases leave it', () => {
    expect(floorOf({ mean: 0.97 }, 0.02)).toBeCloseTo(0.95, 12);
    expect(floorOf({ mean: 1, n: 500 }, 0.02)).toBeCloseTo(0.97083, 5);
  });

  it('is looked at four times and then never again', () => {
    const baseline = new LearnedBaseline(10, 0.02);
    const looks = repeat(200, () => baseline.take(1)).flatMap((floor, i) => (floor === undefined ? [] : [i + 1]));
    expect(looks).toEqual([10, 20, 40, 80]);
  });
});

describe('a series of scores', () => {
  const policy = { margin: 0.02, learnFrom: 100, scoresPerFalseAlarm: 10_000 };

  it('is not watched before there is something to compare with', () => {
    const series = new QualitySeries(policy, undefined);
    expect(repeat(99, () => series.take(1)).every((change) => change === undefined)).toBe(true);
    expect(series.snapshot()).toMatchObject({ state: 'learning', scoresToLearn: 1 });
    series.take(1);
    expect(series.state).toBe('watched');
  });

  it('with a known baseline is watched from the first score', () => {
    const series = new QualitySeries(policy, { mean: 0.95, n: 200 });
    expect(series.state).toBe('watched');
    expect(repeat(40, () => series.take(0))).toContain('fell');
  });

  it('is not lowered by what got worse while it learned', () => {
    const series = new QualitySeries(policy, { mean: 0.99 });
    repeat(60, () => series.take(1));
    for (let i = 0; i < 140; i += 1) series.take(i % 20 === 0 ? 0 : 1);
    expect(series.snapshot().floor).toBeCloseTo(0.97, 9);
  });

  it('once fallen changes nothing by late answers; a trial ends either way', () => {
    const series = new QualitySeries(policy, { mean: 0.95 });
    const falls = () => {
      for (let i = 0; i < 1_000; i += 1) if (series.take(0) === 'fell') return;
    };
    falls();
    repeat(1_000, () => series.take(0));
    expect([series.state, series.falls]).toEqual(['fallen', 1]);
    series.try();
    falls();
    expect([series.state, series.falls]).toEqual(['fallen', 2]);
    series.try();
    expect(repeat(TRIAL_SCORES, () => series.take(1)).at(-1)).toBe('recovered');
    expect([series.state, series.falls]).toEqual(['watched', 0]);
  });
});
