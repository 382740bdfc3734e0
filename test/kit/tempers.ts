import type { DialectName } from '../../src/model/dialect-name.ts';
import { DEFAULT_QUIRKS, type Quirks } from '../../src/model/quirks.ts';
import { target } from './engine-kit.ts';
import { anthropicVendor, chatVendor, geminiVendor, responsesVendor, type Vendor } from './vendors.ts';

const at = (id: string, dialect: DialectName, quirks: Partial<Quirks> = {}) =>
  target(id, { dialect, quirks: { ...DEFAULT_QUIRKS, ...quirks } });

/** One of each dialect, and each makes state of its own. */
export const FOUR: readonly Vendor[] = [
  chatVendor(at('counting/open-1', 'openai-chat'), 'sealing'),
  responsesVendor(at('openai/gpt-5', 'openai-responses', { thinking: 'effort' })),
  anthropicVendor(at('anthropic/claude-5', 'anthropic-messages', { stateReaders: 'vendor', thinking: 'budget' })),
  geminiVendor(at('gemini/gemini-3-pro', 'gemini-generate', { thinking: 'budget' })),
];

/** Those, and one of each other temper: who refuses, who demands, who is of the same dialect and reads nothing of it. */
export const TEN: readonly Vendor[] = [
  ...FOUR,
  chatVendor(at('plain/gpt-5', 'openai-chat', { reasoningReplay: 'refused' }), 'strict'),
  chatVendor(
    at('nine/large-1', 'openai-chat', { reasoningReplay: 'refused', toolCallIds: 'nine-alphanumerics' }),
    'nine-alphanumerics',
  ),
  chatVendor(at('deep/think-4', 'openai-chat', { reasoningReplay: 'with-tool-calls' }), 'demanding'),
  anthropicVendor(at('imitator/like-2', 'anthropic-messages', { thinking: 'budget' })),
  geminiVendor(at('vertex/gemini-3-pro', 'gemini-generate', { thinking: 'budget' })),
  responsesVendor(at('azure/gpt-5', 'openai-responses', { thinking: 'effort' })),
];
