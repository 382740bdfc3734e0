import type { ModelFacts } from './model-facts.ts';

const verifiedAt = '2026-11-20';
const page = (model: string) => `https://github.com/anomalyco/models.dev/blob/dev/models/openai/${model}.toml`;

const abilities = {
  tools: 'yes',
  'parallel-tools': 'yes',
  'json-schema': 'yes',
  vision: 'yes',
  audio: 'no',
  prefill: 'no',
} as const;

/** Reasoning models answer 400 to temperature and kin, and take the effort of thinking as a word. */
const reasoning = { quirks: { sampling: false, thinking: 'effort' } } as const;

function reasoningModel(name: string, contextWindow: number): ModelFacts {
  return {
    name,
    match: 'model',
    contextWindow,
    maxOutputTokens: 128_000,
    abilities: { ...abilities, reasoning: 'yes' },
    source: page(name),
    verifiedAt,
  };
}

function plainModel(name: string, contextWindow: number, maxOutputTokens: number): ModelFacts {
  return {
    name,
    match: 'model',
    contextWindow,
    maxOutputTokens,
    abilities: { ...abilities, reasoning: 'no' },
    source: page(name),
    verifiedAt,
  };
}

const reasoningPage = page('gpt-5');

/** OpenAI's models. */
export const OPENAI_MODELS: readonly ModelFacts[] = [
  { name: 'gpt-5', match: 'family', ...reasoning, source: reasoningPage, verifiedAt },
  { name: 'gpt-6', match: 'family', ...reasoning, source: reasoningPage, verifiedAt },
  { name: 'o1', match: 'family', ...reasoning, source: reasoningPage, verifiedAt },
  { name: 'o3', match: 'family', ...reasoning, source: reasoningPage, verifiedAt },
  { name: 'o4', match: 'family', ...reasoning, source: reasoningPage, verifiedAt },
  // The chat models of the family do not reason and do take a temperature.
  {
    name: 'gpt-5-chat',
    match: 'family',
    quirks: { sampling: true, thinking: 'none' },
    source: page('gpt-5-chat-latest'),
    verifiedAt,
  },
  reasoningModel('gpt-5.6', 1_050_000),
  reasoningModel('gpt-5.6-sol', 1_050_000),
  reasoningModel('gpt-5.6-terra', 1_050_000),
  reasoningModel('gpt-5.6-luna', 1_050_000),
  reasoningModel('gpt-5.4', 1_050_000),
  reasoningModel('gpt-5.2', 400_000),
  reasoningModel('gpt-5.1', 400_000),
  reasoningModel('gpt-5', 400_000),
  reasoningModel('gpt-5-mini', 400_000),
  reasoningModel('gpt-5-nano', 400_000),
  plainModel('gpt-4.1', 1_047_576, 32_768),
  plainModel('gpt-4.1-mini', 1_047_576, 32_768),
  plainModel('gpt-4o', 128_000, 16_384),
  plainModel('gpt-4o-mini', 128_000, 16_384),
];
