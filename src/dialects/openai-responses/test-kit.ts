import { UNKNOWN_CAPABILITIES } from '../../model/capability.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { AnswerContext, EncodeContext, ReadingContext } from '../../model/dialect.ts';
import type { JsonObject } from '../../model/json.ts';
import { DEFAULT_QUIRKS, type Quirks } from '../../model/quirks.ts';
import type { ServedSummary } from '../../model/summary.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { decodeRequest } from './decode-request.ts';
import { streamDecoder } from './stream-decoder.ts';

let ids = 0;
export function newId(): string {
  ids += 1;
  return `id${String(ids).padStart(16, '0')}`;
}

export function reading(change: Partial<ReadingContext> = {}): ReadingContext {
  return { toolNames: new Map(), finishOptional: false, newId, ...change };
}

export function encodeContext(quirks: Partial<Quirks> = {}, model = 'model-x'): EncodeContext {
  return {
    target: {
      id: `provider-x/${model}`,
      provider: 'provider-x',
      model,
      dialect: 'openai-responses',
      lane: `provider-x/${model}`,
      capabilities: UNKNOWN_CAPABILITIES,
      quirks: { ...DEFAULT_QUIRKS, ...quirks },
    },
    newId,
  };
}

/** A request as a caller of this dialect writes it. */
export function ownRequest(body: JsonObject = {}): ChatRequest {
  return decodeRequest({ model: 'route-x', input: 'Hello', ...body }, {});
}

/** A request of a caller of another dialect. */
export function foreignRequest(change: Partial<ChatRequest> = {}): ChatRequest {
  return {
    dialect: 'anthropic-messages',
    model: 'route-x',
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
    tools: [],
    output: { kind: 'text' },
    sampling: {},
    stop: [],
    stream: false,
    streamUsage: true,
    choices: 1,
    options: {},
    original: {},
    unmapped: [],
    conversationEdited: false,
    ...change,
  };
}

export function answerContext(change: Partial<AnswerContext> = {}): AnswerContext {
  return {
    request: ownRequest(),
    requestId: 'req1',
    createdAt: 1_700_000_000,
    sameDialect: true,
    model: 'model-x',
    annotate: true,
    ...change,
  };
}

export const summary: ServedSummary = {
  requestId: 'req1',
  route: 'route-x',
  servedBy: 'provider-x/model-x',
  attempts: 1,
  adapted: [],
  usage: {},
};

/** An event of a provider's stream, named by its type. */
export function frame(value: JsonObject & { readonly type: string }): SseFrame {
  return { kind: 'sse', event: value.type, data: JSON.stringify(value) };
}

/** Frames of a provider's stream, numbered as it numbers them. */
export function frames(...events: readonly (JsonObject & { readonly type: string })[]): SseFrame[] {
  return events.map((event, at) => frame({ ...event, sequence_number: at }));
}

export const created = { type: 'response.created', response: { id: 'resp_1', model: 'm1', output: [] } };

export function ended(response: JsonObject = {}): JsonObject & { readonly type: string } {
  return { type: 'response.completed', response: { id: 'resp_1', model: 'm1', status: 'completed', ...response } };
}

/** The frames of one message with one text in pieces. */
export function message(item: number, ...pieces: readonly string[]): (JsonObject & { readonly type: string })[] {
  const place = { item_id: `msg_${item}`, output_index: item, content_index: 0 };
  const text = pieces.join('');
  const part = { type: 'output_text', annotations: [], text };
  const whole = { id: `msg_${item}`, type: 'message', role: 'assistant', content: [part], status: 'completed' };
  return [
    { type: 'response.output_item.added', output_index: item, item: { ...whole, content: [], status: 'in_progress' } },
    { type: 'response.content_part.added', ...place, part: { ...part, text: '' } },
    ...pieces.map((delta) => ({ type: 'response.output_text.delta', ...place, delta })),
    { type: 'response.output_text.done', ...place, text },
    { type: 'response.content_part.done', ...place, part },
    { type: 'response.output_item.done', output_index: item, item: whole },
  ];
}

/** What the frames of a caller say. */
export function eventsIn(sent: readonly SseFrame[]): (JsonObject & { type: string; sequence_number: number })[] {
  return sent.map(({ data }) => JSON.parse(data) as JsonObject & { type: string; sequence_number: number });
}

export function decode(sent: readonly SseFrame[], change: Partial<ReadingContext> = {}): ChatEvent[] {
  const decoder = streamDecoder(reading(change));
  const events = sent.flatMap((each) => decoder.push(each));
  events.push(...decoder.end());
  return events;
}

/** Events without their frames and without those that mean nothing. */
export function meanings(events: readonly ChatEvent[]): ChatEvent[] {
  return events.filter((event) => event.type !== 'note').map(({ frame: _, ...event }) => event as ChatEvent);
}
