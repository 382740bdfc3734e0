import { describe, expect, test } from 'vitest';
import { DEFAULT_RETRY_BUDGET, RetryBudget } from './retry-budget.ts';

describe('a retry budget', () => {
  test('10,000 requests that all fail get a fifth of them as retries', () => {
    const budget = new RetryBudget({ ratio: 0.2, perSecond: 0, ttlMs: 10_000 }, 0);
    let retries = 0;
    for (let request = 0; request < 10_000; request += 1) {
      budget.deposit(0);
      if (budget.tryWithdraw(0)) retries += 1;
    }
    expect(Math.abs(retries - 2_000)).toBeLessThanOrEqual(1);
  });

  test('over time, retries are a fifth of the requests and one a second', () => {
    const budget = new RetryBudget(DEFAULT_RETRY_BUDGET, 0);
    let retries = 0;
    for (let request = 0; request < 10_000; request += 1) {
      const now = request * 10;
      budget.deposit(now);
      while (budget.tryWithdraw(now)) retries += 1;
    }
    // 100 s of traffic: 2,000 of it, 100 for the seconds, and the reserve of the first ten seconds at once.
    expect(retries).toBeGreaterThanOrEqual(2_000 - 1);
    expect(retries).toBeLessThanOrEqual(2_000 + 100 + 10);
  });

  test('a quiet lane has ten retries in ten seconds, and again ten later', () => {
    const budget = new RetryBudget(DEFAULT_RETRY_BUDGET, 0);
    const take = (now: number) => Array.from({ length: 50 }, () => budget.tryWithdraw(now)).filter(Boolean).length;
    expect(take(0)).toBe(10);
    expect(take(5_000)).toBe(0);
    expect(take(10_000)).toBe(10);
  });

  test('traffic of more than ten seconds ago pays for nothing', () => {
    const budget = new RetryBudget({ ratio: 0.2, perSecond: 0, ttlMs: 10_000 }, 0);
    for (let request = 0; request < 1_000; request += 1) budget.deposit(0);
    expect(budget.balance(9_999)).toBeCloseTo(200);
    expect(budget.tryWithdraw(10_000)).toBe(false);
  });

  test('a refused withdrawal costs nothing', () => {
    const budget = new RetryBudget({ ratio: 0.5, perSecond: 0, ttlMs: 1_000 }, 0);
    budget.deposit(0);
    expect(budget.tryWithdraw(0)).toBe(false);
    expect(budget.balance(0)).toBe(0.5);
    budget.deposit(0);
    expect(budget.tryWithdraw(0)).toBe(true);
  });

  test('a product just below a whole number, 0.29 · 100, still makes that number of retries', () => {
    const budget = new RetryBudget({ ratio: 0.29, perSecond: 0, ttlMs: 1_000 }, 0);
    let retries = 0;
    for (let request = 0; request < 100; request += 1) budget.deposit(0);
    while (budget.tryWithdraw(0)) retries += 1;
    expect(retries).toBe(29);
  });

  test.each([
    [{ ratio: -0.1, perSecond: 1, ttlMs: 1 }, 'ratio must be a finite number of 0 or more, got -0.1'],
    [{ ratio: 0.1, perSecond: Number.NaN, ttlMs: 1 }, 'perSecond must be a finite number of 0 or more, got NaN'],
    [{ ratio: 0.1, perSecond: 1, ttlMs: 0 }, 'ttlMs must be a finite number above 0, got 0'],
  ])('refuses %j', (options, message) => {
    expect(() => new RetryBudget(options, 0)).toThrow(new RangeError(message));
  });
});
