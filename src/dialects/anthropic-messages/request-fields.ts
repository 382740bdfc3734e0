import type {
  BetaMetadata,
  BetaOutputConfig,
  MessageCreateParamsNonStreaming as BetaParams,
  BetaThinkingConfigAdaptive,
  BetaThinkingConfigEnabled,
  BetaTool,
  BetaToolChoiceTool,
} from '@anthropic-ai/sdk/resources/beta/messages';
import type { MessageCreateParamsBase as Params } from '@anthropic-ai/sdk/resources/messages';
import type { FieldRule, FieldTable, RequestFields } from '../common/request-fields.ts';

const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
const TOOL = { name: 'look_up', input_schema: SCHEMA };
const BETA_HEADER =
  'a header, read and sent as one to targets of this dialect; elsewhere the fields it opens are named';

/** Every field of the vendor's SDK, stable and beta: a new one does not compile until somebody decides. */
const BODY = {
  max_tokens: { kind: 'neutral', example: 321 },
  messages: { kind: 'neutral', example: [{ role: 'user', content: 'Good morning' }] },
  model: { kind: 'gateway', how: 'names the route', example: 'route' },
  billing_policy: {
    kind: 'same-dialect',
    matters: false,
    why: 'who is billed, not what is answered',
    example: { type: 'billing_policy', bill_to: 'user_profile' },
  },
  cache_control: {
    kind: 'same-dialect',
    matters: false,
    why: 'what is cached costs money and time, not the answer',
    example: { type: 'ephemeral' },
  },
  compaction: { kind: 'required', needs: 'compaction', example: { type: 'summarize' } },
  container: { kind: 'held', state: 'container', example: 'container_1' },
  context_management: {
    kind: 'same-dialect',
    matters: false,
    why: 'old results stay in the conversation',
    example: { edits: [{ type: 'clear_tool_uses_20250919' }] },
  },
  diagnostics: {
    kind: 'same-dialect',
    matters: false,
    why: 'tells why the vendor’s cache was missed',
    example: { previous_message_id: 'msg_1' },
  },
  fallback_credit_token: { kind: 'held', state: 'fallback-credit', example: 'credit_1' },
  fallbacks: {
    kind: 'same-dialect',
    matters: false,
    why: 'the route has targets of its own',
    example: [{ model: 'claude-sonnet-5-5' }],
  },
  inference_geo: { kind: 'required', needs: 'inference-region', example: 'us', idle: ['global'] },
  mcp_servers: {
    kind: 'required',
    needs: 'mcp',
    example: [{ type: 'url', url: 'https://mcp.example.com', name: 'docs' }],
  },
  metadata: { kind: 'neutral', example: { user_id: 'user-7' } },
  output_config: { kind: 'neutral', example: { format: { type: 'json_schema', schema: SCHEMA } } },
  output_format: { kind: 'neutral', example: { type: 'json_schema', schema: SCHEMA } },
  service_tier: { kind: 'neutral', example: 'standard_only' },
  speed: {
    kind: 'same-dialect',
    matters: false,
    why: 'the same answer, faster and dearer',
    example: 'fast',
    idle: ['standard'],
  },
  stop_sequences: { kind: 'neutral', example: ['END'] },
  stream: { kind: 'gateway', how: 'asked of every target alike', example: true },
  system: { kind: 'neutral', example: 'Be kind.' },
  thinking: { kind: 'neutral', example: { type: 'enabled', budget_tokens: 2048 }, beside: { max_tokens: 8192 } },
  thread: {
    kind: 'refused',
    instead: 'thread is not supported here; send the full conversation without it',
    example: { type: 'create' },
  },
  tool_choice: { kind: 'neutral', example: { type: 'any' }, beside: { tools: [TOOL] } },
  tools: { kind: 'neutral', example: [TOOL] },
  betas: { kind: 'harmless', why: BETA_HEADER, example: ['context-1m-2025-08-07'] },
  user_profile_id: { kind: 'harmless', why: 'a header of the caller’s own account', example: 'profile_1' },
  workspace_id: { kind: 'harmless', why: 'a header of the caller’s own account', example: 'wrkspc_1' },
  // Accepted by version 2023-06-01 alone, and by it still.
  temperature: { kind: 'neutral', example: 0.3 },
  top_p: { kind: 'neutral', example: 0.8 },
  top_k: { kind: 'neutral', example: 40 },
  // The betas, where clouds and the gateway's own edge put them.
  anthropic_beta: { kind: 'harmless', why: BETA_HEADER, example: ['context-1m-2025-08-07'] },
} satisfies Record<keyof Params | keyof BetaParams | 'temperature' | 'top_p' | 'top_k' | 'anthropic_beta', FieldRule>;

const OUTPUT_CONFIG = {
  effort: { kind: 'neutral', example: 'high' },
  format: { kind: 'neutral', example: { type: 'json_schema', schema: SCHEMA } },
  task_budget: {
    kind: 'same-dialect',
    matters: false,
    why: 'a budget over several turns that the model paces itself by',
    example: { type: 'tokens', total: 50_000 },
  },
} satisfies Record<keyof BetaOutputConfig, FieldRule>;

const THINKING = {
  type: { kind: 'neutral', example: 'adaptive' },
  budget_tokens: {
    kind: 'neutral',
    example: 2048,
    beside: { thinking: { type: 'enabled' } },
  },
  display: { kind: 'neutral', example: 'summarized', opposite: 'omitted', beside: { thinking: { type: 'adaptive' } } },
  block_binding: {
    kind: 'same-dialect',
    matters: false,
    why: 'how the vendor checks its own thinking blocks',
    example: { on_mismatch: 'drop' },
    beside: { thinking: { type: 'adaptive' } },
  },
} satisfies Record<keyof BetaThinkingConfigAdaptive | keyof BetaThinkingConfigEnabled, FieldRule>;

const METADATA = { user_id: { kind: 'neutral', example: 'user-7' } } satisfies Record<keyof BetaMetadata, FieldRule>;

const TOOL_CHOICE = {
  type: { kind: 'neutral', example: 'any' },
  name: { kind: 'neutral', example: 'look_up', beside: { tool_choice: { type: 'tool' } } },
  disable_parallel_tool_use: {
    kind: 'neutral',
    example: true,
    beside: { tool_choice: { type: 'auto' } },
  },
} satisfies Record<keyof BetaToolChoiceTool, FieldRule>;

const FUNCTION = {
  input_schema: { kind: 'neutral', example: SCHEMA },
  name: { kind: 'neutral', example: 'look_again' },
  allowed_callers: {
    kind: 'same-dialect',
    matters: true,
    why: 'calls from code that the provider runs',
    example: ['code_execution_20260120'],
    idle: [['direct']],
  },
  cache_control: {
    kind: 'same-dialect',
    matters: false,
    why: 'what is cached costs money and time, not the answer',
    example: { type: 'ephemeral' },
  },
  defer_loading: { kind: 'same-dialect', matters: false, why: 'the tool is there from the beginning', example: true },
  description: { kind: 'neutral', example: 'Looks a word up.' },
  eager_input_streaming: {
    kind: 'same-dialect',
    matters: false,
    why: 'how arguments are cut into pieces',
    example: true,
  },
  input_examples: {
    kind: 'same-dialect',
    matters: true,
    why: 'calls shown to the model as examples',
    example: [{ a: 'b' }],
  },
  strict: { kind: 'neutral', example: true },
  type: { kind: 'harmless', why: 'says which kind of tool this is', example: 'custom' },
} satisfies Record<keyof BetaTool, FieldRule>;

export const BODY_FIELDS: FieldTable = BODY;
export const OUTPUT_CONFIG_FIELDS: FieldTable = OUTPUT_CONFIG;
export const THINKING_FIELDS: FieldTable = THINKING;
export const METADATA_FIELDS: FieldTable = METADATA;
export const TOOL_FIELDS: FieldTable = FUNCTION;

/** What becomes of every field of a Messages request, towards every target. */
export const anthropicMessagesFields: RequestFields = {
  dialect: 'anthropic-messages',
  smallest: { model: 'route', max_tokens: 1024, messages: [{ role: 'user', content: 'Hello' }] },
  objects: {
    '': { fields: BODY_FIELDS },
    output_config: { fields: OUTPUT_CONFIG_FIELDS },
    thinking: { fields: THINKING_FIELDS, within: { max_tokens: 8192 } },
    metadata: { fields: METADATA_FIELDS },
    tool_choice: { fields: TOOL_CHOICE, within: { tools: [TOOL] } },
    'tools[]': { fields: TOOL_FIELDS, within: { tools: [{ name: 'look_up', input_schema: { type: 'object' } }] } },
  },
};
