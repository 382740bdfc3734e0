import { HOST_FACTS } from './host-facts.ts';
import type { HostFacts, ModelFacts } from './model-facts.ts';
import { ANTHROPIC_MODELS } from './models-anthropic.ts';
import { GEMINI_MODELS } from './models-google.ts';
import {
  BEDROCK_MODELS,
  CEREBRAS_MODELS,
  FIREWORKS_MODELS,
  GROQ_MODELS,
  OLLAMA_MODELS,
  OPENROUTER_MODELS,
  TOGETHER_MODELS,
  VERTEX_MODELS,
  VLLM_MODELS,
} from './models-hosted.ts';
import { OPENAI_MODELS } from './models-openai.ts';
import {
  COHERE_MODELS,
  DEEPSEEK_MODELS,
  MISTRAL_MODELS,
  MOONSHOT_MODELS,
  PERPLEXITY_MODELS,
  QWEN_MODELS,
  XAI_MODELS,
  ZAI_MODELS,
} from './models-other-vendors.ts';

/**
 * Model facts by known provider or cloud. A model of the same name at another host may have another window and other
 * abilities, so facts hold only where they were read.
 */
export const CATALOGUE: Readonly<Record<string, readonly ModelFacts[]>> = {
  anthropic: ANTHROPIC_MODELS,
  openai: OPENAI_MODELS,
  gemini: GEMINI_MODELS,
  mistral: MISTRAL_MODELS,
  deepseek: DEEPSEEK_MODELS,
  xai: XAI_MODELS,
  qwen: QWEN_MODELS,
  moonshot: MOONSHOT_MODELS,
  zai: ZAI_MODELS,
  cohere: COHERE_MODELS,
  perplexity: PERPLEXITY_MODELS,
  groq: GROQ_MODELS,
  cerebras: CEREBRAS_MODELS,
  together: TOGETHER_MODELS,
  fireworks: FIREWORKS_MODELS,
  openrouter: OPENROUTER_MODELS,
  bedrock: BEDROCK_MODELS,
  vertex: VERTEX_MODELS,
  ollama: OLLAMA_MODELS,
  vllm: VLLM_MODELS,
};

/** `-20250929`, `-2025-08-07`, `@20250929`, `-2512`, `-latest`, `-preview`, `-preview-09-2025`, `-001`, `@default` after a model's name. */
const SNAPSHOT = /^[-@](\d{8}|\d{4}-\d{2}-\d{2}|\d{4}|\d{3}|latest|default|preview(-\d{2}-\d{2,4})?)$/;

/**
 * Facts of a model: those of its family first, then those of the longest name that it is, or is a dated snapshot of.
 * Later ones override earlier ones. Empty where nothing is known.
 */
export function modelFacts(knownProvider: string | undefined, model: string): readonly ModelFacts[] {
  const entries = knownProvider !== undefined && Object.hasOwn(CATALOGUE, knownProvider) && CATALOGUE[knownProvider];
  if (!entries) return [];
  const family = longest(entries, (facts) => facts.match === 'family' && model.startsWith(facts.name));
  const exact = longest(entries, (facts) => facts.match === 'model' && isModelOrSnapshot(model, facts.name));
  return [family, exact].filter((facts) => facts !== undefined);
}

/** What a host does with whatever model; undefined where nothing is known. */
export function hostFacts(knownProvider: string | undefined): HostFacts | undefined {
  return knownProvider !== undefined && Object.hasOwn(HOST_FACTS, knownProvider)
    ? HOST_FACTS[knownProvider]
    : undefined;
}

function isModelOrSnapshot(model: string, name: string): boolean {
  return model === name || (model.startsWith(name) && SNAPSHOT.test(model.slice(name.length)));
}

function longest(entries: readonly ModelFacts[], fits: (facts: ModelFacts) => boolean): ModelFacts | undefined {
  let best: ModelFacts | undefined;
  for (const facts of entries) {
    if (fits(facts) && facts.name.length > (best?.name.length ?? -1)) best = facts;
  }
  return best;
}
