import type { ChatEvent } from '../../model/chat-event.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { AnswerContext, ReadingContext } from '../../model/dialect.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { answerContextFor, decodeAll, encodeContextFor, reading } from '../common/test-kit.ts';
import { decodeRequest } from './decode-request.ts';
import { streamDecoder } from './stream-decoder.ts';

export { foreignRequest, meanings, newId, reading, summary } from '../common/test-kit.ts';

export const encodeContext = (quirks: Partial<Quirks> = {}, model?: string) =>
  encodeContextFor('openai-chat', quirks, model);

/** A request as a caller of this dialect writes it. */
export function chatRequest(body: JsonObject = {}): ChatRequest {
  return decodeRequest({ model: 'route-x', messages: [{ role: 'user', content: 'Hello' }], ...body }, {});
}

export const answerContext = (change: Partial<AnswerContext> = {}) => answerContextFor(chatRequest(), change);

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
  return decodeAll(streamDecoder(reading(change)), frames);
}
