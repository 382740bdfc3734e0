import type { ChatEvent } from '../../model/chat-event.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { eventOf, frameType } from './forwarded-frame.ts';
import type { OpenMessage, OpenPart } from './open-items.ts';
import type { Begun } from './response-writer.ts';
import { word } from './tool-call-reader.ts';

/** Frames that shape the answer; the many deltas between them are known from their events. */
const SHAPING: ReadonlySet<string> = new Set([
  'response.created',
  'response.output_item.added',
  'response.output_item.done',
  'response.content_part.added',
  'response.content_part.done',
]);

const ANNOTATION = 'response.output_text.annotation.added';

/** Follows an answer whose frames are forwarded, so that another hand can go on with it. Reads them only when asked. */
export class ForwardedAnswer {
  readonly #shape: SseFrame[] = [];
  #last: SseFrame | undefined;
  #frames = 0;
  /** Text of the part that is open. */
  #text = '';
  /** All text that was forwarded: citations count in it. */
  #allText = '';

  follow(event: ChatEvent, frame: SseFrame): void {
    this.#frames += 1;
    this.#last = frame;
    const type = frameType(frame);
    if (type === ANNOTATION) this.#shape.push(frame);
    if (SHAPING.has(type)) {
      this.#shape.push(frame);
      this.#text = '';
    }
    if (event.type === 'text' || event.type === 'refusal') this.#text += event.text;
    if (event.type === 'text') this.#allText += event.text;
  }

  get nextSequence(): number {
    const told = this.#last === undefined ? undefined : eventOf(this.#last).sequence_number;
    return typeof told === 'number' ? told + 1 : this.#frames;
  }

  /** What the caller has; `fallback` is the response object where the provider did not tell one. */
  begun(fallback: JsonObject): Begun {
    let response = fallback;
    const items: JsonObject[] = [];
    let open: OpenMessage | undefined;
    for (const frame of this.#shape) {
      const event = eventOf(frame);
      const index = typeof event.output_index === 'number' ? event.output_index : items.length;
      const type = frameType(frame);
      if (type === 'response.created' && isJsonObject(event.response)) response = event.response;
      if (isJsonObject(event.item)) {
        items[index] = event.item;
        const opens = type === 'response.output_item.added' && event.item.type === 'message';
        open = opens ? openMessage(index, event.item) : undefined;
      } else if (type === ANNOTATION && isJsonObject(event.annotation)) {
        open?.part?.annotations.push(event.annotation);
      } else if (open !== undefined && isJsonObject(event.part)) {
        if (type === 'response.content_part.added')
          open.part = openPart(event.part, this.#allText.length - this.#text.length);
        else {
          open.parts.push(event.part);
          open.part = undefined;
        }
      }
    }
    if (open?.part !== undefined) open.part.text = this.#text;
    // A gap would be a hole in the array; no provider leaves one.
    return { response, items: items.filter(isJsonObject), open, text: this.#allText, sequence: this.nextSequence };
  }
}

function openMessage(index: number, item: JsonObject): OpenMessage {
  return { kind: 'message', index, id: word(item.id), parts: [], part: undefined };
}

function openPart(part: JsonObject, offset: number): OpenPart {
  return { type: part.type === 'refusal' ? 'refusal' : 'output_text', text: '', offset, annotations: [], logprobs: [] };
}
