import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalProviderName } from './known-providers.ts';
import * as tables from './price-table.ts';
import { createPricing } from './pricing.ts';
import { resolveTarget } from './resolve-target.ts';

const priceUsage = createPricing({ knownName: canonicalProviderName, tables });
const target = (provider: string, model: string) => resolveTarget(provider, { dialect: 'openai-chat' }, model);
const million = { inputTokens: 1_000_000, outputTokens: 1_000_000 };

describe('prices of the table', () => {
  test('gpt-4o: 2.50 in, 10 out, 1.25 from the cache', () => {
    expect(priceUsage(target('openai', 'gpt-4o'), million)).toBeCloseTo(12.5, 9);
    expect(priceUsage(target('openai', 'gpt-4o'), { ...million, cachedInputTokens: 1_000_000 })).toBeCloseTo(11.25, 9);
  });

  test('claude-haiku-4-5: a dated snapshot costs what its alias costs, writing to the cache costs a quarter more', () => {
    expect(priceUsage(target('anthropic', 'claude-haiku-4-5-20251001'), million)).toBeCloseTo(6, 9);
    expect(
      priceUsage(target('anthropic', 'claude-haiku-4-5'), { ...million, cacheWriteTokens: 1_000_000 }),
    ).toBeCloseTo(6.25, 9);
  });

  test('what a cache keeps for an hour costs twice the input', () => {
    const written = { ...million, cacheWriteTokens: 1_000_000, cacheWriteHourTokens: 1_000_000 };
    expect(priceUsage(target('anthropic', 'claude-haiku-4-5'), written)).toBeCloseTo(7, 9);
  });

  test('an alias of a provider is priced as the provider', () => {
    const usage = { inputTokens: 1_000, outputTokens: 1_000 };
    const price = priceUsage(target('gemini', 'gemini-2.5-flash'), usage);
    expect(price).toBeGreaterThan(0);
    expect(priceUsage(target('google', 'gemini-2.5-flash'), usage)).toBe(price);
  });

  test('nothing used costs nothing, which is not unknown', () => {
    expect(priceUsage(target('openai', 'gpt-4o'), { inputTokens: 0, outputTokens: 0 })).toBe(0);
  });

  test('asked again, it says the same', () => {
    const twice = [1, 2].map(() => priceUsage(target('openai', 'gpt-4o'), { inputTokens: 10, outputTokens: 20 }));
    expect(twice[0]).toBe(twice[1]);
    expect(twice[0]).toBeCloseTo((10 * 2.5 + 20 * 10) / 1e6, 12);
  });
});

describe('undefined rather than a guess', () => {
  test.each([
    ['openai', 'no-such-model-9'],
    ['ollama', 'gpt-4o'],
    ['qwen', 'gpt-4o'],
    ['mine', 'gpt-4o'],
  ])('no price for %s/%s', (provider, model) => expect(priceUsage(target(provider, model), million)).toBeUndefined());

  test.each([{}, { inputTokens: 5 }, { outputTokens: 5 }])('a count is missing: %j', (usage) =>
    expect(priceUsage(target('openai', 'gpt-4o'), usage)).toBeUndefined(),
  );

  test('tokens were spent beside the answer, at prices that nobody told', () => {
    expect(priceUsage(target('openai', 'gpt-4o'), { ...million, besideTokens: 1 })).toBeUndefined();
  });

  test('more cached tokens than input', () => {
    expect(
      priceUsage(target('openai', 'gpt-4o'), { inputTokens: 1, outputTokens: 1, cachedInputTokens: 9 }),
    ).toBeUndefined();
  });
});

describe('prices that the operator states', () => {
  const overrides = new Map([
    ['ollama/m', { inputPerMillion: 2, outputPerMillion: 4, cachedInputPerMillion: 0.5 }],
    ['openai/gpt-4o', { inputPerMillion: 1, outputPerMillion: 1 }],
  ]);
  const stated = createPricing({ knownName: canonicalProviderName, overrides, tables });

  test('count where the table knows nothing, and win where it does', () => {
    expect(stated(target('ollama', 'm'), million)).toBe(6);
    expect(stated(target('openai', 'gpt-4o'), million)).toBe(2);
  });

  test('the cache has its price, or the price of input', () => {
    expect(stated(target('ollama', 'm'), { ...million, cachedInputTokens: 400_000 })).toBeCloseTo(
      0.6 * 2 + 0.4 * 0.5 + 4,
      9,
    );
    expect(stated(target('openai', 'gpt-4o'), { ...million, cachedInputTokens: 400_000 })).toBe(2);
  });

  test('more cached tokens than input never make a negative price', () => {
    expect(
      stated(target('ollama', 'm'), { inputTokens: 1, outputTokens: 0, cachedInputTokens: 1_000 }),
    ).toBeGreaterThanOrEqual(0);
  });
});

test('any counts on any model: a price of 0 or more, or undefined; never an exception', () => {
  const counts = fc.record(
    {
      inputTokens: fc.double(),
      outputTokens: fc.integer(),
      cachedInputTokens: fc.integer(),
      cacheWriteTokens: fc.nat(),
      reasoningTokens: fc.nat(),
    },
    { requiredKeys: [] },
  );
  const model = fc.oneof(fc.string(), fc.constantFrom('gpt-4o', 'gpt-5.6', '__proto__'));
  fc.assert(
    fc.property(fc.constantFrom('openai', 'anthropic', 'ollama', 'x'), model, counts, (provider, name, usage) => {
      const price = priceUsage(target(provider, name), usage);
      if (price !== undefined) expect(price).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 1_000 },
  );
});
