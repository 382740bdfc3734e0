import type {
  ChatCompletionCreateParamsBase,
  ChatCompletionCustomTool,
  ChatCompletionFunctionTool,
  ChatCompletionStreamOptions,
} from 'openai/resources/chat/completions';
import type { FunctionDefinition } from 'openai/resources/shared';
import type { FieldRule, FieldTable, RequestFields } from '../common/request-fields.ts';

const TOOL = { type: 'function', function: { name: 'look_up', parameters: { type: 'object', properties: {} } } };
const TEXT_TOOL = { type: 'custom', custom: { name: 'look_up' } };
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };

/** Every top-level field of OpenAI's own SDK: a new one does not compile until somebody decides. */
const OPENAI_FIELDS = {
  messages: { kind: 'neutral', example: [{ role: 'user', content: 'Good morning' }] },
  model: { kind: 'gateway', how: 'names the route', example: 'route' },
  audio: {
    kind: 'required',
    needs: 'audio-output',
    example: { voice: 'alloy', format: 'wav' },
    beside: { modalities: ['text', 'audio'] },
  },
  frequency_penalty: { kind: 'neutral', example: 0.5, idle: [0] },
  function_call: { kind: 'neutral', example: 'none', beside: { functions: [TOOL.function] } },
  functions: { kind: 'neutral', example: [TOOL.function] },
  logit_bias: {
    kind: 'same-dialect',
    matters: true,
    why: 'token numbers are the model’s own',
    example: { 50256: -100 },
  },
  logprobs: { kind: 'neutral', example: true },
  max_completion_tokens: { kind: 'neutral', example: 321 },
  max_tokens: { kind: 'neutral', example: 321 },
  metadata: { kind: 'neutral', example: { team: 'support' } },
  modalities: { kind: 'required', needs: 'audio-output', example: ['text', 'audio'], idle: [['text']] },
  moderation: { kind: 'required', needs: 'moderation', example: { model: 'omni-moderation-latest' } },
  n: { kind: 'neutral', example: 2, idle: [1] },
  parallel_tool_calls: { kind: 'neutral', example: false, beside: { tools: [TOOL] } },
  prediction: {
    kind: 'same-dialect',
    matters: false,
    why: 'makes a known answer faster, not another one',
    example: { type: 'content', content: 'Good morning' },
  },
  presence_penalty: { kind: 'neutral', example: 0.5, idle: [0] },
  prompt_cache_key: { kind: 'neutral', example: 'support-7' },
  prompt_cache_options: {
    kind: 'same-dialect',
    matters: false,
    why: 'what is cached where costs money and time, not the answer',
    example: { mode: 'explicit' },
  },
  prompt_cache_retention: {
    kind: 'same-dialect',
    matters: false,
    why: 'how long a prompt is cached costs money and time, not the answer',
    example: '24h',
  },
  reasoning_effort: { kind: 'neutral', example: 'high' },
  response_format: {
    kind: 'neutral',
    example: { type: 'json_schema', json_schema: { name: 'a', schema: SCHEMA, strict: true } },
    idle: [{ type: 'text' }],
  },
  safety_identifier: { kind: 'neutral', example: 'user-7' },
  seed: { kind: 'neutral', example: 7 },
  service_tier: { kind: 'neutral', example: 'flex' },
  stop: { kind: 'neutral', example: ['END'] },
  store: { kind: 'same-dialect', matters: false, why: 'the answer is the same, stored or not', example: true },
  stream: { kind: 'gateway', how: 'asked of every target alike', example: true },
  stream_options: {
    kind: 'gateway',
    how: 'usage is asked of every target, and given to callers who ask for it',
    example: { include_usage: true },
    beside: { stream: true },
  },
  temperature: { kind: 'neutral', example: 0.3 },
  tool_choice: { kind: 'neutral', example: 'required', beside: { tools: [TOOL] } },
  tools: { kind: 'neutral', example: [TOOL] },
  top_logprobs: { kind: 'neutral', example: 3, beside: { logprobs: true } },
  top_p: { kind: 'neutral', example: 0.8 },
  user: { kind: 'neutral', example: 'user-7' },
  verbosity: { kind: 'neutral', example: 'low', idle: ['medium'] },
  web_search_options: {
    kind: 'required',
    needs: 'web-search',
    example: { search_context_size: 'low' },
    emptyAsks: true,
  },
} satisfies Record<keyof ChatCompletionCreateParamsBase, FieldRule>;

/** Fields of others who speak this dialect. What is not here goes to targets of this dialect, and matters elsewhere. */
const FIELDS_OF_OTHERS: FieldTable = {
  top_k: { kind: 'neutral', example: 40 },
  random_seed: { kind: 'neutral', example: 7 },
  reasoning: { kind: 'neutral', example: { effort: 'high' } },
  thinking: { kind: 'neutral', example: { type: 'enabled' } },
  enable_thinking: { kind: 'neutral', example: true },
  thinking_budget: { kind: 'neutral', example: 4096 },
  min_p: { kind: 'same-dialect', matters: false, why: 'sampling that only some open models have', example: 0.1 },
  repetition_penalty: {
    kind: 'same-dialect',
    matters: false,
    why: 'sampling that only some open models have',
    example: 1.1,
  },
  provider: {
    kind: 'same-dialect',
    matters: false,
    why: 'chooses among the hosts behind OpenRouter',
    example: { sort: 'price' },
  },
  transforms: {
    kind: 'same-dialect',
    matters: false,
    why: 'cuts conversations that are too long at OpenRouter',
    example: ['middle-out'],
  },
};

const STREAM_OPTIONS = {
  include_usage: { kind: 'gateway', how: 'usage is given to callers who ask for it', example: true },
  include_obfuscation: {
    kind: 'same-dialect',
    matters: false,
    why: 'padding of the provider’s own frames',
    example: true,
    idle: [false],
  },
} satisfies Record<keyof ChatCompletionStreamOptions, FieldRule>;

const FUNCTION_TOOL = {
  type: { kind: 'harmless', why: 'says which kind of tool this is', example: 'function' },
  function: { kind: 'neutral', example: { name: 'look_again', parameters: { type: 'object', properties: {} } } },
} satisfies Record<keyof ChatCompletionFunctionTool, FieldRule>;

const CUSTOM_TOOL = {
  type: { kind: 'harmless', why: 'says which kind of tool this is', example: 'custom' },
  custom: { kind: 'neutral', example: { name: 'look_again' } },
} satisfies Record<keyof ChatCompletionCustomTool, FieldRule>;

const CUSTOM = {
  name: { kind: 'neutral', example: 'look_again' },
  description: { kind: 'neutral', example: 'Looks a word up.' },
  format: {
    kind: 'neutral',
    example: { type: 'grammar', grammar: { syntax: 'regex', definition: '[a-z]+' } },
    idle: [{ type: 'text' }],
  },
} satisfies Record<keyof ChatCompletionCustomTool.Custom, FieldRule>;

const FUNCTION = {
  name: { kind: 'neutral', example: 'look_again' },
  description: { kind: 'neutral', example: 'Looks a word up.' },
  parameters: { kind: 'neutral', example: SCHEMA },
  strict: { kind: 'neutral', example: true },
} satisfies Record<keyof FunctionDefinition, FieldRule>;

export const BODY_FIELDS: FieldTable = { ...OPENAI_FIELDS, ...FIELDS_OF_OTHERS };
export const STREAM_OPTION_FIELDS: FieldTable = STREAM_OPTIONS;
export const TOOL_FIELDS: FieldTable = FUNCTION_TOOL;
export const FUNCTION_FIELDS: FieldTable = FUNCTION;
export const TEXT_TOOL_FIELDS: FieldTable = CUSTOM_TOOL;
export const TEXT_TOOL_INNER_FIELDS: FieldTable = CUSTOM;

/** What becomes of every field of a chat completions request, towards every target. */
export const openaiChatFields: RequestFields = {
  dialect: 'openai-chat',
  smallest: { model: 'route', messages: [{ role: 'user', content: 'Hello' }] },
  objects: {
    '': { fields: BODY_FIELDS },
    stream_options: { fields: STREAM_OPTION_FIELDS, within: { stream: true } },
    'tools[]': { fields: TOOL_FIELDS, within: { tools: [TOOL] } },
    'tools[].function': { fields: FUNCTION_FIELDS, within: { tools: [TOOL] } },
    'tools[]:custom': { fields: TEXT_TOOL_FIELDS, within: { tools: [TEXT_TOOL] } },
    'tools[].custom': { fields: TEXT_TOOL_INNER_FIELDS, within: { tools: [TEXT_TOOL] } },
  },
};
