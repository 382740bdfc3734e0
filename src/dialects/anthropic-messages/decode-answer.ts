import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { malformed } from '../common/frame-json.ts';
import { AnswerReader } from './answer-reader.ts';
import { inBandFault } from './decode-fault.ts';

/** A whole answer of the Messages API as events; the first carries the body. */
export function decodeAnswer(body: JsonValue, reading: ReadingContext): ChatEvent[] {
  if (!isJsonObject(body)) return [malformed('the answer is not a JSON object')];
  const events = read(body, reading);
  const fault = events.findIndex((event) => event.type === 'fault');
  const kept = fault < 0 ? events : events.slice(0, fault + 1);
  const frame = { kind: 'body' as const, value: body };
  return kept.map((event, at) => (at === 0 ? { ...event, frame } : event));
}

function read(body: JsonObject, reading: ReadingContext): ChatEvent[] {
  if (body.type === 'error' || isJsonObject(body.error)) return [{ type: 'fault', fault: inBandFault(body) }];
  if (!Array.isArray(body.content)) return [malformed('the answer has no content')];
  const reader = new AnswerReader(reading);
  const events = reader.start(body);
  for (const [index, block] of body.content.entries()) {
    if (!isJsonObject(block)) return [...events, malformed(`content block ${index} is not an object`)];
    const opened = reader.openBlock(index, block);
    events.push(...opened, ...reader.closeBlock(index));
    if (opened.some((event) => event.type === 'fault')) return events;
  }
  events.push(...reader.finish(body, body.usage));
  if (reader.finished) return events;
  return [
    ...events,
    ...(reading.finishOptional ? reader.finishUntold() : [malformed('the answer has no stop reason')]),
  ];
}
