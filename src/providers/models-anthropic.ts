import type { ModelFacts } from './model-facts.ts';

const verifiedAt = '2026-11-20';
const overview = 'https://platform.claude.com/docs/en/about-claude/models/overview';
const migration = 'https://platform.claude.com/docs/en/about-claude/models/migration-guide';

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

/** Up to 4.5: thinking by a budget of tokens, prefill allowed. */
const budgeted = {
  abilities: { ...abilities, prefill: 'yes' },
  quirks: { thinking: 'budget', defaultMaxOutputTokens: 8_192 },
} as const;

type Manner = typeof adaptiveOnly | typeof adaptive | typeof budgeted;

function model(name: string, contextWindow: number, maxOutputTokens: number, manner: Manner): ModelFacts {
  return { name, match: 'model', contextWindow, maxOutputTokens, ...manner, source: overview, verifiedAt };
}

function family(name: string): ModelFacts {
  return { name, match: 'family', ...adaptiveOnly, source: migration, verifiedAt };
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
  model('claude-opus-4-8', 1_000_000, 128_000, adaptiveOnly),
  model('claude-opus-4-7', 1_000_000, 128_000, adaptiveOnly),
  model('claude-opus-4-6', 1_000_000, 128_000, adaptive),
  model('claude-sonnet-4-6', 1_000_000, 64_000, adaptive),
  model('claude-opus-4-5', 200_000, 64_000, budgeted),
  model('claude-sonnet-4-5', 200_000, 64_000, budgeted),
  model('claude-haiku-4-5', 200_000, 64_000, budgeted),
];
