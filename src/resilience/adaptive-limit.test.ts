import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AdaptivePolicy, adaptedMs, checkAdaptivePolicy, DEFAULT_ADAPTIVE } from './adaptive-limit.ts';
import { RELATIVE_ERROR } from './histogram.ts';
import { LatencyWindow } from './latency-window.ts';

const LIMITS = { configuredMs: 15_000, floorMs: 1_000 };
const POLICY: AdaptivePolicy = { ...DEFAULT_ADAPTIVE, minimumSamples: 10 };

function measured(values: readonly number[], cuts: readonly number[] = []): LatencyWindow {
  const window = new LatencyWindow({ windowMs: 60_000, slices: 5 }, 0);
  for (const value of values) window.record(value, 0);
  for (const cut of cuts) window.record(cut, 0, true);
  return window;
}
const times = (count: number, value: number) => new Array<number>(count).fill(value);
const limit = (window: LatencyWindow, over: Partial<AdaptivePolicy> = {}, limits = LIMITS) =>
  adaptedMs(window, limits, { ...POLICY, ...over }, 0);

describe('a limit that follows its lane', () => {
  test('is the factor times the quantile', () => {
    const found = limit(measured(times(10, 1_000)));
    expect(Math.abs(found - 3_000)).toBeLessThanOrEqual(3_000 * RELATIVE_ERROR);
    expect(limit(measured(times(10, 1_000)), { factor: 1.5 })).toBeCloseTo(found / 2, 6);
    const spread = measured([...times(80, 500), ...times(20, 2_000)]);
    expect(limit(spread, { quantile: 0.5 })).toBeLessThan(1_600);
    expect(limit(spread)).toBeGreaterThan(5_500);
  });

  test('is the configured one until enough answers were seen', () => {
    expect(limit(measured(times(9, 1_000)))).toBe(15_000);
    expect(limit(measured(times(10, 1_000)))).toBeLessThan(4_000);
    expect(limit(measured([]), { minimumSamples: 1 })).toBe(15_000);
  });

  test('is never above the configured one, never below the floor', () => {
    expect(limit(measured(times(10, 9_000)))).toBe(15_000);
    expect(limit(measured(times(10, 20)))).toBe(1_000);
    expect(limit(measured(times(10, 20)), {}, { configuredMs: 800, floorMs: 1_000 })).toBe(800);
    expect(limit(measured(times(10, 20)), {}, { configuredMs: 1_000, floorMs: 1_000 })).toBe(1_000);
  });

  test('steps aside where more than the bearable share was given up', () => {
    expect(limit(measured(times(90, 1_000), times(10, 1_000)))).toBeLessThan(4_000);
    expect(limit(measured(times(89, 1_000), times(11, 1_000)))).toBe(15_000);
  });

  test('is the configured one where it is switched off', () => {
    expect(limit(measured(times(10, 1_000)), { enabled: false })).toBe(15_000);
  });
});

test('it never spirals: whatever pace a lane changes to below the configured limit, its answers get through again', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 50, max: 14_000 }),
      fc.integer({ min: 50, max: 14_000 }),
      fc.integer({ min: 20, max: 200 }),
      (before, after, everyMs) => {
        const window = new LatencyWindow({ windowMs: 60_000, slices: 5 }, 0);
        const policy = { ...DEFAULT_ADAPTIVE };
        let now = 0;
        let cutInARow = 0;
        let mostInARow = 0;
        for (let request = 0; request < 4_000; request += 1) {
          const takes = request < 1_000 ? before : after;
          const limit = adaptedMs(window, { configuredMs: 15_000, floorMs: 4_000 }, policy, now);
          const cut = takes > limit;
          window.record(cut ? limit : takes, now, cut);
          cutInARow = cut ? cutInARow + 1 : 0;
          mostInARow = Math.max(mostInARow, cutInARow);
          now += everyMs;
        }
        const inWindow = 60_000 / everyMs;
        expect(cutInARow).toBe(0);
        expect(mostInARow).toBeLessThanOrEqual(Math.ceil(inWindow * policy.mostCut) + 1);
      },
    ),
    { numRuns: 200 },
  );
});

test.each([
  [{ factor: 0.9 }, 'adaptive.factor must be a finite number of 1 or more, got 0.9'],
  [{ factor: Number.POSITIVE_INFINITY }, 'got Infinity'],
  [{ quantile: 0 }, 'adaptive.quantile must be above 0 and at most 1, got 0'],
  [{ minimumSamples: 0 }, 'adaptive.minimumSamples must be an integer of 1 or more, got 0'],
  [{ mostCut: 1.5 }, 'adaptive.mostCut must be above 0 and at most 1, got 1.5'],
])('%j is refused by name', (over, message) => {
  expect(() => checkAdaptivePolicy({ ...DEFAULT_ADAPTIVE, ...over })).toThrow(message);
});

test('a policy that makes sense is given back, limits that make none are refused', () => {
  expect(checkAdaptivePolicy({ ...DEFAULT_ADAPTIVE, factor: 1 })).toMatchObject({ factor: 1 });
  expect(() => limit(measured([]), {}, { configuredMs: 0, floorMs: 1 })).toThrow('configuredMs');
  expect(() => limit(measured([]), {}, { configuredMs: 1, floorMs: 0 })).toThrow('floorMs');
});
