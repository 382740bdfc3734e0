import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext, StreamDecoder } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { FrameFault, malformedFrame } from '../common/frame-fault.ts';
import { parseJson } from '../common/frame-json.ts';
import { isRewritten } from '../common/whole-answer.ts';
import { AnswerReader, type Place } from './answer-reader.ts';
import { startOf } from './decode-answer.ts';
import { answerFault } from './decode-fault.ts';
import { word } from './tool-call-reader.ts';

export function streamDecoder(reading: ReadingContext): StreamDecoder {
  return new ResponseDecoder(reading);
}

/**
 * Reads the events of a Responses stream. Their `type` tells what they are: some providers leave the event names out.
 * An event that is not known says nothing; what it was about comes whole when its item is done.
 */
class ResponseDecoder implements StreamDecoder {
  readonly #reading: ReadingContext;
  readonly #reader: AnswerReader;
  #started = false;
  #over = false;

  constructor(reading: ReadingContext) {
    this.#reading = reading;
    this.#reader = new AnswerReader(reading);
  }

  push(frame: SseFrame): ChatEvent[] {
    if (this.#over) return [];
    const out = this.#guarded((events) => {
      const data = frame.data.trim();
      // OpenRouter's end, after the end of the answer.
      if (data === '' || data === '[DONE]') return;
      this.#read(objectOf(data), frame, events);
    });
    if (isRewritten(this.#reading)) return out;
    const [first] = out;
    if (first === undefined) return [{ type: 'note', frame }];
    out[0] = { ...first, frame };
    return out;
  }

  end(): ChatEvent[] {
    return this.#over ? [] : this.#guarded((events) => this.#complete(events));
  }

  #guarded(read: (out: ChatEvent[]) => void): ChatEvent[] {
    const out: ChatEvent[] = [];
    try {
      read(out);
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      this.#over = true;
      out.push({ type: 'fault', fault: error.fault });
    }
    return out;
  }

  #read(event: JsonObject, frame: SseFrame, out: ChatEvent[]): void {
    const type = word(event.type) || (frame.event ?? '');
    if (type === 'error' || frame.event === 'error' || type === 'response.failed') {
      // OpenAI tells one failure twice, as `error` and as `response.failed`: the first one counts.
      throw new FrameFault(answerFault(event));
    }
    if (type === '' && isJsonObject(event.error)) throw new FrameFault(answerFault(event));
    switch (type) {
      case 'response.created':
      case 'response.in_progress':
      case 'response.queued':
        return this.#start(event, out);
      case 'response.completed':
      case 'response.incomplete':
        this.#start(event, out);
        this.#reader.finish(isJsonObject(event.response) ? event.response : {}, out);
        this.#over = true;
        return;
      default:
        return this.#readPiece(type, event, out);
    }
  }

  #readPiece(type: string, event: JsonObject, out: ChatEvent[]): void {
    const reader = this.#reader;
    switch (type) {
      case 'response.output_item.added':
        return reader.added(placeOf(event).item, itemOf(event), out);
      case 'response.output_item.done':
        return reader.done(placeOf(event).item, itemOf(event), out);
      case 'response.output_text.delta':
        reader.text(placeOf(event), 'text', word(event.delta), out);
        return reader.logprobs(placeOf(event), event.logprobs, out);
      case 'response.output_text.annotation.added':
        if (isJsonObject(event.annotation)) reader.annotation(placeOf(event), event.annotation, out);
        return;
      case 'response.refusal.delta':
        return reader.text(placeOf(event), 'refusal', word(event.delta), out);
      case 'response.reasoning_summary_text.delta':
        return reader.thinking(placeOf(event), 'summary', word(event.delta), out);
      case 'response.reasoning_text.delta':
        return reader.thinking(placeOf(event), 'content', word(event.delta), out);
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        return reader.arguments(placeOf(event).item, word(event.delta), out);
      default:
        return;
    }
  }

  #start(event: JsonObject, out: ChatEvent[]): void {
    if (this.#started || !isJsonObject(event.response)) return;
    this.#started = true;
    out.push(startOf(event.response));
  }

  #complete(out: ChatEvent[]): void {
    const { spoke } = this.#reader;
    if (!spoke || !this.#reading.finishOptional) {
      const message = spoke ? 'the stream ended before the answer did' : 'the stream ended without an answer';
      throw new FrameFault({ kind: 'bad-response', what: spoke ? 'cut' : 'empty', message });
    }
    this.#reader.finishUnnamed(out);
    this.#over = true;
  }
}

function objectOf(data: string): JsonObject {
  const parsed = parseJson(data);
  if (!parsed.ok) throw malformedFrame('a frame of the stream is not JSON');
  if (!isJsonObject(parsed.value)) throw malformedFrame('a frame of the stream is not a JSON object');
  return parsed.value;
}

function itemOf(event: JsonObject): JsonObject {
  if (isJsonObject(event.item)) return event.item;
  throw malformedFrame('an event of an item has no item');
}

function placeOf(event: JsonObject): Place {
  const item = event.output_index;
  if (typeof item !== 'number') throw malformedFrame('output_index is not a number');
  const part = event.content_index ?? event.summary_index;
  return { item, part: typeof part === 'number' ? part : 0 };
}
