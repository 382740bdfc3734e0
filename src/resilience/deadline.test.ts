import { describe, expect, test } from 'vitest';
import { Deadline } from './deadline.ts';

describe('a deadline', () => {
  test('counts down and never below zero', () => {
    const deadline = new Deadline(1_000, 500);
    expect(deadline.at).toBe(1_500);
    expect([1_000, 1_400, 1_500, 9_000].map((now) => deadline.remaining(now))).toEqual([500, 100, 0, 0]);
  });

  test('has expired at its last millisecond, not after it', () => {
    const deadline = new Deadline(0, 10);
    expect([9, 10, 11].map((now) => deadline.expired(now))).toEqual([false, true, true]);
    expect(new Deadline(5, 0).expired(5)).toBe(true);
  });

  test('gives a wait the smaller of its own limit and what is left', () => {
    const deadline = new Deadline(0, 100);
    expect(deadline.smaller(30, 0)).toBe(30);
    expect(deadline.smaller(30, 90)).toBe(10);
    expect(deadline.smaller(Number.POSITIVE_INFINITY, 40)).toBe(60);
    expect(deadline.smaller(30, 200)).toBe(0);
    expect(deadline.smaller(-5, 0)).toBe(0);
  });

  test.each([
    [Number.NaN, 1],
    [Number.POSITIVE_INFINITY, 1],
    [0, -1],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
  ])('refuses start %s with budget %s', (startedAt, budgetMs) => {
    const nonsense = Number.isFinite(startedAt) ? budgetMs : startedAt;
    expect(() => new Deadline(startedAt, budgetMs)).toThrow(RangeError);
    expect(() => new Deadline(startedAt, budgetMs)).toThrow(String(nonsense));
  });
});
