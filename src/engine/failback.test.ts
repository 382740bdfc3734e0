import { describe, expect, test } from 'vitest';
import { target } from '../../test/kit/engine-kit.ts';
import type { Usage } from '../model/usage.ts';
import { type FailbackChoice, failback, failbackCosts, MAX_EXPECTED_TURNS } from './failback.ts';
import type { PriceUsage } from './ports.ts';

/** Dollars for a million tokens: input, cached input, output. */
const PRICES: Record<string, readonly [number, number, number]> = {
  'alpha/one': [2, 0.2, 8],
  'beta/two': [4, 0.4, 16],
  'gamma/three': [1, 0.1, 4],
};

const price: PriceUsage = ({ id }, { inputTokens = 0, cachedInputTokens = 0, outputTokens = 0 }) => {
  const [input, cached, output] = PRICES[id] ?? [];
  if (input === undefined || cached === undefined || output === undefined) return undefined;
  return ((inputTokens - cachedInputTokens) * input + cachedInputTokens * cached + outputTokens * output) / 1e6;
};

const LAST: Usage = { inputTokens: 9_000, cachedInputTokens: 9_000, outputTokens: 1_000 };

function choice(over: Partial<FailbackChoice['kept']> = {}, back = 'alpha/one', stay = 'beta/two'): FailbackChoice {
  return {
    kept: { target: stay, since: 0, turns: 10, usage: LAST, ...over },
    policy: { keepMs: 3_600_000, maxAgeMs: 1_800_000 },
    stay: target(stay),
    back: target(back),
  };
}

describe('what it costs to go back', () => {
  test('one turn with a cold cache, the others with a warm one, as many as there were', () => {
    const costs = failbackCosts(choice({ turns: 3 }), price);
    const cold = (10_000 * 2 + 1_000 * 8) / 1e6;
    const warm = (10_000 * 0.2 + 1_000 * 8) / 1e6;
    expect(costs?.turns).toBe(3);
    expect(costs?.backUsd).toBeCloseTo(cold + 2 * warm, 10);
    expect(costs?.stayUsd).toBeCloseTo((3 * (10_000 * 0.4 + 1_000 * 16)) / 1e6, 10);
  });

  test('no more turns are expected than the limit', () => {
    expect(failbackCosts(choice({ turns: 500 }), price)?.turns).toBe(MAX_EXPECTED_TURNS);
  });

  test('what the last turn did not read from its cache is warm nowhere', () => {
    const costs = failbackCosts(choice({ turns: 1, usage: { ...LAST, cachedInputTokens: 0 } }), price);
    expect(costs?.stayUsd).toBeCloseTo((10_000 * 4 + 1_000 * 16) / 1e6, 10);
  });

  test.each([
    ['input', { outputTokens: 5 }],
    ['output', { inputTokens: 5 }],
  ])('without the last %s nothing is known', (_what, usage) => {
    expect(failbackCosts(choice({ usage }), price)).toBeUndefined();
  });
});

describe('whether a conversation goes back', () => {
  test('a short one stays: the cold cache costs more than a few cheaper turns save', () => {
    expect(failback(choice({ turns: 1 }), price, 60_000)).toBeUndefined();
  });

  test('a long one goes to the cheaper target', () => {
    const back = failback(choice({ turns: 10 }), price, 60_000);
    expect(back?.detail).toMatch(/10 more turns cost about \$0\.\d+ there, its cold prompt cache included/);
    expect(back?.numbers).toMatchObject({ turns: 10 });
  });

  test('one at a cheaper target stays', () => {
    expect(failback(choice({ turns: 20 }, 'alpha/one', 'gamma/three'), price, 60_000)).toBeUndefined();
  });

  test('an unknown price moves nothing', () => {
    expect(failback(choice({}, 'delta/four'), price, 60_000)).toBeUndefined();
  });

  test('one that was away for long goes whatever it costs', () => {
    expect(failback(choice({}, 'alpha/one', 'gamma/three'), price, 1_799_999)).toBeUndefined();
    expect(failback(choice({}, 'alpha/one', 'gamma/three'), price, 1_800_000)?.detail).toMatch(/away for 1800 s/);
  });
});
