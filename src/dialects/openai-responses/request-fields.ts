import type {
  CustomTool,
  FunctionTool,
  ResponseCreateParams,
  ResponseTextConfig,
} from 'openai/resources/responses/responses';
import type { Reasoning } from 'openai/resources/shared';
import type { FieldRule, FieldTable, RequestFields } from '../common/request-fields.ts';

const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
const SMALLEST_TOOL = { type: 'function', name: 'look_up', parameters: { type: 'object', properties: {} } };
const TEXT_TOOL = { type: 'custom', name: 'look_up' };
const TOOL = { type: 'function', name: 'look_up', parameters: SCHEMA, strict: true };

/** Every top-level field of OpenAI's own SDK: a new one does not compile until somebody decides. */
const BODY = {
  background: {
    kind: 'refused',
    instead: 'the gateway answers while the caller waits; leave it out, or stream',
    example: true,
  },
  context_management: {
    kind: 'same-dialect',
    matters: false,
    why: 'a conversation that grows too long is refused instead of summarised',
    example: [{ type: 'compaction', compact_threshold: 100_000 }],
  },
  conversation: { kind: 'gateway', how: 'kept by the gateway itself', example: 'conv_1' },
  include: { kind: 'neutral', example: ['message.output_text.logprobs'] },
  input: { kind: 'neutral', example: 'Good morning' },
  instructions: { kind: 'neutral', example: 'Be kind.' },
  max_output_tokens: { kind: 'neutral', example: 321 },
  metadata: { kind: 'neutral', example: { team: 'support' } },
  model: { kind: 'gateway', how: 'names the route', example: 'route' },
  moderation: { kind: 'required', needs: 'moderation', example: { model: 'omni-moderation-latest' } },
  parallel_tool_calls: { kind: 'neutral', example: false, beside: { tools: [TOOL] } },
  previous_response_id: { kind: 'gateway', how: 'kept by the gateway itself', example: 'resp_1' },
  prompt: {
    kind: 'gateway',
    how: 'names a prompt of the gateway, which every target is told in its own layout; none is stored at a provider',
    example: { id: 'support-reply', version: '1f2e3d4c5b6a', variables: { city: 'Oslo' } },
  },
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
  reasoning: { kind: 'neutral', example: { effort: 'high' } },
  safety_identifier: { kind: 'neutral', example: 'user-7' },
  service_tier: { kind: 'neutral', example: 'flex' },
  store: { kind: 'gateway', how: 'kept by the gateway itself; no provider is asked to store', example: false },
  stream: { kind: 'gateway', how: 'asked of every target alike', example: true },
  stream_options: {
    kind: 'same-dialect',
    matters: false,
    why: 'padding of the provider’s own frames',
    example: { include_obfuscation: true },
    beside: { stream: true },
    idle: [{ include_obfuscation: false }],
  },
  temperature: { kind: 'neutral', example: 0.3 },
  text: { kind: 'neutral', example: { format: { type: 'json_schema', name: 'a', schema: SCHEMA, strict: true } } },
  tool_choice: { kind: 'neutral', example: 'required', beside: { tools: [TOOL] } },
  tools: { kind: 'neutral', example: [TOOL] },
  top_logprobs: { kind: 'neutral', example: 3, beside: { include: ['message.output_text.logprobs'] } },
  top_p: { kind: 'neutral', example: 0.8 },
  truncation: {
    kind: 'same-dialect',
    matters: false,
    why: 'a conversation that is too long is refused instead of cut',
    example: 'auto',
    idle: ['disabled'],
  },
  user: { kind: 'neutral', example: 'user-7' },
} satisfies Record<keyof ResponseCreateParams, FieldRule>;

const TEXT = {
  format: { kind: 'neutral', example: { type: 'json_object' }, idle: [{ type: 'text' }] },
  verbosity: { kind: 'neutral', example: 'low', idle: ['medium'] },
} satisfies Record<keyof ResponseTextConfig, FieldRule>;

const REASONING = {
  context: {
    kind: 'same-dialect',
    matters: false,
    why: 'which earlier thinking the model sees again',
    example: 'all_turns',
    idle: ['auto'],
  },
  effort: { kind: 'neutral', example: 'high' },
  generate_summary: { kind: 'neutral', example: 'auto' },
  mode: {
    kind: 'same-dialect',
    matters: true,
    why: 'a mode of thinking that one vendor has',
    example: 'pro',
    idle: ['standard'],
  },
  summary: { kind: 'neutral', example: 'auto' },
} satisfies Record<keyof Reasoning, FieldRule>;

const FUNCTION = {
  name: { kind: 'neutral', example: 'look_again' },
  parameters: { kind: 'neutral', example: SCHEMA },
  strict: { kind: 'neutral', example: true },
  type: { kind: 'harmless', why: 'says which kind of tool this is', example: 'function' },
  allowed_callers: {
    kind: 'same-dialect',
    matters: true,
    why: 'calls from programs of the model’s own',
    example: ['programmatic'],
    idle: [['direct']],
  },
  defer_loading: {
    kind: 'same-dialect',
    matters: false,
    why: 'the tool is there from the beginning',
    example: true,
  },
  description: { kind: 'neutral', example: 'Looks a word up.' },
  output_schema: {
    kind: 'same-dialect',
    matters: false,
    why: 'what the tool answers with, told for the model’s understanding alone',
    example: SCHEMA,
  },
} satisfies Record<keyof FunctionTool, FieldRule>;

const CUSTOM = {
  name: FUNCTION.name,
  type: { ...FUNCTION.type, example: 'custom' },
  allowed_callers: FUNCTION.allowed_callers,
  defer_loading: FUNCTION.defer_loading,
  description: FUNCTION.description,
  format: {
    kind: 'neutral',
    example: { type: 'grammar', syntax: 'regex', definition: '[a-z]+' },
    idle: [{ type: 'text' }],
  },
} satisfies Record<keyof CustomTool, FieldRule>;

export const BODY_FIELDS: FieldTable = BODY;
export const TEXT_FIELDS: FieldTable = TEXT;
export const REASONING_FIELDS: FieldTable = REASONING;
export const FUNCTION_FIELDS: FieldTable = FUNCTION;
export const TEXT_TOOL_FIELDS: FieldTable = CUSTOM;

/** What becomes of every field of a Responses request, towards every target. */
export const openaiResponsesFields: RequestFields = {
  dialect: 'openai-responses',
  smallest: { model: 'route', input: 'Hello', store: false },
  objects: {
    '': { fields: BODY_FIELDS },
    text: { fields: TEXT_FIELDS },
    reasoning: { fields: REASONING_FIELDS },
    'tools[]': { fields: FUNCTION_FIELDS, within: { tools: [SMALLEST_TOOL] } },
    'tools[]:custom': { fields: TEXT_TOOL_FIELDS, within: { tools: [TEXT_TOOL] } },
  },
};
