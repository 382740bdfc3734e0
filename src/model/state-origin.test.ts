import { expect, it } from 'vitest';
import { UNKNOWN_CAPABILITIES } from './capability.ts';
import { DEFAULT_QUIRKS, type Quirks } from './quirks.ts';
import { modelFamily, stateOrigin } from './state-origin.ts';
import type { Target } from './target.ts';

function target(provider: string, model: string, over: Partial<Target> = {}, quirks: Partial<Quirks> = {}): Target {
  return {
    id: `${provider}/${model}`,
    provider,
    model,
    dialect: 'gemini-generate',
    lane: `${provider}/${model}`,
    capabilities: UNKNOWN_CAPABILITIES,
    quirks: { ...DEFAULT_QUIRKS, ...quirks },
    ...over,
  };
}

it.each([
  ['gemini-3.8-flash', 'gemini-3'],
  ['gemini-3-pro-preview', 'gemini-3'],
  ['gpt-5.6-mini', 'gpt-5'],
  ['o4-mini', 'o4'],
  ['anthropic/claude-sonnet-5-5', 'anthropic/claude-sonnet-5'],
  ['qwen-plus', 'qwen-plus'],
])('the family of %s is %s', (model, family) => {
  expect(modelFamily(model)).toBe(family);
});

it('state is read by the family of models that made it, at the provider that made it, in its dialect', () => {
  const origin = stateOrigin(target('gemini', 'gemini-3-pro'));
  expect(stateOrigin(target('gemini', 'gemini-3.8-flash'))).toBe(origin);
  expect(stateOrigin(target('gemini', 'gemini-2.5-pro'))).not.toBe(origin);
  expect(stateOrigin(target('vertex', 'gemini-3-pro'))).not.toBe(origin);
  expect(stateOrigin(target('gemini', 'gemini-3-pro', { dialect: 'openai-chat' }))).not.toBe(origin);
});

it('a vendor that reads its own on every platform is one origin, its imitators are others', () => {
  const anthropic = { dialect: 'anthropic-messages' as const };
  const own = stateOrigin(target('anthropic', 'claude-opus-5', anthropic, { stateReaders: 'vendor' }));
  expect(stateOrigin(target('bedrock', 'claude-sonnet-5', anthropic, { stateReaders: 'vendor' }))).toBe(own);
  expect(stateOrigin(target('imitator', 'claude-opus-5', anthropic))).not.toBe(own);
});
