import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RatioOf, SCORE_RENEW_MS, ScoreSwitch } from './score-switch.ts';

const GAIN = 0.25;
const DWELL = 3 * SCORE_RENEW_MS;
const make = (targets = 2) => new ScoreSwitch({ gain: GAIN, dwellMs: DWELL }, targets);

/** The first target against the second; the way round is its inverse. */
const two =
  (ratio: number | undefined): RatioOf =>
  (of) =>
    ratio === undefined ? undefined : of === 0 ? ratio : 1 / ratio;

/** Renews each minute with these ratios; gives who stood first after each. */
function play(scores: ScoreSwitch, ratios: readonly (number | undefined)[], from = 0): number[] {
  return ratios.map((ratio, minute) => {
    scores.renew((from + minute) * SCORE_RENEW_MS, two(ratio));
    return scores.first;
  });
}

describe('who stands first', () => {
  test('the primary, until it was clearly worse for a whole dwell', () => {
    expect(play(make(), [1, 2, 2, 2, 2])).toEqual([0, 0, 0, 0, 1]);
  });

  test('the primary, where it is worse by less than the gain', () => {
    expect(play(make(), Array(20).fill(1.33))).not.toContain(1);
    expect(play(make(), Array(20).fill(1.34))).toContain(1);
  });

  test('the primary, where it was better once within the dwell', () => {
    expect(play(make(), [2, 2, 2, 1, 2, 2, 2, 1])).not.toContain(1);
  });

  test('the primary, where nothing is known', () => {
    expect(play(make(), Array(20).fill(undefined))).not.toContain(1);
  });

  test('the best of several', () => {
    const scores = make(3);
    const ratioOf: RatioOf = (of, against) => ([4, 2, 1][of] as number) / ([4, 2, 1][against] as number);
    for (let minute = 0; minute < 4; minute += 1) scores.renew(minute * SCORE_RENEW_MS, ratioOf);
    expect(scores.first).toBe(2);
  });

  test('minutes that nobody watched are no dwell', () => {
    const scores = make();
    scores.renew(0, two(2));
    scores.renew(10 * DWELL, two(2));
    expect(scores.first).toBe(0);
  });
});

describe('the way back to the primary', () => {
  const away = [2, 2, 2, 2];

  test('asks for the same dwell', () => {
    const scores = make();
    play(scores, away);
    expect(play(scores, [1, 1, 1, 1], 4)).toEqual([1, 1, 1, 0]);
  });

  test('asks for the same gain against its worst', () => {
    const scores = make();
    play(scores, [1.5, 1.5, 1.5, 1.5]);
    expect(play(scores, Array(20).fill(1.2), 4)).not.toContain(0);
    expect(play(scores, Array(6).fill(1.1), 24)).toContain(0);
  });

  test('is open to one that is a little slower than the other even when it is well', () => {
    const scores = make();
    play(scores, [5, 5, 5, 5]);
    expect(play(scores, Array(6).fill(1.2), 4)).toContain(0);
  });

  test('is not open while it is still clearly worse', () => {
    const scores = make();
    play(scores, [9, 9, 9, 9]);
    expect(play(scores, Array(20).fill(1.4), 4)).not.toContain(0);
  });

  test('is taken when nothing is known any more', () => {
    const scores = make();
    play(scores, away);
    expect(play(scores, Array(6).fill(undefined), 4)).toContain(0);
  });
});

test('a third target takes over where it is clearly better than the one that stands in', () => {
  const scores = make(3);
  const quality = [4, 2, 4];
  const ratioOf: RatioOf = (of, against) => (quality[of] ?? 1) / (quality[against] ?? 1);
  for (let minute = 0; minute < 4; minute += 1) scores.renew(minute * SCORE_RENEW_MS, ratioOf);
  expect(scores.first).toBe(1);
  quality[2] = 1;
  for (let minute = 4; minute < 8; minute += 1) scores.renew(minute * SCORE_RENEW_MS, ratioOf);
  expect(scores.first).toBe(2);
});

test('whatever the ratios do, two moves are a dwell apart', () => {
  const ratios = fc.array(fc.option(fc.double({ min: 0.05, max: 20, noNaN: true }), { nil: undefined }), {
    minLength: 1,
    maxLength: 200,
  });
  const waits = fc.array(fc.integer({ min: 1, max: 3 * SCORE_RENEW_MS }), { minLength: 200, maxLength: 200 });
  fc.assert(
    fc.property(ratios, waits, (quality, gaps) => {
      const scores = make();
      let now = 0;
      let movedAt = Number.NEGATIVE_INFINITY;
      for (const [at, ratio] of quality.entries()) {
        now += gaps[at] ?? 1;
        const before = scores.first;
        scores.renew(now, two(ratio));
        if (scores.first === before) continue;
        expect(now - movedAt).toBeGreaterThanOrEqual(DWELL);
        movedAt = now;
      }
    }),
  );
});
