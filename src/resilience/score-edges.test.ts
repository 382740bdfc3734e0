import { describe, expect, test } from 'vitest';
import { checkScorePolicy, compare, type ScorePolicy } from './score.ts';
import type { ScoreReading } from './score-window.ts';
import { ScoreWindow } from './score-window.ts';

const POLICY: ScorePolicy = {
  weights: { latency: 1, failure: 1, cost: 1 },
  gain: 0.25,
  dwellMs: 1_000,
  windowMs: 10_000,
  samples: 10,
};
const NONE = { samples: 0, meanMs: 1 };
const reading = (over: Partial<ScoreReading> = {}): ScoreReading => ({
  samples: 10,
  failedShare: 0,
  firstContent: { samples: 10, meanMs: 100 },
  whole: NONE,
  usdPerThousandTokens: 1,
  ...over,
});
const latency = (of: Partial<ScoreReading>, against: Partial<ScoreReading>) =>
  compare(reading(of), reading(against), POLICY)?.latency;

describe('how much is enough to compare', () => {
  test('as many results as the policy asks for, at both', () => {
    expect(compare(reading(), reading(), POLICY)).toBeDefined();
    expect(compare(reading({ samples: 9 }), reading(), POLICY)).toBeUndefined();
    expect(compare(reading(), reading({ samples: 9 }), POLICY)).toBeUndefined();
  });

  test('half as many of one kind of answer for its latency', () => {
    const five = { firstContent: { samples: 5, meanMs: 200 } };
    const four = { firstContent: { samples: 4, meanMs: 200 } };
    expect(latency(five, {})).toBe(2);
    expect(latency(four, {})).toBeUndefined();
    expect(latency({}, four)).toBeUndefined();
  });
});

describe('which kind of answer counts', () => {
  const both = (streams: number, wholes: number): Partial<ScoreReading> => ({
    firstContent: { samples: streams, meanMs: 200 },
    whole: { samples: wholes, meanMs: 3_000 },
  });
  const other: Partial<ScoreReading> = {
    firstContent: { samples: 50, meanMs: 100 },
    whole: { samples: 50, meanMs: 1_000 },
  };

  test('the one that both gave more often, streams where they are even', () => {
    expect(latency(both(6, 7), other)).toBe(3);
    expect(latency(both(7, 6), other)).toBe(2);
    expect(latency(both(6, 6), other)).toBe(2);
  });
});

describe('a price', () => {
  const cost = (a: number | undefined, b: number | undefined) =>
    compare(reading({ usdPerThousandTokens: a }), reading({ usdPerThousandTokens: b }), POLICY);

  test('is compared where both have one above nothing', () => {
    expect(cost(3, 2)).toMatchObject({ cost: 1.5, ratio: 1.5 });
  });

  test.each([
    [0, 2],
    [2, 0],
    [undefined, 2],
    [2, undefined],
    [0, 0],
  ])('%s beside %s is left out', (a, b) => {
    expect(cost(a, b)).toEqual({ ratio: 1, failure: 1, latency: 1 });
  });

  test('of an answer without tokens counts for nothing', () => {
    const window = new ScoreWindow(10_000, 0);
    window.answered({ stream: true, ms: 1, tokens: 0, costUsd: 5 }, 0);
    expect(window.read(0).usdPerThousandTokens).toBeUndefined();
    window.answered({ stream: true, ms: 1, tokens: 1_000, costUsd: 2 }, 0);
    expect(window.read(0).usdPerThousandTokens).toBe(2);
  });
});

test('a window without a result says nothing, and divides by nothing', () => {
  expect(new ScoreWindow(10_000, 0).read(0)).toEqual({
    samples: 0,
    failedShare: 0,
    firstContent: NONE,
    whole: NONE,
    usdPerThousandTokens: undefined,
  });
});

test.each([
  [{ latency: 1, failure: 0, cost: 0 }, true],
  [{ latency: 0, failure: 1, cost: 0 }, true],
  [{ latency: 0, failure: 0, cost: 1 }, true],
  [{ latency: 1, failure: 0, cost: 1 }, true],
  [{ latency: 1, failure: 1, cost: 0 }, true],
  [{ latency: 0, failure: 0, cost: 0 }, false],
])('weights %j', (weights, accepted) => {
  const check = () => checkScorePolicy({ ...POLICY, weights });
  if (accepted) expect(check).not.toThrow();
  else expect(check).toThrow(/one of the weights/);
});
