import type { ModelTier } from '../model/capability.ts';
import type { ImageTokenRule } from '../model/token-rules.ts';
import type { ModelFacts } from './model-facts.ts';

const verifiedAt = '2026-11-21';
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
  readonly maxInputTokens?: number;
  readonly maxOutputTokens: number;
}

/**
 * The large models up to 5.2 cut images into tiles, small ones count patches: https://github.com/openai/openai-python/issues/2851
 * For newer ones neither is told; 1,536 patches are the most that either way gives an image.
 */
const tiles: ImageTokenRule = { kind: 'tiles', tileSide: 512, maxSide: 2_048, shortSide: 768, base: 85, perTile: 170 };
const patches: ImageTokenRule = { kind: 'patches', side: 32, maxPatches: 1_536, factor: 1 };

interface Standing {
  readonly tier: ModelTier;
  readonly image: ImageTokenRule;
  readonly file?: string;
  /** Name of the model where this is another name of it. */
  readonly sameModel?: string;
}

function model(name: string, reasons: 'yes' | 'no', limits: Limits, standing: Standing): ModelFacts {
  const { tier, image, file = `models/openai/${name}`, sameModel = name } = standing;
  return {
    name,
    match: 'model',
    ...limits,
    abilities: { ...abilities, reasoning: reasons },
    tier,
    sameModel,
    tokens: { image, audioSecondTokens: 10 },
    source: page(file),
    verifiedAt,
  };
}

function embedding(name: string): ModelFacts {
  const none = { tools: 'no', vision: 'no', audio: 'no', pdf: 'no', reasoning: 'no', streaming: 'no' } as const;
  return {
    name,
    match: 'model',
    maxInputTokens: 8_191,
    abilities: none,
    tier: 'embedding',
    sameModel: name,
    source: page(`models/openai/${name}`),
    verifiedAt,
  };
}

function family(name: string, file: string): ModelFacts {
  return { name, match: 'family', ...reasoning, source: page(`models/openai/${file}`), verifiedAt };
}

const large: Limits = { contextWindow: 1_050_000, maxInputTokens: 922_000, maxOutputTokens: 128_000 };
const medium: Limits = { contextWindow: 400_000, maxInputTokens: 272_000, maxOutputTokens: 128_000 };
const gpt41: Limits = { contextWindow: 1_047_576, maxOutputTokens: 32_768 };
const gpt4o: Limits = { contextWindow: 128_000, maxOutputTokens: 16_384 };

const frontier = { tier: 'frontier', image: patches } as const;
const standard = { tier: 'standard', image: patches } as const;
const small = { tier: 'small', image: patches } as const;

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
  model('gpt-6-astra', 'yes', large, frontier),
  model('gpt-6-sol', 'yes', large, standard),
  model('gpt-6-luna', 'yes', large, small),
  model('gpt-5.6', 'yes', large, { ...frontier, file: 'providers/openai/models/gpt-5.6', sameModel: 'gpt-5.6-sol' }),
  model('gpt-5.6-sol', 'yes', large, frontier),
  model('gpt-5.6-terra', 'yes', large, standard),
  model('gpt-5.6-luna', 'yes', large, small),
  model('gpt-5.4', 'yes', large, frontier),
  model('gpt-5.2', 'yes', medium, { ...frontier, image: tiles }),
  model('gpt-5.1', 'yes', medium, { ...frontier, image: tiles, file: 'providers/openai/models/gpt-5.1' }),
  model('gpt-5', 'yes', medium, { ...frontier, image: tiles }),
  model('gpt-5-mini', 'yes', medium, { ...standard, file: 'providers/openai/models/gpt-5-mini' }),
  model('gpt-5-nano', 'yes', medium, { ...small, file: 'providers/openai/models/gpt-5-nano' }),
  model('gpt-4.1', 'no', gpt41, { tier: 'standard', image: tiles }),
  model('gpt-4.1-mini', 'no', gpt41, small),
  model('gpt-4o', 'no', gpt4o, { tier: 'standard', image: tiles }),
  model('gpt-4o-mini', 'no', gpt4o, { tier: 'small', image: tiles }),
  embedding('text-embedding-3-small'),
  embedding('text-embedding-3-large'),
];
