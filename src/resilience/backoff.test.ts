import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_BACKOFF, fullJitter } from './backoff.ts';

describe('full jitter', () => {
  test('doubles its upper bound with each retry, up to the cap', () => {
    const policy = { baseMs: 100, capMs: 1_000 };
    expect([0, 1, 2, 3, 4, 5].map((attempt) => fullJitter(policy, attempt, 0.5))).toEqual([
      50, 100, 200, 400, 500, 500,
    ]);
  });

  test('an absurd attempt number stays at the cap', () => {
    expect(fullJitter(DEFAULT_BACKOFF, 5_000, 1)).toBe(DEFAULT_BACKOFF.capMs);
    expect(fullJitter(DEFAULT_BACKOFF, 5_000, 0)).toBe(0);
  });

  test('is never negative and never above cap or bound', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const ms = fullJitter(DEFAULT_BACKOFF, attempt, random);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(Math.min(DEFAULT_BACKOFF.capMs, DEFAULT_BACKOFF.baseMs * 2 ** attempt));
      }),
    );
  });

  test.each([
    [{ baseMs: 0, capMs: 1 }, 0, 0.5, 'baseMs must be a finite number above 0, got 0'],
    [{ baseMs: 1, capMs: -7 }, 0, 0.5, 'capMs must be a finite number above 0, got -7'],
    [{ baseMs: 1, capMs: 1 }, 1.5, 0.5, 'attempt must be an integer of 0 or more, got 1.5'],
    [{ baseMs: 1, capMs: 1 }, 0, Number.NaN, 'random must be between 0 and 1, got NaN'],
  ])('refuses policy %j, attempt %s, random %s', (policy, attempt, random, message) => {
    expect(() => fullJitter(policy, attempt, random)).toThrow(new RangeError(message));
  });
});
