import type { ModelTier } from '../model/capability.ts';
import type { ImageTokenRule } from '../model/token-rules.ts';
import type { ModelFacts } from './model-facts.ts';

const verifiedAt = '2026-11-21';
const overview = 'https://platform.claude.com/docs/en/about-claude/models/overview';
const catalogue = 'https://github.com/anomalyco/models.dev/blob/dev/models/anthropic';

const abilities = {
  tools: 'yes',
  'parallel-tools': 'yes',
  'json-schema': 'yes',
  vision: 'yes',
  pdf: 'yes',
  audio: 'no',
  reasoning: 'yes',
} as const;

/** Those with figures on https://platform.claude.com/docs/en/build-with-claude/multilingual-support; it names no limit. */
const languages = ['en', 'es', 'pt', 'it', 'fr', 'id', 'de', 'ar', 'zh', 'ko', 'ja', 'hi', 'bn', 'sw', 'yo'];

/** https://docs.anthropic.com/en/docs/vision: width × height / 750, scaled down above some 1,600 tokens. */
const image: ImageTokenRule = { kind: 'area', pixelsPerToken: 750, maxTokens: 1_600 };
/** From 4.7 on images are kept up to 3.75 megapixels: https://dev.to/apilover/how-to-use-the-claude-opus-47-api--1n5k */
const largeImage: ImageTokenRule = { ...image, maxTokens: 5_000 };

/** https://platform.claude.com/docs/en/build-with-claude/pdf-support: every page as text, and as an image besides. */
const tokens = { image, pdfPageTokens: 2_250 };

/**
 * https://platform.claude.com/docs/en/build-with-claude/token-counting: Opus from 4.7 on, Fable 5 and Sonnet 5 make some
 * 30 % more tokens of the same text.
 */
const newTokenizer = { image: largeImage, pdfPageTokens: 2_500, textFactor: 1.3 };

/**
 * From 4.7 on: temperature, top_p and top_k answer 400, thinking is adaptive only, a prefilled last message answers 400.
 * Sources differ on whether Sonnet 5 takes a temperature: one left out is told, one refused would cost an attempt.
 * Thinking counts as output, so an answer needs more room than elsewhere.
 */
const adaptiveOnly = {
  abilities: { ...abilities, prefill: 'no' },
  quirks: { sampling: false, thinking: 'adaptive', defaultMaxOutputTokens: 16_384 },
  tokens: newTokenizer,
} as const;

/** 4.6: takes a temperature still, but no prefill. */
const adaptive = {
  abilities: { ...abilities, prefill: 'no' },
  quirks: { thinking: 'adaptive', defaultMaxOutputTokens: 16_384 },
  tokens,
} as const;

/** Up to 4.5: thinking by a budget of tokens, prefill allowed. Which of them take a schema is not told everywhere alike. */
const budgeted = {
  abilities: { ...abilities, 'json-schema': 'unknown', prefill: 'yes' },
  quirks: { thinking: 'budget', defaultMaxOutputTokens: 8_192 },
  tokens,
} as const;

type Manner = typeof adaptiveOnly | typeof adaptive | typeof budgeted;

/** The vendor's own order: Fable above Opus, Opus the most capable of the rest, Sonnet balanced, Haiku fast. */
function tierOf(name: string): ModelTier {
  if (name.startsWith('claude-haiku')) return 'small';
  return name.startsWith('claude-sonnet') ? 'standard' : 'frontier';
}

function model(
  name: string,
  contextWindow: number,
  maxOutputTokens: number,
  manner: Manner,
  source = overview,
): ModelFacts {
  const standing = { tier: tierOf(name), sameModel: name, languages };
  return { name, match: 'model', contextWindow, maxOutputTokens, ...manner, ...standing, source, verifiedAt };
}

function family(name: string): ModelFacts {
  return { name, match: 'family', ...adaptiveOnly, source: `${catalogue}/claude-haiku-5-5.toml`, verifiedAt };
}

/** Anthropic's models. */
export const ANTHROPIC_MODELS: readonly ModelFacts[] = [
  family('claude-opus-5'),
  family('claude-sonnet-5'),
  family('claude-haiku-5'),
  family('claude-fable-5'),
  model('claude-opus-5-5', 1_000_000, 128_000, adaptiveOnly),
  model('claude-opus-5', 1_000_000, 128_000, adaptiveOnly, `${catalogue}/claude-opus-5.toml`),
  model('claude-sonnet-5-5', 1_000_000, 128_000, adaptiveOnly),
  model('claude-sonnet-5', 1_000_000, 128_000, adaptiveOnly, `${catalogue}/claude-sonnet-5.toml`),
  model('claude-haiku-5-5', 1_000_000, 128_000, adaptiveOnly, `${catalogue}/claude-haiku-5-5.toml`),
  model('claude-opus-4-8', 1_000_000, 128_000, adaptiveOnly, `${catalogue}/claude-opus-4-8.toml`),
  model('claude-opus-4-7', 1_000_000, 128_000, adaptiveOnly),
  model('claude-opus-4-6', 1_000_000, 128_000, adaptive, `${catalogue}/claude-opus-4-6.toml`),
  model('claude-sonnet-4-6', 1_000_000, 64_000, adaptive),
  model('claude-opus-4-5', 200_000, 64_000, budgeted, `${catalogue}/claude-opus-4-5.toml`),
  model('claude-sonnet-4-5', 200_000, 64_000, budgeted, `${catalogue}/claude-sonnet-4-5.toml`),
  model('claude-haiku-4-5', 200_000, 64_000, budgeted, `${catalogue}/claude-haiku-4-5.toml`),
];
