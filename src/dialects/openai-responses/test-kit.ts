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
  encodeContextFor('openai-responses', quirks, model);

/** A request as a caller of this dialect writes it. */
export function ownRequest(body: JsonObject = {}): ChatRequest {
  return decodeRequest({ model: 'route-x', input: 'Hello', ...body }, {});
}

export const answerContext = (change: Partial<AnswerContext> = {}) => answerContextFor(ownRequest(), change);

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

export function decode(frames: readonly SseFrame[], change: Partial<ReadingContext> = {}): ChatEvent[] {
  return decodeAll(streamDecoder(reading(change)), frames);
}
