import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { AnswerReader } from './answer-reader.ts';

/** A whole answer: one response, or the array of responses that `streamGenerateContent` gives without `alt=sse`. */
export function decodeAnswer(body: JsonValue, reading: ReadingContext): ChatEvent[] {
  const reader = new AnswerReader(reading);
  const responses = Array.isArray(body) ? body : [body];
  const frame = isJsonObject(body) ? { kind: 'body' as const, value: body } : undefined;
  return [...responses.flatMap((response) => reader.read(response, frame)), ...reader.end('empty')];
}
