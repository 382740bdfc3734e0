import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext, StreamDecoder } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { malformed, parseJson } from '../common/frame-json.ts';
import { AnswerReader } from './answer-reader.ts';
import { inBandFault } from './decode-fault.ts';
import { countOf, objectOf, stringOf } from './wire.ts';

/**
 * Reads a stream of the Messages API.
 *
 * Goes by the `type` inside the data, because some hosts leave out the event names. What comes after `message_stop`
 * (a gateway's `[DONE]`) says nothing any more and breaks official clients, so it gives no event.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export function streamDecoder(reading: ReadingContext): StreamDecoder {
  return new AnthropicStreamDecoder(reading);
}

class AnthropicStreamDecoder implements StreamDecoder {
  readonly #reader: AnswerReader;
  readonly #finishOptional: boolean;
  #started = false;
  #ended = false;

  constructor(reading: ReadingContext) {
    this.#reader = new AnswerReader(reading);
    this.#finishOptional = reading.finishOptional;
  }

  push(frame: SseFrame): ChatEvent[] {
    if (this.#ended) return [];
    return this.#until(withFrame(this.#read(frame), frame));
  }

  end(): ChatEvent[] {
    if (this.#ended) return [];
    this.#ended = true;
    return this.#reader.finished ? [] : this.#untold();
  }

  /** Nothing follows a fault. */
  #until(events: ChatEvent[]): ChatEvent[] {
    const fault = events.findIndex((event) => event.type === 'fault');
    if (fault < 0) return events;
    this.#ended = true;
    return events.slice(0, fault + 1);
  }

  #read(frame: SseFrame): ChatEvent[] {
    const parsed = parseJson(frame.data);
    if (!parsed.ok || !isJsonObject(parsed.value)) {
      if (frame.event === 'ping' || frame.data.trim() === '[DONE]') return [];
      return [malformed('an event of the stream is not a JSON object')];
    }
    const event = parsed.value;
    const type = stringOf(event.type);
    if (frame.event === 'error' || type === 'error') return [{ type: 'fault', fault: inBandFault(event) }];
    if (!this.#started && type.startsWith('content_block')) return [malformed(`${type} before message_start`)];
    switch (type) {
      case 'message_start':
        if (this.#started) return [malformed('message_start came twice')];
        this.#started = true;
        return this.#reader.start(objectOf(event.message));
      case 'content_block_start':
        return this.#block(event, (index) => this.#reader.openBlock(index, objectOf(event.content_block)));
      case 'content_block_delta':
        return this.#block(event, (index) => this.#reader.delta(index, objectOf(event.delta)));
      case 'content_block_stop':
        return this.#block(event, (index) => this.#reader.closeBlock(index));
      case 'message_delta':
        return this.#reader.finish(objectOf(event.delta), event.usage);
      case 'message_stop':
        this.#ended = true;
        return this.#reader.finished ? [] : this.#untold();
      default:
        return [];
    }
  }

  #block(event: JsonObject, read: (index: number) => ChatEvent[]): ChatEvent[] {
    const index = countOf(event.index);
    if (index === undefined) return [malformed(`${stringOf(event.type)} without an index`)];
    if (this.#reader.finished) return [malformed(`${stringOf(event.type)} after the stop reason`)];
    return read(index);
  }

  #untold(): ChatEvent[] {
    if (this.#started && this.#finishOptional) return this.#reader.finishUntold();
    const message = 'the stream ended without a stop reason';
    return [{ type: 'fault', fault: { kind: 'bad-response', what: 'cut', message } }];
  }
}

/**
 * The frame goes to the first event, or to a note. A frame that carries the finish stays with it, even where open
 * blocks had to be closed first: all of it has to wait until the answer is verified.
 */
function withFrame(events: ChatEvent[], frame: SseFrame): ChatEvent[] {
  const [only] = events;
  if (only === undefined) return [{ type: 'note', frame }];
  if (events.length === 1) return [{ ...only, frame }];
  const carrier = Math.max(
    0,
    events.findIndex((event) => event.type === 'finish'),
  );
  return events.map((event, at) => (at === carrier ? { ...event, frame } : event));
}
