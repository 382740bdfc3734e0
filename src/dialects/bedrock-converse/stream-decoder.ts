import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext, StreamDecoder } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { awsStreamFault } from '../common/aws-fault.ts';
import { malformed, parseJson } from '../common/frame-json.ts';
import { AnswerReader } from './answer-reader.ts';
import { countOf, objectOf, stringOf } from './wire.ts';

/**
 * Reads a stream of Converse. A frame is one message of the vendor's event stream: its event or exception type as the
 * event's name, its payload as the data. Usage comes in a `metadata` event behind the stop reason.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
 */
export function streamDecoder(reading: ReadingContext): StreamDecoder {
  return new ConverseStreamDecoder(reading);
}

class ConverseStreamDecoder implements StreamDecoder {
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
    const events = this.#read(frame);
    const fault = events.findIndex((event) => event.type === 'fault');
    if (fault < 0) return events.length > 0 ? events : [{ type: 'note' }];
    this.#ended = true;
    return events.slice(0, fault + 1);
  }

  end(): ChatEvent[] {
    if (this.#ended) return [];
    this.#ended = true;
    if (this.#reader.finished) return [];
    if (this.#started && this.#finishOptional) return this.#reader.finishUntold();
    const message = 'the stream ended without a stop reason';
    return [{ type: 'fault', fault: { kind: 'bad-response', what: 'cut', message } }];
  }

  #read({ event: type = '', data }: SseFrame): ChatEvent[] {
    const parsed = parseJson(data);
    if (isException(type)) {
      return [{ type: 'fault', fault: awsStreamFault(type, parsed.ok ? parsed.value : { message: data }) }];
    }
    if (!parsed.ok || !isJsonObject(parsed.value)) return [malformed('an event of the stream is not a JSON object')];
    const payload = parsed.value;
    if (!this.#started && type !== 'messageStart') return [malformed(`${type.slice(0, 60)} before messageStart`)];
    switch (type) {
      case 'messageStart':
        if (this.#started) return [malformed('messageStart came twice')];
        this.#started = true;
        return [{ type: 'start' }];
      case 'contentBlockStart':
        return this.#block(payload, (index) => this.#reader.openBlock(index, objectOf(payload.start)));
      case 'contentBlockDelta':
        return this.#block(payload, (index) => this.#reader.delta(index, objectOf(payload.delta)));
      case 'contentBlockStop':
        return this.#block(payload, (index) => this.#reader.closeBlock(index));
      case 'messageStop':
        return this.#reader.finish(stringOf(payload.stopReason));
      case 'metadata':
        return this.#reader.usage(payload.usage);
      default:
        return [];
    }
  }

  #block(payload: JsonObject, read: (index: number) => ChatEvent[]): ChatEvent[] {
    const index = countOf(payload.contentBlockIndex);
    if (index === undefined) return [malformed('a piece of a content block without its index')];
    if (this.#reader.finished) return [malformed('content after the stop reason')];
    return read(index);
  }
}

/** Events begin with what they are about; everything that ends a stream is called an exception, or an error. */
function isException(type: string): boolean {
  return /(?:exception|error|failure)$/i.test(type);
}
