import { describe, expect, test } from 'vitest';
import { ThroughputFloor } from './throughput-floor.ts';

const FLOOR = { minCharsPerSecond: 10, windowMs: 10_000 };

function trickle(floor: ThroughputFloor, chars: number, everyMs: number, from: number, to: number): void {
  for (let now = from; now < to; now += everyMs) floor.record(chars, now);
}

describe('a throughput floor', () => {
  test('a stream that has not begun is not slow', () => {
    const floor = new ThroughputFloor(FLOOR, 0);
    floor.record(0, 500);
    expect(floor.breached(60_000)).toBe(false);
  });

  test('a trickle is noticed after a whole window, not before', () => {
    const floor = new ThroughputFloor(FLOOR, 0);
    trickle(floor, 2, 1_000, 5_000, 30_000);
    expect(floor.breached(14_999)).toBe(false);
    expect(floor.breached(15_000)).toBe(true);
  });

  test('a stream exactly at the floor is fast enough, at every moment', () => {
    const floor = new ThroughputFloor(FLOOR, 0);
    const breaches: number[] = [];
    for (let now = 0; now < 60_000; now += 100) {
      floor.record(1, now);
      if (floor.breached(now)) breaches.push(now);
    }
    expect(breaches).toEqual([]);
  });

  test('a stream that was fast and becomes slow', () => {
    const floor = new ThroughputFloor(FLOOR, 0);
    trickle(floor, 500, 1_000, 0, 20_000);
    expect(floor.breached(20_000)).toBe(false);
    trickle(floor, 1, 1_000, 20_000, 40_000);
    expect(floor.breached(40_000)).toBe(true);
  });

  test('a floor of 0 is never breached', () => {
    const floor = new ThroughputFloor({ ...FLOOR, minCharsPerSecond: 0 }, 0);
    floor.record(1, 0);
    expect(floor.breached(3_600_000)).toBe(false);
  });

  test.each([
    [{ minCharsPerSecond: -1, windowMs: 1 }, 'minCharsPerSecond must be a finite number of 0 or more, got -1'],
    [{ minCharsPerSecond: 1, windowMs: 0 }, 'windowMs must be a finite number above 0, got 0'],
  ])('refuses %j', (options, message) => {
    expect(() => new ThroughputFloor(options, 0)).toThrow(new RangeError(message));
  });

  test('refuses a negative number of characters', () => {
    expect(() => new ThroughputFloor(FLOOR, 0).record(-3, 0)).toThrow(
      'chars must be a finite number of 0 or more, got -3',
    );
  });
});
