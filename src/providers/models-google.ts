import type { ModelTier } from '../model/capability.ts';
import type { ImageTokenRule, TokenRules } from '../model/token-rules.ts';
import type { ModelFacts } from './model-facts.ts';

const verifiedAt = '2026-11-21';
const page = (file: string) => `https://github.com/anomalyco/models.dev/blob/dev/${file}.toml`;

const abilities = {
  tools: 'yes',
  'parallel-tools': 'yes',
  'json-schema': 'yes',
  vision: 'yes',
  audio: 'yes',
  pdf: 'yes',
  reasoning: 'yes',
} as const;

/** https://ai.google.dev/gemini-api/docs/tokens: 258 tokens for every tile of 768 pixels, 32 for a second of sound. */
const tiles: ImageTokenRule = { kind: 'tiles', tileSide: 768, maxSide: 3_072, shortSide: 3_072, base: 0, perTile: 258 };
const flashTokens: Partial<TokenRules> = { image: tiles, pdfPageTokens: 258, audioSecondTokens: 32 };
/** https://ai.google.dev/gemini-api/docs/media-resolution: Gemini 3 gives an image and a page a number of their own. */
const newTokens: Partial<TokenRules> = {
  image: { kind: 'flat', tokens: 1_120 },
  pdfPageTokens: 560,
  audioSecondTokens: 32,
};

/** Input and output have limits of their own here: together they are what other vendors call a window. */
const maxInputTokens = 1_048_576;
const maxOutputTokens = 65_536;

function gemini(name: string, tier: ModelTier, file = `models/google/${name}`): ModelFacts {
  return {
    name,
    match: 'model',
    contextWindow: maxInputTokens + maxOutputTokens,
    maxInputTokens,
    maxOutputTokens,
    abilities,
    tokens: name.startsWith('gemini-2') ? flashTokens : newTokens,
    tier,
    sameModel: name,
    source: page(file),
    verifiedAt,
  };
}

const thinking = 'https://ai.google.dev/gemini-api/docs/thinking';

/** Google's models on the Gemini API. */
export const GEMINI_MODELS: readonly ModelFacts[] = [
  // 2.5 takes a number of tokens (thinkingBudget), 3 a word (thinkingLevel).
  { name: 'gemini-2.5', match: 'family', quirks: { thinking: 'budget' }, source: thinking, verifiedAt },
  { name: 'gemini-3', match: 'family', quirks: { thinking: 'effort' }, source: thinking, verifiedAt },
  gemini('gemini-3.8-flash', 'standard'),
  gemini('gemini-3.1-pro', 'frontier', 'models/google/gemini-3.1-pro-preview'),
  gemini('gemini-3-flash', 'standard', 'models/google/gemini-3-flash-preview'),
  gemini('gemini-2.5-pro', 'frontier'),
  gemini('gemini-2.5-flash', 'standard'),
  gemini('gemini-2.5-flash-lite', 'small'),
  {
    name: 'gemini-embedding-2',
    match: 'model',
    maxInputTokens: 8_192,
    abilities: { tools: 'no', vision: 'yes', audio: 'yes', pdf: 'yes', reasoning: 'no', streaming: 'no' },
    tier: 'embedding',
    sameModel: 'gemini-embedding-2',
    source: page('providers/google/models/gemini-embedding-2'),
    verifiedAt,
  },
];
