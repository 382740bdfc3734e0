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
      dialect: 'openai-chat',
      lane: `provider-x/${model}`,
      capabilities: UNKNOWN_CAPABILITIES,
      quirks: { ...DEFAULT_QUIRKS, ...quirks },
    },
    newId,
  };
}

/** A request as a caller of this dialect writes it. */
export function chatRequest(body: JsonObject = {}): ChatRequest {
  return decodeRequest({ model: 'route-x', messages: [{ role: 'user', content: 'Hello' }], ...body }, {});
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
    request: chatRequest(),
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

export function frame(value: JsonObject | string, event?: string): SseFrame {
  const data = typeof value === 'string' ? value : JSON.stringify(value);
  return { kind: 'sse', data, ...(event !== undefined && { event }) };
}

/** A chunk with one choice. */
export function chunk(delta: JsonObject, finish: string | null = null, more: JsonObject = {}): SseFrame {
  return frame({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm1',
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...more,
  });
}

export const done: SseFrame = frame('[DONE]');

export function decode(frames: readonly SseFrame[], change: Partial<ReadingContext> = {}): ChatEvent[] {
  const decoder = streamDecoder(reading(change));
  const events = frames.flatMap((each) => decoder.push(each));
  events.push(...decoder.end());
  return events;
}

/** Events without their frames and without those that mean nothing. */
export function meanings(events: readonly ChatEvent[]): ChatEvent[] {
  return events.filter((event) => event.type !== 'note').map(({ frame: _, ...event }) => event as ChatEvent);
}
