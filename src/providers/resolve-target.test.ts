import { expect, test } from 'vitest';
import { UNKNOWN_CAPABILITIES } from '../model/capability.ts';
import { DEFAULT_QUIRKS } from '../model/quirks.ts';
import { resolveTarget } from './resolve-target.ts';

test('a model that nobody knows has defaults and unknowns, and its own lane', () => {
  expect(resolveTarget('mine', { dialect: 'openai-chat' }, 'org/model')).toEqual({
    id: 'mine/org/model',
    provider: 'mine',
    model: 'org/model',
    dialect: 'openai-chat',
    lane: 'mine/org/model',
    capabilities: UNKNOWN_CAPABILITIES,
    quirks: DEFAULT_QUIRKS,
  });
});

test('defaults, then the known provider, then the model, then the operator for the provider, then for the model', () => {
  const known = { dialect: 'openai-chat', known: 'groq' } as const;
  expect(resolveTarget('g', known, 'unheard-of').quirks.structuredOutput).toBe('forced-tool');
  expect(resolveTarget('g', known, 'openai/gpt-oss-120b').quirks.structuredOutput).toBe('native');
  const told = { ...known, quirks: { structuredOutput: 'prompt', sampling: false } } as const;
  expect(resolveTarget('g', told, 'openai/gpt-oss-120b').quirks).toMatchObject({
    structuredOutput: 'prompt',
    sampling: false,
  });
  const last = resolveTarget('g', told, 'openai/gpt-oss-120b', { quirks: { structuredOutput: 'native' } }).quirks;
  expect(last).toMatchObject({ structuredOutput: 'native', sampling: false, thinking: 'effort' });
});

test('capabilities of the catalogue, and those of the operator on top', () => {
  const provider = { dialect: 'anthropic-messages', known: 'anthropic' } as const;
  const { capabilities } = resolveTarget('a', provider, 'claude-haiku-4-5', {
    contextWindow: 5,
    abilities: { pdf: 'no' },
  });
  expect(capabilities).toMatchObject({ contextWindow: 5, maxOutputTokens: 64_000 });
  expect(capabilities.abilities).toMatchObject({ pdf: 'no', tools: 'yes', prefill: 'yes' });
});

test('facts of a vendor do not follow it into a foreign dialect', () => {
  const foreign = resolveTarget('d', { dialect: 'anthropic-messages', known: 'deepseek' }, 'deepseek-v4-pro');
  expect(foreign.quirks).toEqual(DEFAULT_QUIRKS);
  expect(foreign.capabilities).toEqual(UNKNOWN_CAPABILITIES);
});

test('the other dialect of the same vendor keeps them', () => {
  const responses = resolveTarget('o', { dialect: 'openai-responses', known: 'openai' }, 'gpt-5.6');
  expect(responses.capabilities.contextWindow).toBe(1_050_000);
});

test('resolving twice shares nothing that one of them could change', () => {
  const one = resolveTarget('o', { dialect: 'openai-chat', known: 'openai' }, 'gpt-5.6');
  const two = resolveTarget('o', { dialect: 'openai-chat', known: 'openai' }, 'gpt-5.6');
  expect(one).toEqual(two);
  expect(one.quirks).not.toBe(two.quirks);
  expect(one.capabilities.abilities).not.toBe(UNKNOWN_CAPABILITIES.abilities);
});

test('the region of the provider is that of the target', () => {
  expect(resolveTarget('o', { dialect: 'openai-chat', region: 'eu' }, 'm').region).toBe('eu');
});

test('what is known beside abilities: tier, group, languages, retention and how tokens are counted', () => {
  const one = resolveTarget('a', { dialect: 'anthropic-messages', known: 'anthropic' }, 'claude-sonnet-5-5');
  expect(one).toMatchObject({ tier: 'standard', sameModel: 'claude-sonnet-5-5', tokens: { textFactor: 1.3 } });
  expect(one.languages).toContain('ja');
  expect(one.capabilities.abilities.streaming).toBe('yes');
  const two = resolveTarget('o', { dialect: 'openai-chat', known: 'openai' }, 'gpt-5.6');
  expect(two).toMatchObject({ retentionDays: 30, sameModel: 'gpt-5.6-sol', capabilities: { maxInputTokens: 922_000 } });
  expect(two.quirks.tokenCounter).toBe('openai-responses');
});

test('the operator’s word wins over each of them', () => {
  const overrides = {
    region: 'ch',
    retentionDays: 0,
    tier: 'small',
    sameModel: 'mine',
    languages: ['de'],
    maxInputTokens: 7,
    tokens: { textFactor: 2 },
    abilities: { streaming: 'no' },
  } as const;
  const one = resolveTarget('o', { dialect: 'openai-chat', known: 'openai', region: 'eu' }, 'gpt-5.6', overrides);
  const { tokens, maxInputTokens, abilities, ...rest } = overrides;
  expect(one).toMatchObject({
    ...rest,
    capabilities: { maxInputTokens: 7 },
    tokens: { textFactor: 2, audioSecondTokens: 10 },
  });
  expect(one.capabilities.abilities.streaming).toBe('no');
});

test('a cloud keeps what it is sent as the cloud does, and the model stays the vendor’s', () => {
  const gpt = resolveTarget('z', { known: 'azure' }, 'gpt-5.6');
  expect(gpt).toMatchObject({ sameModel: 'gpt-5.6-sol', tier: 'frontier', quirks: { tokenCounter: 'none' } });
  expect(gpt.retentionDays).toBeUndefined();
  const llama = resolveTarget('b', { known: 'bedrock' }, 'us.meta.llama3-3-70b-instruct-v1:0');
  expect(llama).toMatchObject({ sameModel: 'llama-3.3-70b-instruct', capabilities: { contextWindow: 128_000 } });
});
