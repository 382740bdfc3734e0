import { describe, expect, test } from 'vitest';
import { checkSlowPolicy, DEFAULT_SLOW, SlowTrigger } from './slow-trigger.ts';

const POLICY = { forMs: 1_000, minimumSamples: 4 };
const SLOW = 101;
const WELL = 80;
const BETWEEN = 81;
const fresh = () => new SlowTrigger(100, POLICY, 0);
const feed = (trigger: SlowTrigger, samples: readonly (readonly [at: number, ms: number])[]) =>
  samples.map(([at, ms]) => trigger.record(ms, at));

describe('slow answers', () => {
  test('trip it once there are enough of them and they have come for long enough', () => {
    expect(
      feed(fresh(), [
        [0, SLOW],
        [300, SLOW],
        [600, SLOW],
        [900, SLOW],
        [999, SLOW],
        [1_000, SLOW],
      ]),
    ).toEqual([false, false, false, false, false, true]);
  });

  test('too few within the window trip nothing, however long it lasts', () => {
    expect(
      feed(fresh(), [
        [0, SLOW],
        [500, SLOW],
        [1_000, SLOW],
        [1_500, SLOW],
        [2_000, SLOW],
      ]),
    ).not.toContain(true);
  });

  test('exactly as many as are asked for do', () => {
    expect(
      feed(fresh(), [
        [0, SLOW],
        [300, SLOW],
        [600, SLOW],
        [900, SLOW],
        [1_050, SLOW],
      ]).at(-1),
    ).toBe(true);
    expect(
      feed(fresh(), [
        [0, SLOW],
        [400, SLOW],
        [800, SLOW],
        [1_050, SLOW],
      ]).at(-1),
    ).toBe(false);
  });

  test('many at once trip nothing before the time is over', () => {
    const trigger = fresh();
    for (let i = 0; i < 100; i += 1) expect(trigger.record(SLOW, i)).toBe(false);
  });
});

describe('answers that are well', () => {
  test('half of them acquit, and the time begins anew', () => {
    const trigger = fresh();
    feed(trigger, [
      [0, SLOW],
      [200, SLOW],
      [400, WELL],
      [500, WELL],
    ]);
    expect(
      feed(trigger, [
        [600, SLOW],
        [700, SLOW],
        [900, SLOW],
        [1_000, SLOW],
        [1_500, SLOW],
      ]),
    ).not.toContain(true);
    expect(
      feed(trigger, [
        [1_550, SLOW],
        [1_590, SLOW],
        [1_600, SLOW],
      ]),
    ).toEqual([false, false, true]);
  });

  test('one among many slow ones acquits nobody, and does not trip it itself', () => {
    const trigger = fresh();
    feed(trigger, [
      [0, SLOW],
      [200, SLOW],
      [400, SLOW],
      [600, SLOW],
      [800, SLOW],
      [900, WELL],
    ]);
    expect(trigger.record(WELL, 1_000)).toBe(false);
    expect(trigger.record(SLOW, 1_001)).toBe(true);
  });

  test('what lies between well and slow counts for neither side', () => {
    const trigger = fresh();
    feed(trigger, [
      [0, SLOW],
      [250, SLOW],
      [500, SLOW],
      [750, SLOW],
    ]);
    for (let i = 0; i < 50; i += 1) expect(trigger.record(BETWEEN, 800 + i)).toBe(false);
    expect(trigger.record(SLOW, 1_000)).toBe(true);
  });

  test('the bounds: at the threshold is not slow, at four fifths of it is well', () => {
    const trigger = fresh();
    expect([trigger.isWell(80), trigger.isWell(80.1), trigger.isWell(100)]).toEqual([true, false, false]);
    for (let at = 0; at < 3_000; at += 50) expect(trigger.record(100, at)).toBe(false);
  });
});

test('a lane that is well trips nothing', () => {
  const trigger = fresh();
  for (let at = 0; at < 3_000; at += 50) expect(trigger.record(WELL, at)).toBe(false);
});

test('cleared, it has seen nothing', () => {
  const trigger = fresh();
  feed(trigger, [
    [0, SLOW],
    [300, SLOW],
    [600, SLOW],
    [900, SLOW],
  ]);
  trigger.clear(950);
  expect(
    feed(trigger, [
      [1_000, SLOW],
      [1_100, SLOW],
      [1_200, SLOW],
      [1_300, SLOW],
      [1_990, SLOW],
    ]),
  ).not.toContain(true);
  expect(trigger.record(SLOW, 2_000)).toBe(true);
});

test.each([
  [{ firstContentMs: -1 }, 'slow.firstContentMs must be a finite number of 0 or more, got -1'],
  [{ tokenMs: Number.POSITIVE_INFINITY }, 'slow.tokenMs must be a finite number of 0 or more, got Infinity'],
  [{ forMs: 0 }, 'slow.forMs must be a finite number above 0, got 0'],
  [{ minimumSamples: 0 }, 'slow.minimumSamples must be an integer of 1 or more, got 0'],
])('%j is refused by name', (over, message) => {
  expect(() => checkSlowPolicy({ ...DEFAULT_SLOW, ...over })).toThrow(message);
});

test('a policy that makes sense is given back; a trigger refuses nonsense by itself', () => {
  expect(checkSlowPolicy(DEFAULT_SLOW)).toBe(DEFAULT_SLOW);
  expect(() => new SlowTrigger(0, POLICY, 0)).toThrow('thresholdMs must be a finite number above 0, got 0');
  expect(() => new SlowTrigger(1, { ...POLICY, forMs: -1 }, 0)).toThrow('forMs');
  expect(() => new SlowTrigger(1, { ...POLICY, minimumSamples: 0 }, 0)).toThrow('minimumSamples');
  expect(() => new SlowTrigger(1, POLICY, Number.NaN)).toThrow('now');
});
