import type { ModelFacts } from './model-facts.ts';

const verifiedAt = '2026-11-20';
const page = (file: string) => `https://github.com/anomalyco/models.dev/blob/dev/${file}.toml`;

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

interface Limits {
  readonly contextWindow: number;
  readonly maxOutputTokens: number;
}

function model(name: string, reasons: 'yes' | 'no', limits: Limits, file = `models/openai/${name}`): ModelFacts {
  return {
    name,
    match: 'model',
    ...limits,
    abilities: { ...abilities, reasoning: reasons },
    source: page(file),
    verifiedAt,
  };
}

function family(name: string, file: string): ModelFacts {
  return { name, match: 'family', ...reasoning, source: page(`models/openai/${file}`), verifiedAt };
}

const large: Limits = { contextWindow: 1_050_000, maxOutputTokens: 128_000 };
const medium: Limits = { contextWindow: 400_000, maxOutputTokens: 128_000 };
const gpt41: Limits = { contextWindow: 1_047_576, maxOutputTokens: 32_768 };
const gpt4o: Limits = { contextWindow: 128_000, maxOutputTokens: 16_384 };

/** OpenAI's models. */
export const OPENAI_MODELS: readonly ModelFacts[] = [
  family('gpt-6', 'gpt-6-sol'),
  family('gpt-5', 'gpt-5'),
  family('o4', 'o4-mini'),
  family('o3', 'o3'),
  family('o1', 'o1'),
  // The chat models of the family take a temperature.
  {
    name: 'gpt-5-chat',
    match: 'family',
    quirks: { sampling: true, thinking: 'none' },
    source: 'https://github.com/labring/fastgpt-plugin/pull/297',
    verifiedAt,
  },
  {
    name: 'gpt-5.1-chat',
    match: 'family',
    quirks: { sampling: true, thinking: 'none' },
    source: page('models/openai/gpt-5.1-chat'),
    verifiedAt,
  },
  model('gpt-6-sol', 'yes', large),
  // Another name of gpt-5.6-sol.
  model('gpt-5.6', 'yes', large, 'providers/openai/models/gpt-5.6'),
  model('gpt-5.6-sol', 'yes', large),
  model('gpt-5.6-terra', 'yes', large),
  model('gpt-5.6-luna', 'yes', large),
  model('gpt-5.4', 'yes', large),
  model('gpt-5.2', 'yes', medium),
  model('gpt-5.1', 'yes', medium, 'providers/openai/models/gpt-5.1'),
  model('gpt-5', 'yes', medium),
  model('gpt-5-mini', 'yes', medium, 'providers/openai/models/gpt-5-mini'),
  model('gpt-5-nano', 'yes', medium, 'providers/openai/models/gpt-5-nano'),
  model('gpt-4.1', 'no', gpt41),
  model('gpt-4.1-mini', 'no', gpt41),
  model('gpt-4o', 'no', gpt4o),
  model('gpt-4o-mini', 'no', gpt4o),
];
