import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareToPrimary } from './compare-to-primary.ts';
import type { PairedCase } from './comparison.ts';
import { MAX_NEEDED_CASES, neededCases } from './needed-cases.ts';

/** Cases of which so many are right at the target alone, and at the primary alone; the others at both. */
function binary(n: number, gained: number, lost: number): PairedCase[] {
  return Array.from({ length: n }, (_, i) => ({
    id: `c${i}`,
    primary: [i < gained ? 0 : 1],
    target: [i >= gained && i < gained + lost ? 0 : 1],
  }));
}

const verdictOf = (cases: readonly PairedCase[], margin = 0.05) =>
  compareToPrimary([{ metric: 'right', margin, cases }]).verdict;

describe('binary outcomes, one a case', () => {
  it('pass, fail and stay open with the evidence', () => {
    expect(verdictOf(binary(200, 3, 4))).toBe('pass');
    expect(verdictOf(binary(200, 3, 40))).toBe('fail');
    expect(verdictOf(binary(200, 3, 14))).toBe('inconclusive');
  });

  it('show nothing by too few cases, and say how many are needed', () => {
    const { verdict, metrics } = compareToPrimary([{ metric: 'right', margin: 0.05, cases: binary(20, 0, 0) }]);
    expect(verdict).toBe('inconclusive');
    expect(metrics[0]).toMatchObject({ method: 'exact', n: 20, missing: 0, neededN: 153 });
    expect(metrics[0]?.because).toContain('fewer than 59 cases show nothing at this margin');
  });

  it('with a case that is missing at either are no pass, however good the others', () => {
    for (const hole of [{ primary: [] }, { target: [] }]) {
      const cases = [...binary(300, 0, 0), { id: 'hole', primary: [1], target: [1], ...hole }];
      const { verdict, metrics } = compareToPrimary([{ metric: 'right', margin: 0.05, cases }]);
      expect([verdict, metrics[0]?.missing]).toEqual(['inconclusive', 1]);
      expect(metrics[0]?.because).toContain('a missing case is no pass');
    }
  });

  it('have an interval that agrees with the verdict', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 120 }), fc.nat(12), fc.nat(12), (n, gained, lost) => {
        fc.pre(gained + lost <= n);
        const [found] = compareToPrimary([{ metric: 'right', margin: 0.1, cases: binary(n, gained, lost) }]).metrics;
        if (!found) throw new Error('no comparison');
        const { low, high } = found.interval;
        expect(low).toBeLessThanOrEqual(found.difference + 1e-9);
        expect(high).toBeGreaterThanOrEqual(found.difference - 1e-9);
        if (Math.abs(low + 0.1) > 1e-3) expect(found.verdict === 'pass').toBe(low > -0.1);
        if (Math.abs(high + 0.1) > 1e-3) expect(found.verdict === 'fail').toBe(high < -0.1);
      }),
      { numRuns: 8 },
    );
  });
});

describe('scores, and repeats of a case', () => {
  it('are averaged over the case: repeats are no cases of their own', () => {
    const once = binary(40, 0, 0).map(({ id }) => ({ id, primary: [1, 1, 1, 1, 1], target: [1, 1, 1, 1, 1] }));
    const { verdict, metrics } = compareToPrimary([{ metric: 'right', margin: 0.05, cases: once }]);
    expect([verdict, metrics[0]?.method, metrics[0]?.n]).toEqual(['inconclusive', 'bootstrap', 40]);
  });

  it('pass where the losses are small, and fail where they are not', () => {
    const scored = (loss: number) =>
      binary(150, 0, 0).map(({ id }, i) => ({ id, primary: [0.9], target: [0.9 - loss + 0.1 * Math.sin(i)] }));
    expect([verdictOf(scored(0.01)), verdictOf(scored(0.15))]).toEqual(['pass', 'fail']);
  });

  it('without any loss do not pass by cases so few that a rare total loss may hide behind them', () => {
    const same = (n: number) => binary(n, 0, 0).map(({ id }) => ({ id, primary: [0.5], target: [0.5] }));
    expect([verdictOf(same(57)), verdictOf(same(60))]).toEqual(['inconclusive', 'pass']);
  });
});

describe('several metrics', () => {
  it('pass only where every one does, by the levels of Holm', () => {
    const good = { metric: 'good', margin: 0.05, cases: binary(200, 3, 4) };
    const open = { metric: 'open', margin: 0.05, cases: binary(62, 0, 0) };
    expect(compareToPrimary([open]).verdict).toBe('pass');
    expect(compareToPrimary([good, open]).verdict).toBe('pass');
    const { verdict, metrics, because } = compareToPrimary([open, { ...open, metric: 'again' }]);
    expect(verdict).toBe('inconclusive');
    expect(metrics.map(({ interval }) => interval.confidence)).toEqual([0.975, 0.95]);
    expect(because).toContain('again:');
    expect(compareToPrimary([good, { metric: 'bad', margin: 0.05, cases: binary(200, 0, 40) }]).verdict).toBe('fail');
  });

  it('that are none show nothing', () => {
    expect(compareToPrimary([])).toEqual({ verdict: 'inconclusive', because: 'nothing was measured', metrics: [] });
    expect(verdictOf([])).toBe('inconclusive');
  });
});

describe('what means nothing is refused with its name', () => {
  it.each([
    ['margin', () => verdictOf(binary(9, 0, 0), 0)],
    ['margin', () => neededCases({ kind: 'binary', discordance: 0.1 }, { margin: 1 })],
    ['confidence', () => compareToPrimary([], { confidence: 1 })],
    ['power', () => compareToPrimary([], { power: 0 })],
    ['metrics', () => neededCases({ kind: 'score', deviation: 0.1 }, { margin: 0.1, metrics: 0 })],
    ['deviation', () => neededCases({ kind: 'score', deviation: 2 }, { margin: 0.1 })],
    ['discordance', () => neededCases({ kind: 'binary', discordance: 1.5 }, { margin: 0.1 })],
    ['case c0', () => verdictOf([{ id: 'c0', primary: [1], target: [1.2] }])],
  ])('%s', (name, call) => {
    expect(call).toThrow(name);
  });
});

describe('the number of cases that are needed', () => {
  it('falls with the margin, and grows with what differs and with the number of metrics', () => {
    const at = (margin: number, discordance: number, metrics = 1) =>
      neededCases({ kind: 'binary', discordance }, { margin, metrics });
    expect(at(0.05, 0.1)).toBe(271);
    expect(at(0.1, 0.1)).toBeLessThan(at(0.05, 0.1));
    expect(at(0.05, 0.2)).toBeGreaterThan(at(0.05, 0.1));
    expect(at(0.05, 0.1, 3)).toBeGreaterThan(at(0.05, 0.1));
    expect(neededCases({ kind: 'score', deviation: 0.9 }, { margin: 0.001 })).toBe(MAX_NEEDED_CASES);
  });
});
