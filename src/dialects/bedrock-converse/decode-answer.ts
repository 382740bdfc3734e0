import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { malformed } from '../common/frame-json.ts';
import { AnswerReader } from './answer-reader.ts';
import { objectOf, stringOf } from './wire.ts';

/** A whole answer of Converse as events. No caller speaks this dialect, so that none of them carries the body. */
export function decodeAnswer(body: JsonValue, reading: ReadingContext): ChatEvent[] {
  const { content } = objectOf(objectOf(objectOf(body).output).message);
  if (!isJsonObject(body) || !Array.isArray(content)) return [malformed('the answer has no content')];
  const events = read(body, content, new AnswerReader(reading), reading);
  const fault = events.findIndex((event) => event.type === 'fault');
  return fault < 0 ? events : events.slice(0, fault + 1);
}

function read(body: JsonObject, content: readonly JsonValue[], reader: AnswerReader, reading: ReadingContext) {
  const events: ChatEvent[] = [{ type: 'start' }];
  for (const [index, block] of content.entries()) {
    if (!isJsonObject(block)) return [...events, malformed(`content block ${index} is not an object`)];
    events.push(...readBlock(reader, index, block), ...reader.closeBlock(index));
  }
  events.push(...reader.finish(stringOf(body.stopReason)));
  if (!reader.finished)
    events.push(...(reading.finishOptional ? reader.finishUntold() : [malformed('the answer has no stop reason')]));
  return [...events, ...reader.usage(body.usage)];
}

/** The whole block, said as a stream would say it. */
function readBlock(reader: AnswerReader, index: number, block: JsonObject): ChatEvent[] {
  if (typeof block.text === 'string') return reader.delta(index, { text: block.text });
  if (isJsonObject(block.reasoningContent)) {
    const { reasoningText, redactedContent } = block.reasoningContent;
    const said = isJsonObject(reasoningText) ? reasoningText : { redactedContent: redactedContent ?? null };
    return reader.delta(index, { reasoningContent: said });
  }
  if (isJsonObject(block.citationsContent)) return cited(reader, index, block.citationsContent);
  const opened = reader.openBlock(index, block);
  const { input, type } = objectOf(block.toolUse);
  if (input === undefined || (type !== undefined && type !== 'tool_use')) return opened;
  // The API of whole answers gives an object; a few hosted models give the text that they wrote.
  const json = typeof input === 'string' ? input : JSON.stringify(input);
  return [...opened, ...reader.delta(index, { toolUse: { input: json } })];
}

/** Text, and what it was taken from. */
function cited(reader: AnswerReader, index: number, { content, citations }: JsonObject): ChatEvent[] {
  const texts = Array.isArray(content) ? content.map((piece) => stringOf(objectOf(piece).text)) : [];
  const sources = Array.isArray(citations) ? citations : [];
  return [
    ...texts.flatMap((text) => reader.delta(index, { text })),
    ...sources.flatMap((citation) => reader.delta(index, { citation })),
  ];
}
