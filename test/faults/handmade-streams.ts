import type { SimulatedDialect } from '../../src/simulator/index.ts';

/** Pieces of a stream, written by hand in each dialect: for orders of events that no simulated vendor sends. */
export interface HandmadeStream {
  /** Lifecycle frames that come before any content. */
  readonly opening: string;
  text(text: string): string;
  /** Overload, told as an event. */
  readonly error: string;
  /** A keep-alive that is an event, where the dialect has one; an event without meaning where it has not. */
  readonly ping: string;
}

const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const event = (value: { readonly type: string }) => `event: ${value.type}\n${data(value)}`;

const chunk = (delta: unknown) =>
  data({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'handmade',
    choices: [{ index: 0, delta, finish_reason: null }],
  });
const candidate = (text: string) =>
  data({ candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] } }], modelVersion: 'handmade' });

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'handmade',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 1 },
};

export const HANDMADE_STREAMS: Readonly<Record<SimulatedDialect, HandmadeStream>> = {
  'openai-chat': {
    opening: chunk({ role: 'assistant', content: '' }),
    text: (content) => chunk({ content }),
    error: data({ error: { message: 'The server is overloaded.', type: 'server_error', param: null, code: null } }),
    ping: chunk({}),
  },
  'openai-responses': {
    opening:
      event({ type: 'response.created', ...{ response: { id: 'resp_1', model: 'handmade', status: 'in_progress' } } }) +
      event({ type: 'response.output_item.added', ...{ output_index: 0, item: { id: 'msg_1', type: 'message' } } }),
    text: (delta) => event({ type: 'response.output_text.delta', ...{ item_id: 'msg_1', output_index: 0, delta } }),
    error: event({ type: 'error', ...{ error: { code: 'server_is_overloaded', message: 'Overloaded.' } } }),
    ping: event({ type: 'keepalive' }),
  },
  'anthropic-messages': {
    opening:
      event({ type: 'message_start', ...{ message } }) +
      event({ type: 'content_block_start', ...{ index: 0, content_block: { type: 'text', text: '' } } }),
    text: (text) => event({ type: 'content_block_delta', ...{ index: 0, delta: { type: 'text_delta', text } } }),
    error: event({ type: 'error', ...{ error: { type: 'overloaded_error', message: 'Overloaded' } } }),
    ping: event({ type: 'ping' }),
  },
  'gemini-generate': {
    opening: '',
    text: candidate,
    error: data({ error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } }),
    ping: data({ responseId: 'r1' }),
  },
};
