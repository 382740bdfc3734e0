import Anthropic from '@anthropic-ai/sdk';
import { type Capabilities, UNKNOWN_CAPABILITIES } from '../../model/capability.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { Message } from '../../model/conversation.ts';
import type { AnswerContext, EncodedRequest, ReadingContext } from '../../model/dialect.ts';
import type { Failure } from '../../model/failure.ts';
import type { JsonObject } from '../../model/json.ts';
import { DEFAULT_QUIRKS, type Quirks } from '../../model/quirks.ts';
import type { ServedSummary } from '../../model/summary.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeRequest } from './encode-request.ts';
import { streamDecoder } from './stream-decoder.ts';
import { streamEncoder } from './stream-encoder.ts';
import { objectOf } from './wire.ts';

/** What the tests of this dialect share. */
export const reading: ReadingContext = { toolNames: new Map(), finishOptional: false, newId: () => 'a1b2c3d4e5f6g7h8' };

export const frame = (event: JsonObject & { type: string }): SseFrame => ({
  kind: 'sse',
  event: event.type,
  data: JSON.stringify(event),
});
export const message = (fields: JsonObject = {}): SseFrame =>
  frame({
    type: 'message_start',
    message: {
      id: 'msg_1',
      model: 'model-x',
      content: [],
      usage: { input_tokens: 5, cache_read_input_tokens: 3, output_tokens: 1 },
      ...fields,
    },
  });
export const open = (block: JsonObject, index = 0): SseFrame =>
  frame({ type: 'content_block_start', index, content_block: block });
export const piece = (delta: JsonObject, index = 0): SseFrame => frame({ type: 'content_block_delta', index, delta });
export const shut = (index = 0): SseFrame => frame({ type: 'content_block_stop', index });
export const finish = (reason = 'end_turn', usage: JsonObject = { output_tokens: 7 }): SseFrame =>
  frame({ type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage });
export const stop = frame({ type: 'message_stop' });
export const ping = frame({ type: 'ping' });

export function decode(frames: readonly SseFrame[], context: Partial<ReadingContext> = {}): ChatEvent[] {
  const decoder = streamDecoder({ ...reading, ...context });
  return [...frames.flatMap((each) => decoder.push(each)), ...decoder.end()];
}

/** Events without their frames, and without notes. */
export function said(events: readonly ChatEvent[]): unknown[] {
  return events.filter((event) => event.type !== 'note').map(({ frame: _frame, ...event }) => event);
}

export const user = (text: string): Message => ({ role: 'user', parts: [{ type: 'text', text }] });
export const foreign: ChatRequest = {
  dialect: 'openai-chat',
  model: 'route',
  messages: [user('Hello')],
  tools: [],
  output: { kind: 'text' },
  sampling: {},
  maxOutputTokens: 4000,
  stop: [],
  stream: false,
  streamUsage: false,
  choices: 1,
  options: {},
  original: {},
  unmapped: [],
  requires: [],
  conversationEdited: false,
};

export interface Given {
  readonly quirks?: Partial<Quirks>;
  readonly capabilities?: Capabilities;
}

export function encodeAny(request: ChatRequest, given: Given = {}): EncodedRequest {
  const target = {
    id: 'anthropic/model-x',
    provider: 'anthropic',
    model: 'model-x',
    dialect: 'anthropic-messages' as const,
    lane: 'lane',
    capabilities: given.capabilities ?? UNKNOWN_CAPABILITIES,
    quirks: { ...DEFAULT_QUIRKS, ...given.quirks },
  };
  return encodeRequest(request, { target, newId: () => 'a1b2c3d4e5f6g7h8' });
}

export const encode = (fields: Partial<ChatRequest>, given?: Given): EncodedRequest =>
  encodeAny({ ...foreign, ...fields }, given);
export const encodeOwn = (fields: JsonObject, given?: Given): EncodedRequest =>
  encodeAny(
    decodeRequest({ model: 'route', max_tokens: 4000, messages: [{ role: 'user', content: 'Hello' }], ...fields }, {}),
    given,
  );
/** The blocks of the turn at this place. */
export function blocksOf(encoded: EncodedRequest, turn: number): JsonObject[] {
  const { messages } = encoded.body;
  const content = Array.isArray(messages) ? objectOf(messages.at(turn)).content : [];
  return Array.isArray(content) ? content.map((block) => objectOf(block)) : [];
}
export const lost = (encoded: EncodedRequest): string[] => encoded.losses.map(({ field }) => field);

export const request = decodeRequest({ model: 'route', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] }, {});
export const context = (fields: Partial<AnswerContext> = {}): AnswerContext => ({
  request,
  requestId: 'req1',
  createdAt: 0,
  sameDialect: false,
  model: 'model-x',
  annotate: true,
  ...fields,
});
export const summary: ServedSummary = {
  requestId: 'req1',
  route: 'route',
  servedBy: 'p/model-x',
  attempts: 2,
  degraded: { reason: 'fallback', cause: 'server-error', primary: 'q/m', severity: 'slight', reasons: ['fallback'] },
  adapted: [],
  usage: { inputTokens: 12, cachedInputTokens: 2, outputTokens: 7 },
};
export const failure: Failure = {
  code: 'stream_interrupted',
  status: 502,
  message: 'Broken off.',
  shouldRetry: false,
  targets: [],
  requestId: 'req1',
};

export function write(events: readonly ChatEvent[], fields: Partial<AnswerContext> = {}): SseFrame[] {
  const encoder = streamEncoder(context(fields));
  return [...events.flatMap((event) => encoder.push(event)), ...encoder.close(summary)];
}

export function read(frames: readonly SseFrame[]): ChatEvent[] {
  const decoder = streamDecoder(reading);
  return [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
}

export const data = (frame: SseFrame | undefined): JsonObject => JSON.parse(frame?.data ?? 'null') as JsonObject;
export const names = (frames: readonly SseFrame[]): (string | undefined)[] => frames.map(({ event }) => event);

/** The official SDK as the client of these frames. */
export async function finalMessage(frames: readonly SseFrame[]): Promise<Anthropic.Message> {
  const text = frames.map(({ event, data: line }) => `event: ${event}\ndata: ${line}\n\n`).join('');
  const client = new Anthropic({
    apiKey: 'none',
    maxRetries: 0,
    fetch: async () => new Response(text, { headers: { 'content-type': 'text/event-stream' } }),
  });
  const stream = client.messages.stream({ model: 'route', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] });
  return await stream.finalMessage();
}

export const call = (index: number, id: string, name: string, ...json: string[]): ChatEvent[] => [
  { type: 'tool-call-start', index, id, name },
  ...json.map((piece): ChatEvent => ({ type: 'tool-call-delta', index, json: piece })),
  { type: 'tool-call-end', index },
];
