import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RELATIVE_ERROR } from './histogram.ts';
import { LatencyWindow } from './latency-window.ts';

const OPTIONS = { windowMs: 1_000, slices: 5 };
const fresh = (now = 0) => new LatencyWindow(OPTIONS, now);

describe('what is within the window', () => {
  test('nothing yet', () => {
    expect([fresh().samples(0), fresh().cutShare(0), fresh().quantile(0.5, 0)]).toEqual([0, 0, undefined]);
  });

  test('a value leaves with its slice, and not before', () => {
    const window = fresh();
    window.record(100, 0);
    window.record(900, 250);
    expect(window.samples(999)).toBe(2);
    expect(window.samples(1_000)).toBe(1);
    expect(window.quantile(1, 1_000)).toBeGreaterThan(850);
    expect(window.quantile(0.01, 1_000)).toBeGreaterThan(850);
    expect(window.samples(1_199)).toBe(1);
    expect(window.samples(1_200)).toBe(0);
    expect(window.quantile(0.5, 1_200)).toBeUndefined();
  });

  test('a long silence forgets everything, and the window goes on after it', () => {
    const window = fresh(5_000);
    for (let at = 0; at < 5; at += 1) window.record(10, 5_000 + at * 200, true);
    expect([window.samples(5_999), window.cutShare(5_999)]).toEqual([5, 1]);
    expect([window.samples(1e9), window.cutShare(1e9)]).toEqual([0, 0]);
    window.record(20, 1e9);
    expect([window.samples(1e9), window.cutShare(1e9)]).toEqual([1, 0]);
  });

  test('a clock that was read a moment earlier changes nothing', () => {
    const window = fresh();
    window.record(10, 450);
    window.record(10, 100);
    expect(window.samples(100)).toBe(2);
  });

  test('one time in one slice is counted 65,535 times, and then no more', () => {
    const window = fresh();
    for (let i = 0; i < 65_600; i += 1) window.record(10, 0);
    expect(window.samples(0)).toBe(65_535);
    window.record(100, 0);
    expect(window.samples(0)).toBe(65_536);
    expect(window.samples(1_000)).toBe(0);
  });
});

test('the share of what was given up', () => {
  const window = fresh();
  window.record(10, 0, true);
  window.record(10, 0);
  window.record(10, 200);
  window.record(10, 200, true);
  window.record(10, 200);
  expect(window.cutShare(0)).toBe(0.4);
  expect(window.cutShare(1_000)).toBeCloseTo(1 / 3);
});

test('quantiles are those of the values of the window, whatever came before and in whatever order time passes', () => {
  const entry = fc.tuple(fc.integer({ min: 0, max: 300 }), fc.double({ min: 1, max: 1e6, noNaN: true }));
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 120 }), fc.constantFrom(0.5, 0.9, 0.99), (entries, q) => {
      const window = fresh();
      const kept: { at: number; value: number }[] = [];
      let now = 0;
      for (const [step, value] of entries) {
        now += step;
        window.record(value, now);
        kept.push({ at: now, value });
      }
      const oldest = (Math.floor(now / 200) - 4) * 200;
      const within = kept
        .filter(({ at }) => at >= oldest)
        .map(({ value }) => value)
        .sort((a, b) => a - b);
      expect(window.samples(now)).toBe(within.length);
      const exact = within[Math.ceil(q * within.length) - 1] ?? Number.NaN;
      const found = window.quantile(q, now) ?? Number.NaN;
      expect(Math.abs(found - exact) / exact).toBeLessThanOrEqual(RELATIVE_ERROR + 1e-9);
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  [{ windowMs: 0, slices: 5 }, 'windowMs must be a finite number above 0, got 0'],
  [{ windowMs: 100, slices: 0 }, 'slices must be an integer of 1 or more, got 0'],
  [{ windowMs: 100, slices: 1.5 }, 'got 1.5'],
])('%j is refused by name', (options, message) => {
  expect(() => new LatencyWindow(options, 0)).toThrow(message);
});

test('a moment that is no number is refused', () => {
  expect(() => new LatencyWindow(OPTIONS, Number.NaN)).toThrow('now must be a finite number, got NaN');
  expect(() => fresh().record(-1, 0)).toThrow('got -1');
});
