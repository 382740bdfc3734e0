import { expect, test } from 'vitest';
import { LaneHold } from './lane-hold.ts';
import { DEFAULT_RAMP, Ramp } from './ramp.ts';

/** Moments and numbers that lie exactly on a boundary. */

test('a hold that ends at the same moment as the one that stands leaves its reason alone', () => {
  const hold = new LaneHold();
  hold.hold(1_000, 'rate-limited');
  hold.hold(1_000, 'quota-exhausted');
  expect(hold.heldUntil(0)).toEqual({ until: 1_000, reason: 'rate-limited' });
  expect(hold.heldUntil(1_000)).toBeUndefined();
});

test('two stages of a ramp with one share are refused', () => {
  expect(() => new Ramp({ ...DEFAULT_RAMP, shares: [0.1, 0.1, 1] }, 0)).toThrow('must grow');
});
