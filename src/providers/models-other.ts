import type { ModelFacts } from './model-facts.ts';

const verifiedAt = '2026-11-20';
const page = (file: string) => `https://github.com/anomalyco/models.dev/blob/dev/${file}.toml`;

const geminiAbilities = {
  tools: 'yes',
  'parallel-tools': 'yes',
  'json-schema': 'yes',
  vision: 'yes',
  audio: 'yes',
  pdf: 'yes',
  reasoning: 'yes',
} as const;

function gemini(name: string, source = page(`models/google/${name}`)): ModelFacts {
  return {
    name,
    match: 'model',
    contextWindow: 1_048_576,
    maxOutputTokens: 65_536,
    abilities: geminiAbilities,
    source,
    verifiedAt,
  };
}

const geminiThinking = 'https://ai.google.dev/gemini-api/docs/thinking';

/** Google's models on the Gemini API. */
export const GEMINI_MODELS: readonly ModelFacts[] = [
  // 2.5 takes a number of tokens (thinkingBudget), 3 a word (thinkingLevel).
  { name: 'gemini-2.5', match: 'family', quirks: { thinking: 'budget' }, source: geminiThinking, verifiedAt },
  { name: 'gemini-3', match: 'family', quirks: { thinking: 'effort' }, source: geminiThinking, verifiedAt },
  gemini('gemini-3.8-flash'),
  gemini('gemini-3.1-pro', 'https://ai.google.dev/gemini-api/docs/models/gemini-3.1-pro-preview'),
  gemini('gemini-3-flash', page('models/google/gemini-3-flash-preview')),
  gemini('gemini-2.5-pro'),
  gemini('gemini-2.5-flash'),
];

/** Models on Mistral's own API. */
export const MISTRAL_MODELS: readonly ModelFacts[] = [
  {
    name: 'mistral-large',
    match: 'model',
    contextWindow: 262_144,
    abilities: { tools: 'yes', 'json-schema': 'yes', vision: 'yes', audio: 'no', reasoning: 'no' },
    source: page('providers/mistral/models/mistral-large-latest'),
    verifiedAt,
  },
  {
    name: 'mistral-large-2411',
    match: 'model',
    contextWindow: 131_072,
    maxOutputTokens: 16_384,
    abilities: { tools: 'yes', vision: 'no', audio: 'no', reasoning: 'no' },
    source: page('providers/mistral/models/mistral-large-2411'),
    verifiedAt,
  },
];

const gptOss = {
  contextWindow: 131_072,
  maxOutputTokens: 65_536,
  abilities: { tools: 'yes', 'json-schema': 'yes', vision: 'no', audio: 'no', pdf: 'no', reasoning: 'yes' },
  quirks: { structuredOutput: 'native', thinking: 'effort' },
} as const;

/** Models on Groq. */
export const GROQ_MODELS: readonly ModelFacts[] = [
  {
    name: 'openai/gpt-oss-120b',
    match: 'model',
    ...gptOss,
    source: page('providers/groq/models/openai/gpt-oss-120b'),
    verifiedAt,
  },
  {
    name: 'openai/gpt-oss-20b',
    match: 'model',
    ...gptOss,
    source: page('providers/groq/models/openai/gpt-oss-20b'),
    verifiedAt,
  },
  {
    name: 'llama-3.3-70b-versatile',
    match: 'model',
    contextWindow: 131_072,
    abilities: { tools: 'yes', vision: 'no' },
    source: 'https://app.unpkg.com/@lobehub/chat@1.143.3/files/src/config/modelProviders/groq.ts',
    verifiedAt,
  },
];

/** DeepSeek's models on its own API. */
export const DEEPSEEK_MODELS: readonly ModelFacts[] = [
  {
    name: 'deepseek-v4',
    match: 'family',
    quirks: { thinking: 'effort' },
    source: 'https://api-docs.deepseek.com/guides/thinking_mode',
    verifiedAt,
  },
  {
    name: 'deepseek-v4-pro',
    match: 'model',
    contextWindow: 1_000_000,
    maxOutputTokens: 384_000,
    abilities: { tools: 'yes', vision: 'no', audio: 'no', pdf: 'no', reasoning: 'yes' },
    source: page('models/deepseek/deepseek-v4-pro'),
    verifiedAt,
  },
];

/** xAI's models. */
export const XAI_MODELS: readonly ModelFacts[] = [
  {
    name: 'grok-4.7',
    match: 'model',
    contextWindow: 500_000,
    abilities: { tools: 'yes', 'json-schema': 'yes', vision: 'yes', audio: 'no', reasoning: 'yes' },
    source: page('models/xai/grok-4.7'),
    verifiedAt,
  },
];
