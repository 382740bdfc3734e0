import type { KnownOfModel, ModelFacts } from './model-facts.ts';

const verifiedAt = '2026-11-21';
const page = (file: string) => `https://github.com/anomalyco/models.dev/blob/dev/${file}.toml`;

const textOnly = { vision: 'no', audio: 'no', pdf: 'no' } as const;

/** What the weights themselves say, wherever they run; windows and outputs are the host's. */
const WEIGHTS = {
  'gpt-oss-120b': { sameModel: 'gpt-oss-120b', tier: 'small', abilities: { ...textOnly, reasoning: 'yes' } },
  'gpt-oss-20b': { sameModel: 'gpt-oss-20b', tier: 'small', abilities: { ...textOnly, reasoning: 'yes' } },
  'llama-3.3-70b': {
    sameModel: 'llama-3.3-70b-instruct',
    tier: 'small',
    abilities: { ...textOnly, reasoning: 'no' },
    // https://ollama.com/library/llama3.3
    languages: ['en', 'de', 'fr', 'it', 'pt', 'hi', 'es', 'th'],
  },
  'kimi-k2.6': {
    sameModel: 'kimi-k2.6',
    tier: 'standard',
    abilities: { vision: 'yes', audio: 'no', reasoning: 'yes' },
  },
  'glm-5.2': { sameModel: 'glm-5.2', tier: 'frontier', abilities: { ...textOnly, reasoning: 'yes' } },
  'qwen3.8-27b': {
    sameModel: 'qwen3.8-27b',
    tier: 'small',
    abilities: { vision: 'yes', audio: 'no', reasoning: 'yes' },
  },
  // Whether a host serves the first weights of this name or the later ones is not told everywhere: not one group.
  'deepseek-v4-pro': { tier: 'frontier', abilities: { ...textOnly, reasoning: 'yes' } },
} as const satisfies Record<string, KnownOfModel>;

interface Host extends Omit<KnownOfModel, 'abilities'> {
  readonly abilities?: KnownOfModel['abilities'];
  readonly source: string;
}

function hosted(name: string, weights: keyof typeof WEIGHTS, host: Host): ModelFacts {
  const model: KnownOfModel = WEIGHTS[weights];
  return { name, match: 'model', ...model, ...host, abilities: { ...model.abilities, ...host.abilities }, verifiedAt };
}

const tools = { tools: 'yes' } as const;
const toolsAndSchema = { tools: 'yes', 'json-schema': 'yes' } as const;
const ossOnGroq: Omit<Host, 'source'> = {
  contextWindow: 131_072,
  maxOutputTokens: 65_536,
  abilities: toolsAndSchema,
  quirks: { structuredOutput: 'native', thinking: 'effort' },
};

/** Models on Groq. */
export const GROQ_MODELS: readonly ModelFacts[] = [
  hosted('openai/gpt-oss-120b', 'gpt-oss-120b', {
    ...ossOnGroq,
    source: page('providers/groq/models/openai/gpt-oss-120b'),
  }),
  hosted('openai/gpt-oss-20b', 'gpt-oss-20b', {
    ...ossOnGroq,
    source: page('providers/groq/models/openai/gpt-oss-20b'),
  }),
  hosted('llama-3.3-70b-versatile', 'llama-3.3-70b', {
    contextWindow: 131_072,
    abilities: tools,
    source: 'https://app.unpkg.com/@lobehub/chat@1.143.3/files/src/config/modelProviders/groq.ts',
  }),
  hosted('qwen/qwen3.8-27b', 'qwen3.8-27b', {
    contextWindow: 131_042,
    maxOutputTokens: 16_384,
    abilities: tools,
    source: page('providers/groq/models/qwen/qwen3.8-27b'),
  }),
];

/** Models on Cerebras. What a window holds there depends on the account. */
export const CEREBRAS_MODELS: readonly ModelFacts[] = [
  hosted('gpt-oss-120b', 'gpt-oss-120b', {
    abilities: toolsAndSchema,
    source: 'https://www.getmaxim.ai/bifrost/model-library/compare/cerebras/gpt-oss-120b',
  }),
  hosted('qwen-3.8-27b', 'qwen3.8-27b', {
    contextWindow: 65_536,
    maxOutputTokens: 32_768,
    source: page('providers/cerebras/models/qwen-3.8-27b'),
  }),
];

/** Models on Together. */
export const TOGETHER_MODELS: readonly ModelFacts[] = [
  hosted('openai/gpt-oss-120b', 'gpt-oss-120b', { source: page('models/openai/gpt-oss-120b') }),
  hosted('meta-llama/Llama-3.3-70B-Instruct-Turbo', 'llama-3.3-70b', {
    contextWindow: 131_072,
    maxOutputTokens: 8_192,
    abilities: toolsAndSchema,
    source: page('providers/togetherai/models/meta-llama/Llama-3.3-70B-Instruct-Turbo'),
  }),
  hosted('moonshotai/Kimi-K2.6', 'kimi-k2.6', {
    contextWindow: 262_144,
    maxOutputTokens: 131_000,
    abilities: toolsAndSchema,
    source: page('providers/togetherai/models/moonshotai/Kimi-K2.6'),
  }),
  hosted('zai-org/GLM-5.2', 'glm-5.2', {
    contextWindow: 262_144,
    maxOutputTokens: 164_000,
    abilities: toolsAndSchema,
    source: page('providers/togetherai/models/zai-org/GLM-5.2'),
  }),
  hosted('deepseek-ai/DeepSeek-V4-Pro', 'deepseek-v4-pro', {
    contextWindow: 512_000,
    maxOutputTokens: 384_000,
    abilities: toolsAndSchema,
    source: page('providers/togetherai/models/deepseek-ai/DeepSeek-V4-Pro'),
  }),
];

const onFireworks = 'accounts/fireworks/models';

/** Models on Fireworks. */
export const FIREWORKS_MODELS: readonly ModelFacts[] = [
  hosted(`${onFireworks}/gpt-oss-120b`, 'gpt-oss-120b', {
    contextWindow: 131_072,
    maxOutputTokens: 32_768,
    abilities: tools,
    source: page(`providers/fireworks-ai/models/${onFireworks}/gpt-oss-120b`),
  }),
  hosted(`${onFireworks}/kimi-k2p6`, 'kimi-k2.6', {
    contextWindow: 262_000,
    abilities: tools,
    source: page(`providers/fireworks-ai/models/${onFireworks}/kimi-k2p6`),
  }),
  hosted(`${onFireworks}/glm-5p2`, 'glm-5.2', {
    contextWindow: 1_048_576,
    maxOutputTokens: 131_072,
    abilities: tools,
    source: page(`providers/fireworks-ai/models/${onFireworks}/glm-5p2`),
  }),
  hosted(`${onFireworks}/deepseek-v4-pro`, 'deepseek-v4-pro', {
    contextWindow: 1_000_000,
    maxOutputTokens: 131_072,
    abilities: tools,
    source: page(`providers/fireworks-ai/models/${onFireworks}/deepseek-v4-pro`),
  }),
];

const brokered = { tools: 'yes', 'json-schema': 'yes', audio: 'no', reasoning: 'yes' } as const;

/** Models behind OpenRouter, which sends a request to one of several hosts: what they keep is not one answer. */
export const OPENROUTER_MODELS: readonly ModelFacts[] = [
  hosted('openai/gpt-oss-120b', 'gpt-oss-120b', {
    contextWindow: 131_072,
    abilities: toolsAndSchema,
    source: page('providers/openrouter/models/openai/gpt-oss-120b'),
  }),
  {
    name: 'anthropic/claude-sonnet-5.5',
    match: 'model',
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    abilities: { ...brokered, vision: 'yes', pdf: 'yes' },
    quirks: { sampling: false },
    tokens: { textFactor: 1.3 },
    tier: 'standard',
    sameModel: 'claude-sonnet-5-5',
    source: page('providers/openrouter/models/anthropic/claude-sonnet-5.5'),
    verifiedAt,
  },
  {
    name: 'anthropic/claude-haiku-4.5',
    match: 'model',
    contextWindow: 200_000,
    maxOutputTokens: 64_000,
    abilities: { ...brokered, vision: 'yes', pdf: 'yes' },
    tier: 'small',
    sameModel: 'claude-haiku-4-5',
    source: page('providers/openrouter/models/anthropic/claude-haiku-4.5'),
    verifiedAt,
  },
  {
    name: 'google/gemini-3.8-flash',
    match: 'model',
    contextWindow: 1_048_576,
    maxOutputTokens: 65_536,
    abilities: { ...brokered, audio: 'yes', vision: 'yes', pdf: 'yes' },
    tier: 'standard',
    sameModel: 'gemini-3.8-flash',
    source: page('providers/openrouter/models/google/gemini-3.8-flash'),
    verifiedAt,
  },
];

/** Open weights on Bedrock; the models of vendors with an API of their own are known by that vendor's facts. */
export const BEDROCK_MODELS: readonly ModelFacts[] = [
  hosted('openai.gpt-oss-120b-1:0', 'gpt-oss-120b', {
    contextWindow: 128_000,
    abilities: tools,
    source: page('providers/amazon-bedrock/models/openai.gpt-oss-120b-1:0'),
  }),
  hosted('meta.llama3-3-70b-instruct-v1:0', 'llama-3.3-70b', {
    contextWindow: 128_000,
    abilities: tools,
    source: page('providers/amazon-bedrock/models/meta.llama3-3-70b-instruct-v1:0'),
  }),
];

/** Open weights on Vertex. */
export const VERTEX_MODELS: readonly ModelFacts[] = [
  hosted('openai/gpt-oss-120b-maas', 'gpt-oss-120b', {
    contextWindow: 131_072,
    abilities: tools,
    source: page('providers/google-vertex/models/openai/gpt-oss-120b-maas'),
  }),
];

const ossCard = 'https://huggingface.co/openai/gpt-oss-120b';
const llamaPage = 'https://ollama.com/library/llama3.3';

/** Open weights on one's own machine: how large a window is, and which template calls tools, is the operator's choice. */
export const OLLAMA_MODELS: readonly ModelFacts[] = [
  hosted('gpt-oss:120b', 'gpt-oss-120b', { source: ossCard }),
  hosted('gpt-oss:20b', 'gpt-oss-20b', { source: ossCard }),
  hosted('llama3.3:70b', 'llama-3.3-70b', { source: llamaPage }),
  hosted('llama3.3', 'llama-3.3-70b', { source: llamaPage }),
];

/** The same under the names of their repositories. */
export const VLLM_MODELS: readonly ModelFacts[] = [
  hosted('openai/gpt-oss-120b', 'gpt-oss-120b', { source: ossCard }),
  hosted('openai/gpt-oss-20b', 'gpt-oss-20b', { source: ossCard }),
  hosted('meta-llama/Llama-3.3-70B-Instruct', 'llama-3.3-70b', { source: llamaPage }),
];
