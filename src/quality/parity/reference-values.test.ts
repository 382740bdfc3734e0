import { describe, expect, it } from 'vitest';
import { bootstrapP, weighted } from './bounded-mean.ts';
import { holm } from './holm.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { exactP, powerOfExact, scoreStatistic } from './paired-binary.ts';

// The values come from another implementation, in Python with scipy 1.16 and statsmodels 0.14: every table of n cases
// enumerated, the restricted maximum of the likelihood found numerically rather than by Tango's formula, the largest
// probability over a grid of 4,000 shares; the bootstrap by numerical inversion of its characteristic function
// (Gil-Pelaez), and by 400,000 drawn Dirichlet weights, which agree to 0.002.

const repeat = (n: number, value: number): number[] => Array.from({ length: n }, () => value);
const series = (n: number, at: (i: number) => number) => Array.from({ length: n }, (_, i) => Number(at(i).toFixed(6)));

describe('the exact paired test', () => {
  it.each([
    { n: 20, gained: 0, lost: 0, margin: 0.1, z: 1.490712, p: 0.121577 },
    { n: 20, gained: 2, lost: 1, margin: 0.1, z: 1.502054, p: 0.080162 },
    { n: 30, gained: 1, lost: 3, margin: 0.1, z: 0.482693, p: 0.411351 },
    { n: 30, gained: 8, lost: 2, margin: 0, z: 1.897367, p: 0.031546 },
    { n: 40, gained: 4, lost: 4, margin: 0.15, z: 1.917287, p: 0.04004 },
    { n: 60, gained: 0, lost: 0, margin: 0.05, z: 1.777047, p: 0.04607 },
    { n: 60, gained: 3, lost: 2, margin: 0.1, z: 2.392776, p: 0.008816 },
    { n: 80, gained: 1, lost: 2, margin: 0.05, z: 1.337659, p: 0.109149 },
  ])('of $n cases, $gained gained and $lost lost, margin $margin', ({ margin, z, p, ...counts }) => {
    expect(scoreStatistic(counts, -margin)).toBeCloseTo(z, 5);
    expect(exactP(counts, -margin)).toBeCloseTo(p, 5);
  });

  it.each([
    { n: 40, margin: 0.15, discordance: 0.1, power: 0.813053 },
    { n: 60, margin: 0.1, discordance: 0.1, power: 0.669985 },
    { n: 60, margin: 0.1, discordance: 0.05, power: 0.811192 },
  ])('passes equal targets by $n cases as often as enumeration says', ({ n, margin, discordance, power }) => {
    expect(powerOfExact(n, { difference: -margin, alpha: 0.05 }, { discordance })).toBeCloseTo(power, 5);
  });

  it('passes a target that is worse by the margin in one of twenty at most, however many cases are discordant', () => {
    for (const n of [20, 50, 150]) {
      for (const margin of [0.05, 0.1]) {
        for (let step = 0; step <= 15; step += 1) {
          const discordance = margin + ((1 - margin) * step) / 15;
          const passes = powerOfExact(n, { difference: -margin, alpha: 0.05 }, { discordance, difference: -margin });
          expect(passes).toBeLessThanOrEqual(0.05);
        }
      }
    }
  });
});

describe('the bootstrap with one value that was not seen', () => {
  it.each([
    { name: '20 zeros', values: repeat(20, 0), mean: -0.1, p: 0.121577 },
    { name: '60 zeros', values: repeat(60, 0), mean: -0.05, p: 0.04607 },
    { name: 'both ways', values: [...repeat(14, 0), -1, -1, 1, 0.5, 0.5, 0.5], mean: -0.1, p: 0.212856 },
    { name: 'a ramp', values: series(30, (i) => -0.2 + (0.4 * i) / 29), mean: -0.1, p: 0.052643 },
    { name: 'skewed', values: [...repeat(46, 0), -1, -1, -0.5, -0.5], mean: -0.1, p: 0.238195 },
    { name: '200 different ones', values: series(200, (i) => 0.3 * Math.sin(i)), mean: -0.05, p: 0.002064 },
  ])('of $name', ({ values, mean, p }) => {
    expect(Math.abs(bootstrapP(weighted(values), mean, -1) / p - 1)).toBeLessThan(0.01);
  });

  it('of ones and zeros is the exact binomial bound, because Gaffke and Clopper–Pearson agree there', () => {
    // (1 − 0.05)^60: that none of sixty losses of total size is seen.
    expect(bootstrapP(weighted(repeat(60, 0)), -0.05, -1)).toBeCloseTo(0.95 ** 60, 3);
  });
});

describe('Holm and the normal distribution', () => {
  it.each([
    [
      [0.01, 0.04, 0.03, 0.005],
      [0.03, 0.06, 0.06, 0.02],
    ],
    [
      [0.2, 0.2, 0.001],
      [0.4, 0.4, 0.003],
    ],
  ])('adjusts %j as statsmodels does', (ps, adjusted) => {
    for (const [index, step] of holm(ps).entries()) expect(step.p).toBeCloseTo(adjusted[index] ?? Number.NaN, 12);
  });

  it.each([
    [-3, 0.0013498980316300933],
    [-1.6448536269514722, 0.05],
    [0, 0.5],
    [1.959963984540054, 0.975],
    [8, 0.9999999999999993],
  ])('has Φ(%d) right', (z, p) => {
    expect(normalCdf(z)).toBeCloseTo(p, 14);
    if (p < 0.999) expect(normalQuantile(p)).toBeCloseTo(z, 10);
  });
});
