import { describe, expect, test } from 'vitest';
import { CATALOGUE, hostFacts, modelFacts } from './catalogue.ts';
import { HOST_FACTS } from './host-facts.ts';
import { canonicalProviderName, KNOWN_PROVIDERS } from './known-providers.ts';

const names = (provider: string | undefined, model: string) => modelFacts(provider, model).map(({ name }) => name);

describe('which facts a model name finds', () => {
  test.each([
    ['openai', 'gpt-5', ['gpt-5', 'gpt-5']],
    ['openai', 'gpt-5-2025-08-07', ['gpt-5', 'gpt-5']],
    ['openai', 'gpt-5-mini-2025-08-07', ['gpt-5', 'gpt-5-mini']],
    ['openai', 'gpt-5.6-luna', ['gpt-5', 'gpt-5.6-luna']],
    ['openai', 'gpt-5-chat-latest', ['gpt-5-chat']],
    ['openai', 'gpt-4o-2024-11-20', ['gpt-4o']],
    ['anthropic', 'claude-haiku-4-5-20251001', ['claude-haiku-4-5']],
    ['anthropic', 'claude-sonnet-4-5@20250929', ['claude-sonnet-4-5']],
    ['anthropic', 'claude-opus-5-5', ['claude-opus-5', 'claude-opus-5-5']],
    ['gemini', 'gemini-3.1-pro-preview', ['gemini-3', 'gemini-3.1-pro']],
    ['gemini', 'gemini-2.5-flash-preview-09-2025', ['gemini-2.5', 'gemini-2.5-flash']],
    ['mistral', 'mistral-large-latest', ['mistral-large']],
    ['mistral', 'mistral-large-2512', ['mistral-large']],
    ['mistral', 'mistral-large-2411', ['mistral-large-2411']],
    ['groq', 'openai/gpt-oss-120b', ['openai/gpt-oss-120b']],
    ['anthropic', 'claude-opus-4-7@default', ['claude-opus-4-7']],
    ['fireworks', 'accounts/fireworks/models/glm-5p2', ['accounts/fireworks/models/glm-5p2']],
    ['ollama', 'llama3.3:70b', ['llama3.3:70b']],
  ])('%s/%s', (provider, model, expected) => expect(names(provider, model)).toEqual(expected));

  test.each([
    ['openai', 'gpt-4o-audio-preview'],
    ['openai', 'gpt-4o-mini-tts'],
    ['openai', 'gpt-4.10'],
    ['mistral', 'mistral-large-4'],
    ['anthropic', 'claude-opus-4-50'],
    ['gemini', 'gemini-1.5-pro'],
    ['nvidia', 'openai/gpt-oss-120b'],
    [undefined, 'gpt-5'],
    ['constructor', 'gpt-5'],
  ])('%s/%s is a sibling or a stranger, and nothing is known of it', (provider, model) =>
    expect(names(provider, model)).toEqual([]),
  );

  test('a newer member of a family has its manner and none of its numbers', () => {
    const [family, ...rest] = modelFacts('anthropic', 'claude-opus-5-9');
    expect(rest).toEqual([]);
    expect(family?.quirks).toMatchObject({ sampling: false, thinking: 'adaptive' });
    expect(family?.contextWindow).toBeUndefined();
  });
});

const entries = Object.entries(CATALOGUE).flatMap(([provider, facts]) =>
  facts.map((entry) => ({ provider, ...entry })),
);

test('the catalogue holds the models that people chain', () => {
  expect(entries.filter(({ match }) => match === 'model').length).toBeGreaterThanOrEqual(40);
  expect(new Set(entries.map(({ provider }) => provider)).size).toBeGreaterThanOrEqual(15);
});

test.each(entries)('$provider $name ($match) has a source, a day and numbers that make sense', (entry) => {
  expect(canonicalProviderName(entry.provider)).toBe(entry.provider);
  expect(entry.source).toMatch(/^https:\/\//);
  expect(entry.verifiedAt).toMatch(/^20\d\d-\d\d-\d\d$/);
  const { contextWindow = Number.POSITIVE_INFINITY } = entry;
  for (const limit of [entry.maxInputTokens, entry.maxOutputTokens]) {
    if (limit !== undefined) expect(limit).toBeLessThanOrEqual(contextWindow);
  }
  for (const language of entry.languages ?? []) expect(language).toMatch(/^[a-z]{2,3}(-[A-Z]{2})?$/);
  if (entry.match === 'family') expect([entry.contextWindow, entry.maxOutputTokens]).toEqual([undefined, undefined]);
});

test('the model that a provider starts with is in the catalogue, where there is one', () => {
  for (const provider of Object.keys(CATALOGUE)) {
    const model = KNOWN_PROVIDERS[provider]?.defaultModel;
    // A router's own choice is no model.
    if (model === undefined || model === 'openrouter/auto') continue;
    expect(
      modelFacts(provider, model).some(({ match }) => match === 'model'),
      `${provider}/${model}`,
    ).toBe(true);
  }
});

test.each(Object.entries(HOST_FACTS))('what %s does with every model has a source and a day', (host, facts) => {
  expect(canonicalProviderName(host)).toBe(host);
  expect(hostFacts(host)).toBe(facts);
  expect(facts.source).toMatch(/^https:\/\//);
  expect(facts.verifiedAt).toMatch(/^20\d\d-\d\d-\d\d$/);
});

describe('the same model at several hosts', () => {
  const hostsOf = (sameModel: string) =>
    entries.filter((entry) => entry.sameModel === sameModel).map(({ provider }) => provider);

  test('open weights are one model wherever they run', () => {
    expect(hostsOf('gpt-oss-120b')).toEqual(
      expect.arrayContaining(['groq', 'cerebras', 'together', 'fireworks', 'openrouter', 'bedrock', 'ollama', 'vllm']),
    );
    expect(hostsOf('llama-3.3-70b-instruct')).toEqual(
      expect.arrayContaining(['groq', 'together', 'bedrock', 'ollama']),
    );
  });

  test('no model has the tier of one host and not of another', () => {
    for (const { sameModel } of entries) {
      if (sameModel === undefined) continue;
      const tiers = new Set(entries.filter((entry) => entry.sameModel === sameModel).map(({ tier }) => tier));
      expect([sameModel, tiers.size]).toEqual([sameModel, 1]);
    }
  });

  test('a name that moves with time belongs to no group: it is not always the same model', () => {
    for (const entry of entries)
      if (/-latest$|^mistral-(large|medium|small)$/.test(entry.name)) expect(entry.sameModel).toBeUndefined();
  });
});
