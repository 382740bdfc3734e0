import type { ModelFacts } from './model-facts.ts';

const verifiedAt = '2026-11-20';

const geminiAbilities = {
  tools: 'yes',
  'parallel-tools': 'yes',
  'json-schema': 'yes',
  vision: 'yes',
  audio: 'yes',
  pdf: 'yes',
  reasoning: 'yes',
} as const;

function gemini(name: string): ModelFacts {
  return {
    name,
    match: 'model',
    contextWindow: 1_048_576,
    maxOutputTokens: 65_536,
    abilities: geminiAbilities,
    source: `https://ai.google.dev/gemini-api/docs/models/${name}`,
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
  gemini('gemini-3.1-pro'),
  gemini('gemini-3-flash'),
  gemini('gemini-2.5-pro'),
  gemini('gemini-2.5-flash'),
];

/** Models on Mistral's own API. */
export const MISTRAL_MODELS: readonly ModelFacts[] = [
  {
    name: 'mistral-large',
    match: 'model',
    contextWindow: 262_144,
    abilities: { tools: 'yes', 'json-schema': 'yes', vision: 'yes', audio: 'no', prefill: 'yes' },
    source: 'https://docs.mistral.ai/models/mistral-large-3-25-12',
    verifiedAt,
  },
  {
    name: 'mistral-large-2411',
    match: 'model',
    contextWindow: 131_072,
    abilities: { tools: 'yes', 'json-schema': 'yes', vision: 'no', audio: 'no', reasoning: 'no', prefill: 'yes' },
    source: 'https://docs.mistral.ai/getting-started/models/models_overview',
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
    source: 'https://console.groq.com/docs/model/openai/gpt-oss-120b',
    verifiedAt,
  },
  {
    name: 'openai/gpt-oss-20b',
    match: 'model',
    ...gptOss,
    source: 'https://console.groq.com/docs/model/openai/gpt-oss-20b',
    verifiedAt,
  },
  {
    name: 'llama-3.3-70b-versatile',
    match: 'model',
    contextWindow: 131_072,
    maxOutputTokens: 32_768,
    abilities: { tools: 'yes', 'parallel-tools': 'yes', vision: 'no', audio: 'no', pdf: 'no', reasoning: 'no' },
    source: 'https://console.groq.com/docs/model/llama-3.3-70b-versatile',
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
    source: 'https://api-docs.deepseek.com/quick_start/pricing',
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
    source: 'https://docs.x.ai/developers/models/grok-4.7',
    verifiedAt,
  },
];
