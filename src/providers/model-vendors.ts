import {
  DEEPSEEK_TAKES,
  GLM_TAKES,
  KIMI_TAKES,
  MISTRAL_TAKES,
  OPENAI_TAKES,
  PERPLEXITY_TAKES,
  QWEN_TAKES,
} from './chat-host-values.ts';
import type { KnownProviders } from './known-provider.ts';

const verifiedAt = '2026-11-20';

/** Vendors that serve their own models. */
export const MODEL_VENDORS: KnownProviders = {
  anthropic: {
    dialect: 'anthropic-messages',
    baseUrl: 'https://api.anthropic.com/v1',
    auth: 'x-api-key',
    keyVariables: ['ANTHROPIC_API_KEY'],
    // Signatures hold on all platforms; what a model cannot read is left out by the API without an error.
    quirks: { stateReaders: 'vendor', vendorFields: true },
    defaultModel: 'claude-sonnet-5-5',
    pricesAs: 'anthropic',
    source: 'https://github.com/anthropics/anthropic-sdk-typescript/blob/main/src/client.ts',
    verifiedAt,
  },
  openai: {
    dialect: 'openai-chat',
    baseUrl: 'https://api.openai.com/v1',
    auth: 'bearer',
    keyVariables: ['OPENAI_API_KEY'],
    // Its reasoning models answer 400 to max_tokens, and every one of its chat models takes the newer name.
    quirks: {
      ...OPENAI_TAKES,
      maxTokensField: 'max_completion_tokens',
      reasoningReplay: 'refused',
      tokenCounter: 'openai-responses',
      vendorFields: true,
    },
    defaultModel: 'gpt-5.6',
    pricesAs: 'openai',
    source: 'https://github.com/openai/openai-node/blob/master/src/client.ts',
    verifiedAt,
  },
  gemini: {
    dialect: 'gemini-generate',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    auth: 'x-goog-api-key',
    keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    aliases: ['google'],
    // Most of its models answer 400 to log probabilities: https://github.com/googleapis/python-genai/issues/1921
    quirks: { logprobs: false, vendorFields: true },
    defaultModel: 'gemini-3.8-flash',
    pricesAs: 'google',
    source: 'https://github.com/googleapis/js-genai/blob/main/src/_api_client.ts',
    verifiedAt,
  },
  mistral: {
    dialect: 'openai-chat',
    baseUrl: 'https://api.mistral.ai/v1',
    auth: 'bearer',
    keyVariables: ['MISTRAL_API_KEY'],
    // Unknown fields answer 422 `extra_forbidden`, stream_options and `reasoning_content` among them; usage comes in the
    // last chunk unasked.
    quirks: {
      ...MISTRAL_TAKES,
      streamUsageOption: false,
      toolCallIds: 'nine-alphanumerics',
      prefill: 'prefix-flag',
      logprobs: false,
      reasoningReplay: 'refused',
    },
    defaultModel: 'mistral-large-latest',
    pricesAs: 'mistral',
    source: 'https://github.com/avante-corp/avante.nvim/issues/2347',
    verifiedAt,
  },
  deepseek: {
    dialect: 'openai-chat',
    baseUrl: 'https://api.deepseek.com',
    auth: 'bearer',
    keyVariables: ['DEEPSEEK_API_KEY'],
    // JSON mode without a schema; thinking is on by default, a forced tool does not go with it, and its calls are taken
    // back with their `reasoning_content` alone.
    quirks: {
      ...DEEPSEEK_TAKES,
      structuredOutput: 'prompt',
      prefill: 'prefix-flag',
      reasoningReplay: 'with-tool-calls',
    },
    defaultModel: 'deepseek-v4-pro',
    pricesAs: 'deepseek',
    source: 'https://api-docs.deepseek.com/guides/thinking_mode',
    verifiedAt,
  },
  xai: {
    dialect: 'openai-chat',
    baseUrl: 'https://api.x.ai/v1',
    auth: 'bearer',
    keyVariables: ['XAI_API_KEY'],
    defaultModel: 'grok-4.7',
    pricesAs: 'x-ai',
    source: 'https://developer.4d.com/docs/ja/21-R3/aikit/compatible-openai',
    verifiedAt,
  },
  qwen: {
    dialect: 'openai-chat',
    baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    auth: 'bearer',
    keyVariables: ['DASHSCOPE_API_KEY'],
    // Not confirmed that its models take a schema; the prompt works with all of them.
    quirks: { ...QWEN_TAKES, structuredOutput: 'prompt', reasoningReplay: 'with-tool-calls' },
    defaultModel: 'qwen-plus',
    source: 'https://github.com/anomalyco/models.dev/blob/dev/providers/alibaba/provider.toml',
    verifiedAt,
  },
  moonshot: {
    dialect: 'openai-chat',
    baseUrl: 'https://api.moonshot.ai/v1',
    auth: 'bearer',
    keyVariables: ['MOONSHOT_API_KEY'],
    // As above; "thinking is enabled but reasoning_content is missing in assistant tool call message" answers 400.
    quirks: { ...KIMI_TAKES, structuredOutput: 'prompt', reasoningReplay: 'with-tool-calls' },
    defaultModel: 'kimi-k2.6',
    pricesAs: 'moonshotai',
    source: 'https://github.com/anomalyco/models.dev/blob/dev/providers/moonshotai/provider.toml',
    verifiedAt,
  },
  zai: {
    dialect: 'openai-chat',
    baseUrl: 'https://api.z.ai/api/paas/v4',
    auth: 'bearer',
    keyVariables: ['ZAI_API_KEY', 'ZHIPU_API_KEY'],
    // As above.
    quirks: { ...GLM_TAKES, structuredOutput: 'prompt' },
    defaultModel: 'glm-5.2',
    pricesAs: 'zai',
    source: 'https://github.com/anomalyco/models.dev/blob/dev/providers/zai/provider.toml',
    verifiedAt,
  },
  cohere: {
    dialect: 'openai-chat',
    baseUrl: 'https://api.cohere.ai/compatibility/v1',
    auth: 'bearer',
    keyVariables: ['COHERE_API_KEY', 'CO_API_KEY'],
    // Refuses stream_options: https://strandsagents.com/docs/user-guide/concepts/model-providers/cohere/
    quirks: { streamUsageOption: false },
    defaultModel: 'command-a-03-2025',
    pricesAs: 'cohere',
    source: 'https://docs.cohere.com/docs/compatibility-api',
    verifiedAt,
  },
  perplexity: {
    dialect: 'openai-chat',
    baseUrl: 'https://api.perplexity.ai',
    auth: 'bearer',
    keyVariables: ['PERPLEXITY_API_KEY'],
    quirks: PERPLEXITY_TAKES,
    defaultModel: 'sonar',
    pricesAs: 'perplexity',
    source: 'https://developer.4d.com/docs/ja/21-R3/aikit/compatible-openai',
    verifiedAt,
  },
};
