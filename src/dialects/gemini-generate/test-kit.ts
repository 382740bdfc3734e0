import { UNKNOWN_CAPABILITIES } from '../../model/capability.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { AnswerContext, EncodeContext, ReadingContext } from '../../model/dialect.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { DEFAULT_QUIRKS } from '../../model/quirks.ts';
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

export const encodeContext: EncodeContext = {
  target: {
    id: 'google/model-x',
    provider: 'google',
    model: 'model-x',
    dialect: 'gemini-generate',
    lane: 'google/model-x',
    capabilities: UNKNOWN_CAPABILITIES,
    quirks: DEFAULT_QUIRKS,
  },
  newId,
};

/** A request as a caller of this dialect writes it, with the fields that the edge puts in. */
export function chatRequest(body: JsonObject = {}): ChatRequest {
  return decodeRequest({ model: 'route-x', contents: [{ role: 'user', parts: [{ text: 'Hello' }] }], ...body }, {});
}

export function turn(role: string, ...parts: JsonValue[]): JsonObject {
  return { role, parts };
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

export function frame(value: JsonValue): SseFrame {
  return { kind: 'sse', data: JSON.stringify(value) };
}

/** A response with one candidate. */
export function response(parts: JsonValue[], finishReason?: string, more: JsonObject = {}): SseFrame {
  const candidate = {
    content: { parts, role: 'model' },
    ...(finishReason !== undefined && { finishReason }),
    index: 0,
  };
  return frame({ candidates: [candidate], modelVersion: 'm1', responseId: 'r1', ...more });
}

export function decode(frames: readonly SseFrame[], change: Partial<ReadingContext> = {}): ChatEvent[] {
  const decoder = streamDecoder(reading(change));
  const events = frames.flatMap((each) => decoder.push(each));
  events.push(...decoder.end());
  return events;
}

/** The JSON of frames. */
export function valuesOf(frames: readonly SseFrame[]): JsonObject[] {
  return frames.map(({ data }): JsonObject => JSON.parse(data));
}
