import { describe, expect, test } from 'vitest';
import { drawsFor, exponential, logNormal } from '../../experiments/random.ts';
import { estimate, pairedDifference, quantile, studentT975 } from '../../experiments/statistics.ts';

describe('an interval of a mean', () => {
  test('of one to five, as tables have it', () => {
    const { mean, low, high, n } = estimate([1, 2, 3, 4, 5]);
    expect({ mean, n }).toEqual({ mean: 3, n: 5 });
    expect(low).toBeCloseTo(1.0367, 3);
    expect(high).toBeCloseTo(4.9633, 3);
  });

  test('of one value there is none', () => {
    expect(estimate([7])).toEqual({ mean: 7, low: undefined, high: undefined, n: 1 });
    expect(() => estimate([])).toThrow(/at least one/);
  });

  test('is cut at what the measure cannot pass', () => {
    const { low, high } = estimate([0, 100], { least: 0, most: 100 });
    expect([low, high]).toEqual([0, 100]);
  });

  test('holds the true mean in 95 of 100 cases', () => {
    const draw = drawsFor(1, 'coverage');
    let held = 0;
    for (let trial = 0; trial < 4_000; trial += 1) {
      const values = Array.from({ length: 8 }, () => Math.log(logNormal(1, 1, draw)));
      const { low = 0, high = 0 } = estimate(values);
      if (low <= 0 && high >= 0) held += 1;
    }
    expect(held / 4_000).toBeGreaterThan(0.94);
    expect(held / 4_000).toBeLessThan(0.96);
  });
});

test.each([
  [1, 12.706],
  [7, 2.365],
  [30, 2.042],
  [40, 2.021],
  [120, 1.98],
])('97.5 %% quantile of Student’s t for %i degrees of freedom', (degrees, value) => {
  expect(studentT975(degrees)).toBeCloseTo(value, 2);
});

test.each([0, 1.5, -3])('%d degrees of freedom make no sense', (degrees) => {
  expect(() => studentT975(degrees)).toThrow(RangeError);
});

test('a difference is taken pair by pair', () => {
  const { mean, low, high } = pairedDifference([11, 22, 33], [10, 21, 32]);
  expect([mean, low, high]).toEqual([1, 1, 1]);
  expect(() => pairedDifference([1], [1, 2])).toThrow(/as many/);
});

test('quantiles lie between their neighbours', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([5], 0.99)).toBe(5);
  expect(quantile([], 0.5)).toBe(0);
});

test('draws depend on seed and names alone', () => {
  expect(drawsFor(1, 'a')()).toBe(drawsFor(1, 'a')());
  expect(drawsFor(1, 'a')()).not.toBe(drawsFor(2, 'a')());
  expect(drawsFor(1, 'a')()).not.toBe(drawsFor(1, 'b')());
  const draw = drawsFor(3, 'exponential');
  const mean =
    Array.from({ length: 20_000 }, () => exponential(5, draw)).reduce((sum, value) => sum + value, 0) / 20_000;
  expect(mean).toBeCloseTo(5, 0);
});
