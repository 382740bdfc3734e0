import { calcPrice, findProvider } from '@pydantic/genai-prices';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { KNOWN_PROVIDERS } from './known-providers.ts';
import { modelPriceTable, tabledPrice } from './price-table.ts';

const providers = [...new Set(Object.values(KNOWN_PROVIDERS).flatMap(({ pricesAs }) => (pricesAs ? [pricesAs] : [])))];

const usages = [0, 1, 127_999, 128_000, 199_999, 200_000, 200_001, 271_999, 272_000, 272_001, 900_000].flatMap(
  (input) => [
    { inputTokens: input, outputTokens: 777 },
    { inputTokens: input, outputTokens: 0, cachedInputTokens: Math.floor(input / 3) },
    {
      inputTokens: input,
      outputTokens: 5,
      cachedInputTokens: Math.floor(input / 4),
      cacheWriteTokens: Math.floor(input / 2),
    },
  ],
);

describe.each(providers)('%s', (providerId) => {
  const models = (findProvider({ providerId })?.models ?? []).map(({ id }) => id);

  test('has a price table', () => expect(models.length).toBeGreaterThan(0));

  test('every model costs what the package itself calculates, on both sides of every tier', () => {
    for (const model of models) {
      const table = modelPriceTable(providerId, model);
      if (!table) continue;
      for (const usage of usages) {
        const exact = calcPrice(
          {
            input_tokens: usage.inputTokens,
            output_tokens: usage.outputTokens,
            cache_read_tokens: usage.cachedInputTokens,
            cache_write_tokens: usage.cacheWriteTokens,
          },
          model,
          { providerId },
        )?.total_price;
        expect(tabledPrice(table, usage) ?? -1, `${model} ${JSON.stringify(usage)}`).toBeCloseTo(exact ?? -1, 9);
      }
    }
  });
});

test('models that people chain need no general calculation', () => {
  for (const [providerId, model] of [
    ['openai', 'gpt-5.6'],
    ['openai', 'gpt-4o'],
    ['anthropic', 'claude-opus-5-5'],
    ['google', 'gemini-2.5-pro'],
  ] as const) {
    expect(modelPriceTable(providerId, model)?.kind).toBe('tiers');
  }
});

test('a model that nobody knows has no table', () => {
  expect(modelPriceTable('openai', 'no-such-model')).toBeUndefined();
  expect(modelPriceTable('nobody', 'gpt-4o')).toBeUndefined();
});

describe('prices that change while the process runs', () => {
  afterEach(() => void vi.useRealTimers());

  test.each([
    ['deepseek', 'deepseek-v4-pro', '2026-11-20T00:00:00Z', '2026-11-20T02:00:00Z'],
    ['google', 'gemini-3.8-flash', '2026-11-20T00:00:00Z', '2027-06-01T00:00:00Z'],
  ])('%s/%s has another price later', (providerId, model, now, later) => {
    vi.useFakeTimers({ now: new Date(now), toFake: ['Date'] });
    const table = modelPriceTable(providerId, model);
    if (!table) throw new Error('no table');
    const usage = { inputTokens: 1_000_000, outputTokens: 1_000_000 };
    const before = tabledPrice(table, usage);
    vi.setSystemTime(new Date(later));
    expect(tabledPrice(table, usage)).not.toBe(before);
  });
});
