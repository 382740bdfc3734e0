import { expect, test } from 'vitest';
import { arrivals } from '../../bench/scenarios/arrivals.ts';

test('arrivals come as often as asked, in order, and spread like chance', () => {
  const moments = arrivals(500, 20, 7);
  expect(moments.length).toBeGreaterThan(9_600);
  expect(moments.length).toBeLessThan(10_400);
  const gaps = Array.from(moments.slice(1), (moment, at) => moment - (moments[at] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
  // The gaps of a Poisson process deviate by as much as they last.
  expect(deviation / mean).toBeGreaterThan(0.9);
  expect(deviation / mean).toBeLessThan(1.1);
});

test('one seed gives one schedule, another seed another', () => {
  expect(arrivals(50, 1, 3)).toEqual(arrivals(50, 1, 3));
  expect(arrivals(50, 1, 3)).not.toEqual(arrivals(50, 1, 4));
});
