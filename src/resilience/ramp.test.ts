import { describe, expect, test } from 'vitest';
import { DEFAULT_RAMP, Ramp } from './ramp.ts';

describe('a ramp', () => {
  test('goes up a stage after each dwell, for 30 s in all', () => {
    const ramp = new Ramp(DEFAULT_RAMP, 1_000);
    const moments = [1_000, 8_499, 8_500, 16_000, 23_500, 99_000];
    expect(moments.map((now) => ramp.share(now))).toEqual([0.01, 0.01, 0.05, 0.25, 1, 1]);
    expect(moments.map((now) => ramp.stage(now))).toEqual([0, 0, 1, 2, 3, 3]);
    expect(ramp.endsAt).toBe(31_000);
  });

  test('lets its share through', () => {
    const ramp = new Ramp(DEFAULT_RAMP, 0);
    const passed = Array.from({ length: 1_000 }, (_, index) => ramp.admit(16_000, index / 1_000)).filter(Boolean);
    // A quarter by chance, and none by time but the first.
    expect(passed.length).toBe(250);
  });

  test('a lane with little traffic sees four requests a stage all the same', () => {
    const ramp = new Ramp(DEFAULT_RAMP, 0);
    let passed = 0;
    for (let now = 1; now <= 7_500; now += 1) if (ramp.admit(now, 0.999)) passed += 1;
    expect(passed).toBe(4);
  });

  test('tells how long it takes until one passes whatever chance says', () => {
    const ramp = new Ramp(DEFAULT_RAMP, 0);
    expect(ramp.nextPassInMs(500)).toBe(1_375);
    expect(ramp.nextPassInMs(5_000)).toBe(0);
    expect(ramp.admit(5_000, 0.999)).toBe(true);
    expect(ramp.nextPassInMs(5_000)).toBe(1_875);
  });

  test.each([
    [{ shares: [], dwellMs: 1 }, 'ramp.shares must hold one share or more, got none'],
    [{ shares: [0.5, 0.25], dwellMs: 1 }, 'ramp.shares must grow, got 0.5, 0.25'],
    [{ shares: [0.5, 1.5], dwellMs: 1 }, 'ramp.shares must be above 0 and at most 1, got 1.5'],
    [{ shares: [1], dwellMs: 0 }, 'ramp.dwellMs must be a finite number above 0, got 0'],
  ])('refuses %j', (policy, message) => {
    expect(() => new Ramp(policy, 0)).toThrow(new RangeError(message));
  });
});
