import type { ChatEvent } from '../../model/chat-event.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { AnswerContext, ReadingContext } from '../../model/dialect.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { answerContextFor, decodeAll, encodeContextFor, reading } from '../common/test-kit.ts';
import { decodeRequest } from './decode-request.ts';
import { streamDecoder } from './stream-decoder.ts';

export { newId, reading, summary } from '../common/test-kit.ts';

export const encodeContext = encodeContextFor('gemini-generate');

/** A request as a caller of this dialect writes it, with the fields that the edge puts in. */
export function chatRequest(body: JsonObject = {}): ChatRequest {
  return decodeRequest({ model: 'route-x', contents: [{ role: 'user', parts: [{ text: 'Hello' }] }], ...body }, {});
}

export function turn(role: string, ...parts: JsonValue[]): JsonObject {
  return { role, parts };
}

export const answerContext = (change: Partial<AnswerContext> = {}) => answerContextFor(chatRequest(), change);

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
  return decodeAll(streamDecoder(reading(change)), frames);
}

/** The JSON of frames. */
export function valuesOf(frames: readonly SseFrame[]): JsonObject[] {
  return frames.map(({ data }): JsonObject => JSON.parse(data));
}
