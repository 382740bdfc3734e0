import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketOf, HISTOGRAM_BUCKETS, LEAST_VALUE, MOST_VALUE, quantileOf, RELATIVE_ERROR } from './histogram.ts';

const counted = (values: readonly number[]) => {
  const counts = new Array<number>(HISTOGRAM_BUCKETS).fill(0);
  for (const value of values) counts[bucketOf(value)] = (counts[bucketOf(value)] ?? 0) + 1;
  return counts;
};

test('there are 175 buckets, and the ends of the range fall into the first and the last', () => {
  expect(HISTOGRAM_BUCKETS).toBe(175);
  expect([bucketOf(0), bucketOf(LEAST_VALUE)]).toEqual([0, 0]);
  expect([bucketOf(MOST_VALUE), bucketOf(Number.MAX_VALUE)]).toEqual([174, 174]);
  expect(bucketOf(1)).toBe(24);
});

test('larger values never fall into smaller buckets, and every bucket is used', () => {
  const used = new Set<number>();
  let before = 0;
  for (let value = LEAST_VALUE; value < MOST_VALUE * 1.01; value *= 1.01) {
    const bucket = bucketOf(value);
    expect(bucket).toBeGreaterThanOrEqual(before);
    before = bucket;
    used.add(bucket);
  }
  expect(used.size).toBe(HISTOGRAM_BUCKETS);
});

test('every quantile is within the stated error of the exact one', () => {
  const value = fc.double({ min: LEAST_VALUE, max: MOST_VALUE, noNaN: true });
  const share = fc.double({ min: 0.001, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), share, (values, q) => {
      const sorted = [...values].sort((a, b) => a - b);
      const exact = sorted[Math.max(0, Math.ceil(q * values.length) - 1)] ?? Number.NaN;
      const found = quantileOf(counted(values), values.length, q) ?? Number.NaN;
      expect(Math.abs(found - exact) / exact).toBeLessThanOrEqual(RELATIVE_ERROR + 1e-9);
    }),
    { numRuns: 2_000 },
  );
});

test('by nearest rank: half of two is the smaller, all of them the larger', () => {
  const counts = counted([10, 1_000]);
  expect(quantileOf(counts, 2, 0.5)).toBeCloseTo(10, 0);
  expect(quantileOf(counts, 2, 0.51)).toBeGreaterThan(900);
  expect(quantileOf(counts, 2, 1)).toBeGreaterThan(900);
  expect(quantileOf(counts, 2, 0.0001)).toBeLessThan(11);
});

test('nothing counted is nothing known, and nonsense is refused by name', () => {
  expect(quantileOf(counted([]), 0, 0.5)).toBeUndefined();
  expect(() => quantileOf(counted([1]), 1, 0)).toThrow('q must be above 0 and at most 1, got 0');
  expect(() => quantileOf(counted([1]), 1, 1.1)).toThrow('got 1.1');
  expect(() => bucketOf(-1)).toThrow('value must be a finite number of 0 or more, got -1');
  expect(() => bucketOf(Number.NaN)).toThrow('got NaN');
});
