import type { ChatEvent } from '../../model/chat-event.ts';
import { CitedText } from '../../model/cited-text.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { FrameFault, malformedFrame } from '../common/frame-fault.ts';
import { readLogprobs } from '../common/openai-logprobs.ts';
import { readAnnotations } from './annotations.ts';
import { readFinish } from './finish-reasons.ts';
import { readReasoning } from './reasoning.ts';
import { ToolCallReader } from './tool-call-reader.ts';

/** Output that only this dialect has: sound and pictures. */
const FOREIGN_KEYS = ['audio', 'images'] as const;

/** Reads one alternative answer, from the pieces of a stream or from the one message of a whole answer. */
export class ChoiceReader {
  readonly #index: number;
  readonly #calls: ToolCallReader;
  #spoke = false;
  #finished = false;
  /** All text so far: citations count in it. */
  readonly #text = new CitedText();

  constructor(index: number, reading: ReadingContext) {
    this.#index = index;
    this.#calls = new ToolCallReader(reading);
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** Some content has come. */
  get spoke(): boolean {
    return this.#spoke;
  }

  /** Throws `FrameFault`. */
  read(message: JsonObject, out: ChatEvent[]): void {
    const events: ChatEvent[] = [];
    readReasoning(message, events);
    readContent(message.content, events);
    if (typeof message.refusal === 'string' && message.refusal !== '') {
      events.push({ type: 'refusal', text: message.refusal });
    }
    const calls = message.tool_calls;
    if (Array.isArray(calls)) this.#calls.read(calls, events);
    else if (calls !== undefined && calls !== null) throw malformedFrame('tool_calls is not an array');
    if (isJsonObject(message.function_call)) this.#calls.readLegacy(message.function_call, events);
    for (const key of FOREIGN_KEYS) readForeign(key, message[key], events);
    for (const event of events) if (event.type === 'text') this.#text.add(event.text);
    readAnnotations(message.annotations, this.#text, events);
    this.#tell(events, out);
  }

  /** What stands beside the message or delta. Some servers repeat it behind the end, where it is of no use. */
  readLogprobs(logprobs: JsonValue | undefined, out: ChatEvent[]): void {
    if (this.#finished || !isJsonObject(logprobs)) return;
    const [content, refusal] = [readLogprobs(logprobs.content), readLogprobs(logprobs.refusal)];
    const events: ChatEvent[] = [];
    if (content.length > 0) events.push({ type: 'logprobs', of: 'text', tokens: content });
    if (refusal.length > 0) events.push({ type: 'logprobs', of: 'refusal', tokens: refusal });
    this.#tell(events, out);
  }

  /** The provider named an end. The second time it says nothing new: OpenRouter ends twice, once with usage. */
  finish(native: string, stopSequence: string | undefined, out: ChatEvent[]): void {
    if (this.#finished) return;
    const end = readFinish(native, this.#calls.any);
    if ('fault' in end) throw new FrameFault(end.fault);
    const events: ChatEvent[] = [];
    this.#calls.end(events);
    events.push({ type: 'finish', reason: end.reason, native, ...(stopSequence !== undefined && { stopSequence }) });
    this.#tell(events, out);
    this.#finished = true;
  }

  /** The answer is over and no end was named, which is legal for this provider. */
  finishUnnamed(out: ChatEvent[]): void {
    if (this.#finished) return;
    const events: ChatEvent[] = [];
    this.#calls.end(events);
    events.push({ type: 'finish', reason: this.#calls.any ? 'tool-calls' : 'stop' });
    this.#tell(events, out);
    this.#finished = true;
  }

  #tell(events: readonly ChatEvent[], out: ChatEvent[]): void {
    if (events.length === 0) return;
    if (this.#finished) throw malformedFrame('content after the end of the answer');
    this.#spoke = true;
    for (const event of events) out.push(this.#index === 0 ? event : { ...event, choice: this.#index });
  }
}

/** Text, or Mistral's list of parts. */
function readContent(content: JsonValue | undefined, out: ChatEvent[]): void {
  if (content === undefined || content === null || content === '') return;
  if (typeof content === 'string') out.push({ type: 'text', text: content });
  else if (Array.isArray(content)) for (const part of content) readPart(part, out);
  else throw malformedFrame('content is neither text nor a list of parts');
}

function readPart(part: JsonValue, out: ChatEvent[]): void {
  if (!isJsonObject(part) || typeof part.type !== 'string') throw malformedFrame('a part of the content has no type');
  if (part.type === 'text') {
    if (typeof part.text === 'string' && part.text !== '') out.push({ type: 'text', text: part.text });
  } else if (part.type === 'thinking') {
    const text = thinkingText(part.thinking);
    if (text !== '') out.push({ type: 'reasoning', text });
  } else {
    out.push({ type: 'foreign', part: { type: 'foreign', dialect: 'openai-chat', kind: part.type, value: part } });
  }
}

function thinkingText(thinking: JsonValue | undefined): string {
  if (typeof thinking === 'string') return thinking;
  if (!Array.isArray(thinking)) return '';
  return thinking.map((piece) => (isJsonObject(piece) && typeof piece.text === 'string' ? piece.text : '')).join('');
}

/** Some servers fill every field they know with empty values. */
function readForeign(kind: string, value: JsonValue | undefined, out: ChatEvent[]): void {
  if (value === undefined || isBlank(value)) return;
  out.push({ type: 'foreign', part: { type: 'foreign', dialect: 'openai-chat', kind, value } });
}

function isBlank(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.every(isBlank);
  if (isJsonObject(value)) return Object.values(value).every(isBlank);
  return value === null || value === '' || value === 0 || value === false;
}
