import type { ModelFacts } from './model-facts.ts';

const verifiedAt = '2026-11-21';
const page = (file: string) => `https://github.com/anomalyco/models.dev/blob/dev/${file}.toml`;

const textOnly = { vision: 'no', audio: 'no', pdf: 'no' } as const;
const seeing = { vision: 'yes', audio: 'no' } as const;
const capable = { tools: 'yes', 'json-schema': 'yes' } as const;

/** Models on Mistral's own API. */
export const MISTRAL_MODELS: readonly ModelFacts[] = [
  {
    name: 'mistral-large',
    match: 'model',
    contextWindow: 262_144,
    abilities: { ...capable, ...seeing, reasoning: 'no' },
    tier: 'frontier',
    source: page('providers/mistral/models/mistral-large-latest'),
    verifiedAt,
  },
  {
    name: 'mistral-large-2411',
    match: 'model',
    contextWindow: 131_072,
    maxOutputTokens: 16_384,
    abilities: { tools: 'yes', vision: 'no', audio: 'no', reasoning: 'no' },
    tier: 'frontier',
    sameModel: 'mistral-large-2411',
    source: page('providers/mistral/models/mistral-large-2411'),
    verifiedAt,
  },
  {
    name: 'mistral-medium',
    match: 'model',
    contextWindow: 262_144,
    abilities: { ...capable, ...seeing, reasoning: 'yes' },
    tier: 'standard',
    source: page('models/mistral/mistral-medium-2604'),
    verifiedAt,
  },
  {
    name: 'mistral-small',
    match: 'model',
    contextWindow: 128_000,
    maxOutputTokens: 16_384,
    abilities: { ...capable, ...seeing, reasoning: 'no' },
    tier: 'small',
    source: page('providers/mistral/models/mistral-small-latest'),
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
    contextWindow: 1_048_576,
    maxOutputTokens: 384_000,
    abilities: { tools: 'yes', ...textOnly, reasoning: 'yes' },
    tier: 'frontier',
    sameModel: 'deepseek-v4-pro-0813',
    source: page('models/deepseek/deepseek-v4-pro-0813'),
    verifiedAt,
  },
  {
    name: 'deepseek-v4-flash',
    match: 'model',
    contextWindow: 1_000_000,
    maxOutputTokens: 384_000,
    abilities: { tools: 'yes', ...textOnly, reasoning: 'yes' },
    tier: 'small',
    sameModel: 'deepseek-v4-flash-0731',
    source: page('models/deepseek/deepseek-v4-flash-0731'),
    verifiedAt,
  },
];

/** xAI's models. */
export const XAI_MODELS: readonly ModelFacts[] = [
  {
    name: 'grok-4.7',
    match: 'model',
    contextWindow: 500_000,
    abilities: { ...capable, ...seeing, reasoning: 'yes' },
    tier: 'frontier',
    sameModel: 'grok-4.7',
    source: page('models/xai/grok-4.7'),
    verifiedAt,
  },
  {
    name: 'grok-4-1-fast',
    match: 'model',
    contextWindow: 2_000_000,
    maxOutputTokens: 30_000,
    abilities: { ...capable, ...seeing, reasoning: 'yes' },
    tier: 'small',
    sameModel: 'grok-4-1-fast',
    source: page('providers/xai/models/grok-4-1-fast'),
    verifiedAt,
  },
];

/** Models on Alibaba's API. Its pages and the catalogue below contradict each other on tools, so that is not known. */
export const QWEN_MODELS: readonly ModelFacts[] = [
  {
    name: 'qwen3-max',
    match: 'model',
    contextWindow: 262_144,
    maxOutputTokens: 65_536,
    abilities: { 'json-schema': 'yes', ...textOnly, reasoning: 'no' },
    tier: 'frontier',
    sameModel: 'qwen3-max',
    source: page('models/alibaba/qwen3-max'),
    verifiedAt,
  },
  {
    name: 'qwen-plus',
    match: 'model',
    contextWindow: 1_000_000,
    maxOutputTokens: 32_768,
    abilities: { 'json-schema': 'yes', ...textOnly, reasoning: 'yes' },
    tier: 'standard',
    source: page('models/alibaba/qwen-plus'),
    verifiedAt,
  },
  {
    name: 'qwen-flash',
    match: 'model',
    contextWindow: 1_000_000,
    maxOutputTokens: 32_768,
    abilities: { 'json-schema': 'yes', ...textOnly, reasoning: 'yes' },
    tier: 'small',
    source: page('models/alibaba/qwen-flash'),
    verifiedAt,
  },
];

/** Moonshot's models on its own API. */
export const MOONSHOT_MODELS: readonly ModelFacts[] = [
  {
    name: 'kimi-k2.6',
    match: 'model',
    contextWindow: 262_144,
    maxOutputTokens: 262_144,
    abilities: { ...capable, ...seeing, reasoning: 'yes' },
    tier: 'standard',
    sameModel: 'kimi-k2.6',
    source: page('providers/moonshotai/models/kimi-k2.6'),
    verifiedAt,
  },
  {
    name: 'kimi-k3',
    match: 'model',
    maxOutputTokens: 1_048_576,
    abilities: { reasoning: 'yes' },
    tier: 'frontier',
    sameModel: 'kimi-k3',
    source: page('providers/moonshotai/models/kimi-k3'),
    verifiedAt,
  },
];

/** Z.ai's models on its own API. */
export const ZAI_MODELS: readonly ModelFacts[] = [
  {
    name: 'glm-5.2',
    match: 'model',
    contextWindow: 1_000_000,
    maxOutputTokens: 131_072,
    abilities: { ...capable, ...textOnly, reasoning: 'yes' },
    tier: 'frontier',
    sameModel: 'glm-5.2',
    source: page('models/zhipuai/glm-5.2'),
    verifiedAt,
  },
  {
    name: 'glm-4.7',
    match: 'model',
    contextWindow: 204_800,
    maxOutputTokens: 131_072,
    abilities: { tools: 'yes', ...textOnly, reasoning: 'yes' },
    tier: 'standard',
    sameModel: 'glm-4.7',
    source: page('providers/zai/models/glm-4.7'),
    verifiedAt,
  },
];

/** Cohere's models behind its compatibility API. */
export const COHERE_MODELS: readonly ModelFacts[] = [
  {
    name: 'command-a-03-2025',
    match: 'model',
    contextWindow: 256_000,
    maxOutputTokens: 8_000,
    abilities: { ...capable, ...textOnly },
    tier: 'frontier',
    sameModel: 'command-a-03-2025',
    source: page('providers/cohere/models/command-a-03-2025'),
    verifiedAt,
  },
];

/** Perplexity's models: they search the web and call no tools of the caller. */
export const PERPLEXITY_MODELS: readonly ModelFacts[] = [
  {
    name: 'sonar-pro',
    match: 'model',
    contextWindow: 200_000,
    maxOutputTokens: 8_192,
    abilities: { tools: 'no', vision: 'yes', reasoning: 'no', 'web-search': 'yes' },
    tier: 'standard',
    sameModel: 'sonar-pro',
    source: page('providers/perplexity/models/sonar-pro'),
    verifiedAt,
  },
  {
    name: 'sonar',
    match: 'model',
    contextWindow: 128_000,
    maxOutputTokens: 4_096,
    abilities: { tools: 'no', ...textOnly, reasoning: 'no', 'web-search': 'yes' },
    tier: 'small',
    sameModel: 'sonar',
    source: page('providers/perplexity/models/sonar'),
    verifiedAt,
  },
];
