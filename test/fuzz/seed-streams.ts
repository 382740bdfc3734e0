import type { DialectName } from '../../src/model/dialect-name.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { SseFrame } from '../../src/model/wire-frame.ts';

/** Streams that the search begins with: one of everything a dialect can say, written by hand. */
export type StreamedDialect = Extract<
  DialectName,
  'openai-chat' | 'openai-responses' | 'anthropic-messages' | 'gemini-generate'
>;

const WORDS = ['Grüße', ' aus ', '東京', ' 👩🏽‍🚀', '\u2028', 'e\u0301', ' \\" { } '];

function data(value: JsonObject | string): SseFrame {
  return { kind: 'sse', data: typeof value === 'string' ? value : JSON.stringify(value) };
}

function named(value: JsonObject & { type: string }): SseFrame {
  return { kind: 'sse', event: value.type, data: JSON.stringify(value) };
}

function chunk(delta: JsonObject, more: JsonObject = {}, index = 0): SseFrame {
  const choice = { index, delta, finish_reason: null, ...more };
  return data({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [choice] });
}

const chatUsage = data({
  id: 'c1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [],
  usage: {
    prompt_tokens: 5,
    completion_tokens: 7,
    total_tokens: 12,
    prompt_tokens_details: { cached_tokens: 2 },
    completion_tokens_details: { reasoning_tokens: 3 },
  },
});

function chatCall(index: number, id: string, name: string, pieces: readonly string[]): SseFrame[] {
  const open = { index, id, type: 'function', function: { name, arguments: '' } };
  return [
    chunk({ tool_calls: [open] }),
    ...pieces.map((json) => chunk({ tool_calls: [{ index, function: { arguments: json } }] })),
  ];
}

const CHAT: readonly (readonly SseFrame[])[] = [
  [
    chunk({ role: 'assistant', content: '' }),
    ...WORDS.map((content) => chunk({ content })),
    chunk({}, { finish_reason: 'stop' }),
    chatUsage,
    data('[DONE]'),
  ],
  [
    chunk({ reasoning_content: 'Let me see. ' }),
    chunk({ reasoning: 'More.', reasoning_details: [{ type: 'reasoning.text', text: 'More.', signature: 's1' }] }),
    ...chatCall(0, 'call_a', 'weather', ['{"city":', '"Zürich"', '}']),
    ...chatCall(1, 'call_b', 'clock', ['{}']),
    chunk({}, { finish_reason: 'tool_calls' }),
    chatUsage,
    data('[DONE]'),
  ],
  [
    chunk({ refusal: 'I cannot ' }),
    chunk({ refusal: 'do that.' }),
    chunk({ content: null }, { finish_reason: 'stop', logprobs: { content: [{ token: 'a', logprob: -0.1 }] } }),
    data('[DONE]'),
  ],
  [
    chunk({ content: 'one' }),
    chunk({ content: 'two' }, {}, 1),
    chunk({}, { finish_reason: 'stop' }),
    chunk({ content: '!' }, { finish_reason: 'length' }, 1),
    data('[DONE]'),
  ],
  [
    chunk({ content: 'half of' }),
    data({ error: { message: 'Overloaded', type: 'server_error', code: 503 } }),
    data('[DONE]'),
  ],
];

function answered(status: string, output: JsonObject[], more: JsonObject = {}): JsonObject {
  return { id: 'resp_1', object: 'response', created_at: 1, model: 'm', status, output, error: null, ...more };
}

const responsesUsage = {
  input_tokens: 5,
  output_tokens: 7,
  total_tokens: 12,
  input_tokens_details: { cached_tokens: 2 },
  output_tokens_details: { reasoning_tokens: 3 },
};

const RESPONSES: readonly (readonly SseFrame[])[] = [
  [
    named({ type: 'response.created', response: answered('in_progress', []) }),
    named({
      type: 'response.output_item.added',
      output_index: 0,
      item: { id: 'msg_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
    }),
    ...WORDS.map((delta) =>
      named({ type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta }),
    ),
    named({
      type: 'response.output_item.done',
      output_index: 0,
      item: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: WORDS.join(''), annotations: [] }],
      },
    }),
    named({ type: 'response.completed', response: answered('completed', [], { usage: responsesUsage }) }),
  ],
  [
    named({ type: 'response.created', response: answered('in_progress', []) }),
    named({
      type: 'response.output_item.added',
      output_index: 0,
      item: { id: 'rs_1', type: 'reasoning', summary: [] },
    }),
    named({
      type: 'response.reasoning_summary_text.delta',
      item_id: 'rs_1',
      output_index: 0,
      summary_index: 0,
      delta: 'I think.',
    }),
    named({
      type: 'response.output_item.done',
      output_index: 0,
      item: {
        id: 'rs_1',
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: 'I think.' }],
        encrypted_content: 'AAAA',
      },
    }),
    named({
      type: 'response.output_item.added',
      output_index: 1,
      item: { id: 'fc_1', type: 'function_call', call_id: 'call_a', name: 'weather', arguments: '' },
    }),
    named({
      type: 'response.function_call_arguments.delta',
      item_id: 'fc_1',
      output_index: 1,
      delta: '{"city":"Oslo"}',
    }),
    named({
      type: 'response.output_item.done',
      output_index: 1,
      item: {
        id: 'fc_1',
        type: 'function_call',
        call_id: 'call_a',
        name: 'weather',
        arguments: '{"city":"Oslo"}',
        status: 'completed',
      },
    }),
    named({
      type: 'response.incomplete',
      response: answered('incomplete', [], {
        incomplete_details: { reason: 'max_output_tokens' },
        usage: responsesUsage,
      }),
    }),
  ],
  [
    named({ type: 'response.created', response: answered('in_progress', []) }),
    named({ type: 'keepalive', sequence_number: 3 }),
    named({ type: 'error', error: { type: 'tokens', code: 'rate_limit_exceeded', message: 'Slow down.' } }),
    named({
      type: 'response.failed',
      response: answered('failed', [], { error: { code: 'rate_limit_exceeded', message: 'Slow down.' } }),
    }),
  ],
];

const messageStart = named({
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 5, output_tokens: 1, cache_read_input_tokens: 2 },
  },
});

function block(index: number, start: JsonObject, deltas: readonly JsonObject[]): SseFrame[] {
  return [
    named({ type: 'content_block_start', index, content_block: start }),
    ...deltas.map((delta) => named({ type: 'content_block_delta', index, delta })),
    named({ type: 'content_block_stop', index }),
  ];
}

function messageEnd(reason: string): SseFrame[] {
  return [
    named({
      type: 'message_delta',
      delta: { stop_reason: reason, stop_sequence: null },
      usage: { output_tokens: 7 },
    }),
    named({ type: 'message_stop' }),
  ];
}

const MESSAGES: readonly (readonly SseFrame[])[] = [
  [
    messageStart,
    named({ type: 'ping' }),
    ...block(
      0,
      { type: 'text', text: '' },
      WORDS.map((text) => ({ type: 'text_delta', text })),
    ),
    ...messageEnd('end_turn'),
  ],
  [
    messageStart,
    ...block(0, { type: 'thinking', thinking: '', signature: '' }, [
      { type: 'thinking_delta', thinking: 'I think.' },
      { type: 'signature_delta', signature: 'c2ln' },
    ]),
    ...block(1, { type: 'redacted_thinking', data: 'AAAA' }, []),
    ...block(2, { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} }, [
      { type: 'input_json_delta', partial_json: '{"city":' },
      { type: 'input_json_delta', partial_json: '"Łódź"}' },
    ]),
    ...messageEnd('tool_use'),
  ],
  [
    messageStart,
    ...block(0, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }, [
      { type: 'input_json_delta', partial_json: '{"query":"x"}' },
    ]),
    ...block(
      1,
      { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [{ type: 'web_search_result' }] },
      [],
    ),
    ...block(2, { type: 'text', text: '', citations: [] }, [
      { type: 'text_delta', text: 'Found.' },
      {
        type: 'citations_delta',
        citation: { type: 'web_search_result_location', url: 'https://example.com', title: 'T', cited_text: 'Found' },
      },
    ]),
    ...messageEnd('pause_turn'),
  ],
  [messageStart, named({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })],
];

function piece(parts: JsonObject[], more: JsonObject = {}): SseFrame {
  return data({
    candidates: [{ index: 0, content: { role: 'model', parts }, ...more }],
    usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 7, thoughtsTokenCount: 3, totalTokenCount: 15 },
    modelVersion: 'm',
    responseId: 'r1',
  });
}

const GEMINI: readonly (readonly SseFrame[])[] = [
  [
    ...WORDS.map((text) => piece([{ text }])),
    piece([{ text: '', thoughtSignature: 'c2ln' }], { finishReason: 'STOP' }),
  ],
  [
    piece([{ text: 'I think.', thought: true }]),
    piece([
      { functionCall: { name: 'weather', args: { city: 'Kraków' } }, thoughtSignature: 'c2ln' },
      { functionCall: { id: 'f2', name: 'clock' } },
    ]),
    piece([], { finishReason: 'STOP', finishMessage: 'Model generated function call(s).' }),
  ],
  [
    piece([{ functionCall: { name: 'weather', willContinue: true } }]),
    piece([
      { functionCall: { partialArgs: [{ jsonPath: '$.city', stringValue: 'Os', willContinue: true }] } },
      { functionCall: { partialArgs: [{ jsonPath: '$.city', stringValue: 'lo' }], willContinue: false } },
    ]),
    piece([], { finishReason: 'STOP' }),
  ],
  [
    piece([{ executableCode: { language: 'PYTHON', code: 'print(1)' } }]),
    piece([{ codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } }, { text: 'It is 1.' }], {
      groundingMetadata: { groundingChunks: [{ web: { uri: 'https://example.com', title: 'T' } }] },
      finishReason: 'MAX_TOKENS',
    }),
  ],
  [data({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 5 } })],
  [piece([{ text: 'half of' }]), data({ error: { code: 503, message: 'Overloaded', status: 'UNAVAILABLE' } })],
];

function converse(event: string, payload: JsonObject): SseFrame {
  return { kind: 'sse', event, data: JSON.stringify(payload) };
}

const converseEnd = (stopReason: string): SseFrame[] => [
  converse('messageStop', { stopReason, p: 'abcd' }),
  converse('metadata', {
    usage: { inputTokens: 5, outputTokens: 7, totalTokens: 12, cacheReadInputTokens: 2 },
    metrics: { latencyMs: 9 },
  }),
];

/** As the messages of Bedrock's event stream reach the decoder. */
const CONVERSE: readonly (readonly SseFrame[])[] = [
  [
    converse('messageStart', { role: 'assistant', p: 'ab' }),
    ...WORDS.map((text) => converse('contentBlockDelta', { contentBlockIndex: 0, delta: { text } })),
    converse('contentBlockStop', { contentBlockIndex: 0 }),
    ...converseEnd('end_turn'),
  ],
  [
    converse('messageStart', { role: 'assistant' }),
    converse('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'I think.' } } }),
    converse('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { signature: 'c2ln' } } }),
    converse('contentBlockStop', { contentBlockIndex: 0 }),
    converse('contentBlockStart', {
      contentBlockIndex: 1,
      start: { toolUse: { toolUseId: 'tooluse_1', name: 'weather' } },
    }),
    converse('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '' } } }),
    converse('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '{"city":"Brno"}' } } }),
    converse('contentBlockStop', { contentBlockIndex: 1 }),
    ...converseEnd('tool_use'),
  ],
  [converse('messageStart', { role: 'assistant' }), converse('throttlingException', { message: 'Too many requests' })],
];

/** Dialects whose answers are decoded: those of callers, and the one that providers alone speak. */
export type DecodedDialect = StreamedDialect | 'bedrock-converse';

export const SEED_STREAMS: Readonly<Record<DecodedDialect, readonly (readonly SseFrame[])[]>> = {
  'openai-chat': CHAT,
  'openai-responses': RESPONSES,
  'anthropic-messages': MESSAGES,
  'gemini-generate': GEMINI,
  'bedrock-converse': CONVERSE,
};

export const DECODED_DIALECTS = Object.keys(SEED_STREAMS) as DecodedDialect[];
export const STREAMED_DIALECTS = DECODED_DIALECTS.filter((dialect) => dialect !== 'bedrock-converse');
