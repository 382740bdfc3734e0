import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LaneHold } from './lane-hold.ts';

describe('a hold on a lane', () => {
  test('ends at its deadline', () => {
    const hold = new LaneHold();
    expect(hold.heldUntil(0)).toBeUndefined();
    hold.hold(1_000, 'rate-limited');
    expect(hold.heldUntil(999)).toEqual({ until: 1_000, reason: 'rate-limited' });
    expect(hold.heldUntil(1_000)).toBeUndefined();
  });

  test('a short wait does not cut a long one, a longer one extends it', () => {
    const hold = new LaneHold();
    hold.hold(60_000, 'quota-exhausted');
    hold.hold(2_000, 'rate-limited');
    expect(hold.heldUntil(0)).toEqual({ until: 60_000, reason: 'quota-exhausted' });
    hold.hold(90_000, 'rate-limited');
    expect(hold.heldUntil(0)).toEqual({ until: 90_000, reason: 'rate-limited' });
  });

  test('whatever is told in whatever order, the latest deadline stands', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 1 }), (ends) => {
        const hold = new LaneHold();
        for (const end of ends) hold.hold(end, `until ${end}`);
        const latest = Math.max(...ends);
        expect(hold.heldUntil(0)).toEqual({ until: latest, reason: `until ${latest}` });
      }),
    );
  });

  test('cleared, and held anew', () => {
    const hold = new LaneHold();
    hold.hold(1_000, 'rate-limited');
    hold.clear();
    expect(hold.heldUntil(0)).toBeUndefined();
    hold.hold(10, 'rate-limited');
    expect(hold.heldUntil(0)?.until).toBe(10);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses a deadline of %s', (until) => {
    expect(() => new LaneHold().hold(until, 'x')).toThrow(
      new RangeError(`untilMs must be a finite number, got ${until}`),
    );
  });
});
