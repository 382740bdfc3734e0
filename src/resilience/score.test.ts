import { describe, expect, test } from 'vitest';
import { checkScorePolicy, compare, type ScorePolicy } from './score.ts';
import { type ScoredAnswer, ScoreWindow } from './score-window.ts';

const POLICY: ScorePolicy = {
  weights: { latency: 1, failure: 3, cost: 0.5 },
  gain: 0.25,
  dwellMs: 180_000,
  windowMs: 300_000,
  samples: 10,
};

function windowOf(answers: number, over: Partial<ScoredAnswer> & { readonly failed?: number } = {}): ScoreWindow {
  const window = new ScoreWindow(POLICY.windowMs, 0);
  for (let i = 0; i < answers; i += 1) {
    window.answered({ stream: true, ms: 400, tokens: 1_000, costUsd: 0.01, ...over }, 0);
  }
  for (let i = 0; i < (over.failed ?? 0); i += 1) window.failed(0);
  return window;
}

const ratio = (of: ScoreWindow, against: ScoreWindow, policy = POLICY) => compare(of.read(0), against.read(0), policy);

describe('the comparison of two targets', () => {
  test('the same results are as good as each other', () => {
    expect(ratio(windowOf(20), windowOf(20))).toEqual({ ratio: 1, latency: 1, failure: 1, cost: 1 });
  });

  test('twice the latency is twice as bad, by its weight', () => {
    const slow = windowOf(20, { ms: 800 });
    expect(ratio(slow, windowOf(20))?.ratio).toBeCloseTo(2);
    expect(ratio(windowOf(20), slow)?.ratio).toBeCloseTo(0.5);
    const half = { ...POLICY, weights: { ...POLICY.weights, latency: 0.5 } };
    expect(ratio(slow, windowOf(20), half)?.ratio).toBeCloseTo(Math.SQRT2);
  });

  test('a fifth that fails counts by the third power of what succeeds', () => {
    expect(ratio(windowOf(80, { failed: 20 }), windowOf(20))?.ratio).toBeCloseTo(0.8 ** -3);
  });

  test('four times the price is twice as bad with half the weight', () => {
    expect(ratio(windowOf(20, { costUsd: 0.04 }), windowOf(20))?.ratio).toBeCloseTo(2);
  });

  test('a price that is not known is left out', () => {
    expect(ratio(windowOf(20, { costUsd: undefined }), windowOf(20))).toEqual({ ratio: 1, latency: 1, failure: 1 });
  });

  test('streams are not compared with whole answers', () => {
    const compared = ratio(windowOf(20, { ms: 9_000, stream: false }), windowOf(20));
    expect(compared).toEqual({ ratio: 1, failure: 1, cost: 1 });
  });

  test('a target that never answers stays a number', () => {
    expect(ratio(windowOf(0, { failed: 50 }), windowOf(20))?.ratio).toBeCloseTo(0.01 ** -3);
  });

  test.each([
    [9, 20],
    [20, 9],
  ])('%i results against %i say nothing', (a, b) => {
    expect(ratio(windowOf(a), windowOf(b))).toBeUndefined();
  });

  test('one answer that took a minute does not outweigh those that took a moment', () => {
    const window = windowOf(50);
    window.answered({ stream: true, ms: 60_000, tokens: 10, costUsd: undefined }, 0);
    expect(window.read(0).firstContent.meanMs).toBeLessThan(450);
  });
});

describe('the window of a target', () => {
  test('forgets what is older', () => {
    const window = windowOf(20, { failed: 5 });
    expect(window.read(0)).toMatchObject({ samples: 25, failedShare: 0.2 });
    expect(window.read(POLICY.windowMs)).toMatchObject({
      samples: 0,
      failedShare: 0,
      firstContent: { samples: 0 },
      usdPerThousandTokens: undefined,
    });
  });

  test('prices a thousand tokens', () => {
    expect(windowOf(3, { tokens: 500, costUsd: 0.02 }).read(0).usdPerThousandTokens).toBeCloseTo(0.04);
  });

  test('an answer in no time at all counts as a millisecond', () => {
    expect(windowOf(3, { ms: 0 }).read(0).firstContent.meanMs).toBe(1);
  });
});

test.each([
  ['gain', { gain: 0 }, /gain must be above 0 and below 1, got 0/],
  ['gain', { gain: 1 }, /got 1/],
  ['dwell', { dwellMs: 0 }, /dwellMs/],
  ['window', { windowMs: Number.NaN }, /windowMs/],
  ['samples', { samples: 0 }, /samples/],
  ['a weight', { weights: { latency: -1, failure: 1, cost: 1 } }, /weights.latency/],
  ['a weight', { weights: { latency: 1, failure: -1, cost: 1 } }, /weights.failure/],
  ['a weight', { weights: { latency: 1, failure: 1, cost: -1 } }, /weights.cost/],
  ['all weights', { weights: { latency: 0, failure: 0, cost: 0 } }, /one of the weights/],
])('%s that makes no sense is refused', (_name, over, message) => {
  expect(() => checkScorePolicy({ ...POLICY, ...over })).toThrow(message);
});
