import type { Quirks } from '../model/quirks.ts';

type Takes = Partial<Quirks>;

/** Fields of other hosts, to which OpenAI answers 400 `unknown_parameter`. */
const FOREIGN_TO_OPENAI = [
  'thinking',
  'reasoning',
  'enable_thinking',
  'thinking_budget',
  'chat_template_kwargs',
  'top_k',
  'min_p',
  'repetition_penalty',
  'random_seed',
  'safe_prompt',
  'prompt_mode',
  'reasoning_format',
  'include_reasoning',
  'provider',
  'transforms',
  'models',
  'route',
  'plugins',
];

/** https://platform.openai.com/docs/api-reference/chat/create */
export const OPENAI_TAKES: Takes = { requiredWord: 'required', refusedFields: FOREIGN_TO_OPENAI };

/**
 * Every other field answers 422 `extra_forbidden`: https://docs.mistral.ai/api. No user after a tool: "Unexpected role
 * 'user' after role 'tool'", https://github.com/avante-corp/avante.nvim/pull/2695.
 */
export const MISTRAL_TAKES: Takes = {
  seedField: 'random_seed',
  requiredWord: 'any',
  messageNames: false,
  maxTemperature: 1.5,
  roleOrder: 'assistant-after-tool',
  onlyFields: [
    'model',
    'messages',
    'temperature',
    'top_p',
    'max_tokens',
    'stream',
    'stop',
    'random_seed',
    'response_format',
    'tools',
    'tool_choice',
    'parallel_tool_calls',
    'presence_penalty',
    'frequency_penalty',
    'n',
    'logprobs',
    'top_logprobs',
    'prediction',
    'metadata',
    'prompt_cache_key',
    'prompt_mode',
    'reasoning_effort',
    'safe_prompt',
    'guardrails',
  ],
};

/** Thinking is on by default, and "does not support this tool_choice": https://api-docs.deepseek.com/guides/thinking_mode */
export const DEEPSEEK_TAKES: Takes = { thinkingSwitch: 'thinking', toolChoice: 'auto' };

/** `required` is not known: https://help.aliyun.com/en/model-studio/deep-thinking, /qwen-function-calling */
export const QWEN_TAKES: Takes = {
  thinking: 'budget',
  thinkingSwitch: 'enable-thinking',
  toolChoice: 'named',
  topK: true,
};

/**
 * "tool_choice 'required' is incompatible with thinking enabled"; images as bytes alone:
 * https://platform.kimi.ai/docs/api/chat, https://java.agentscope.io/v2/en/integration/model/kimi
 */
export const KIMI_TAKES: Takes = {
  thinking: 'adaptive',
  thinkingSwitch: 'thinking',
  toolChoice: 'auto',
  strict: false,
  maxTemperature: 1,
  imageUrls: false,
};

/** https://docs.z.ai/guides/overview/concept-param, https://java.agentscope.io/v2/en/integration/model/glm */
export const GLM_TAKES: Takes = {
  thinking: 'adaptive',
  thinkingSwitch: 'thinking',
  toolChoice: 'auto',
  strict: false,
  messageNames: false,
  maxTemperature: 1,
  refusedFields: ['frequency_penalty', 'presence_penalty'],
};

/**
 * "After the (optional) system message(s), user or tool message(s) should alternate with assistant message(s)":
 * https://github.com/perplexityai/api-discussion/issues/265. Schemas, but no JSON mode:
 * https://docs.perplexity.ai/guides/structured-outputs
 */
export const PERPLEXITY_TAKES: Takes = { roleOrder: 'alternating', systemMessages: 'first', jsonMode: false };

/** Each answers 400: https://console.groq.com/docs/openai */
export const GROQ_TAKES: Takes = {
  refusedFields: ['logprobs', 'top_logprobs', 'logit_bias'],
  messageNames: false,
};

/** https://openrouter.ai/docs/use-cases/reasoning-tokens */
export const OPENROUTER_TAKES: Takes = { thinking: 'effort', thinkingSwitch: 'reasoning', topK: true };

/** Each answers 400: https://hexdocs.pm/req_llm/cerebras.html */
export const CEREBRAS_TAKES: Takes = { refusedFields: ['frequency_penalty', 'presence_penalty', 'logit_bias'] };

/** What all of its models take: https://docs.api.nvidia.com/nim/reference */
export const NVIDIA_TAKES: Takes = {
  strict: false,
  jsonMode: false,
  textParts: false,
  nullContent: false,
  onlyFields: [
    'model',
    'messages',
    'temperature',
    'top_p',
    'max_tokens',
    'stream',
    'stop',
    'seed',
    'frequency_penalty',
    'presence_penalty',
    'tools',
    'tool_choice',
  ],
};
