import type { ModelFacts } from './model-facts.ts';

const verifiedAt = '2026-11-20';
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

/**
 * From 4.7 on: temperature, top_p and top_k answer 400, thinking is adaptive only, a prefilled last message answers 400.
 * Sources differ on whether Sonnet 5 takes a temperature: one left out is told, one refused would cost an attempt.
 * Thinking counts as output, so an answer needs more room than elsewhere.
 */
const adaptiveOnly = {
  abilities: { ...abilities, prefill: 'no' },
  quirks: { sampling: false, thinking: 'adaptive', defaultMaxOutputTokens: 16_384 },
} as const;

/** 4.6: takes a temperature still, but no prefill. */
const adaptive = {
  abilities: { ...abilities, prefill: 'no' },
  quirks: { thinking: 'adaptive', defaultMaxOutputTokens: 16_384 },
} as const;

/** Up to 4.5: thinking by a budget of tokens, prefill allowed. Which of them take a schema is not told everywhere alike. */
const budgeted = {
  abilities: { ...abilities, 'json-schema': 'unknown', prefill: 'yes' },
  quirks: { thinking: 'budget', defaultMaxOutputTokens: 8_192 },
} as const;

type Manner = typeof adaptiveOnly | typeof adaptive | typeof budgeted;

function model(
  name: string,
  contextWindow: number,
  maxOutputTokens: number,
  manner: Manner,
  source = overview,
): ModelFacts {
  return { name, match: 'model', contextWindow, maxOutputTokens, ...manner, source, verifiedAt };
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
  model('claude-opus-5', 1_000_000, 128_000, adaptiveOnly),
  model('claude-sonnet-5-5', 1_000_000, 128_000, adaptiveOnly),
  model('claude-sonnet-5', 1_000_000, 128_000, adaptiveOnly),
  model('claude-haiku-5-5', 1_000_000, 128_000, adaptiveOnly),
  model('claude-opus-4-8', 1_000_000, 128_000, adaptiveOnly, `${catalogue}/claude-opus-4-8.toml`),
  model('claude-opus-4-7', 1_000_000, 128_000, adaptiveOnly),
  model('claude-opus-4-6', 1_000_000, 128_000, adaptive, `${catalogue}/claude-opus-4-6.toml`),
  model('claude-sonnet-4-6', 1_000_000, 64_000, adaptive),
  model('claude-opus-4-5', 200_000, 64_000, budgeted, `${catalogue}/claude-opus-4-5.toml`),
  model('claude-sonnet-4-5', 200_000, 64_000, budgeted, `${catalogue}/claude-sonnet-4-5.toml`),
  model('claude-haiku-4-5', 200_000, 64_000, budgeted),
];
