import type { ChatEvent } from '../../model/chat-event.ts';
import type { Citation } from '../../model/citation.ts';
import { CitedText } from '../../model/cited-text.ts';
import type { JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { writeLogprobs } from '../common/openai-logprobs.ts';
import { writeAnnotation } from './annotations.ts';
import type { ItemStream } from './item-stream.ts';
import { type OpenMessage, type OpenPart, partObject } from './open-items.ts';

/** Writes the parts of messages: text with its tokens and sources, and refusals. */
export class MessageWriter {
  readonly #stream: ItemStream;
  /** All text so far: citations count in it. */
  readonly #text = new CitedText();

  constructor(stream: ItemStream) {
    this.#stream = stream;
  }

  /** Goes on behind this text. */
  adopt(text: string): void {
    this.#text.add(text);
  }

  say(message: OpenMessage, type: OpenPart['type'], text: string, out: SseFrame[]): void {
    if (message.part?.type !== type) {
      this.close(message, out);
      message.part = { type, text: '', offset: this.#text.length, annotations: [], logprobs: [] };
      this.#stream.emit('response.content_part.added', { ...placeOf(message), part: partObject(message.part) }, out);
    }
    message.part.text += text;
    if (type === 'output_text') this.#text.add(text);
    const place = placeOf(message);
    if (type === 'refusal') this.#stream.emit('response.refusal.delta', { ...place, delta: text }, out);
    else this.#stream.emit('response.output_text.delta', { ...place, delta: text, logprobs: [] }, out);
  }

  /** Clients add up pieces of text; tokens come beside an empty one, because nobody knows them before the text. */
  weigh(message: OpenMessage, event: Extract<ChatEvent, { type: 'logprobs' }>, out: SseFrame[]): void {
    if (event.of !== 'text' || message.part?.type !== 'output_text') return;
    const logprobs = writeLogprobs(event.tokens);
    for (const token of logprobs) message.part.logprobs.push(token);
    this.#stream.emit('response.output_text.delta', { ...placeOf(message), delta: '', logprobs }, out);
  }

  cite(message: OpenMessage, citation: Citation, out: SseFrame[]): void {
    if (message.part?.type !== 'output_text') return;
    const { annotations, offset } = message.part;
    const annotation = writeAnnotation(citation, this.#text, offset);
    if (annotation === undefined) return;
    const added = { ...placeOf(message), annotation_index: annotations.push(annotation) - 1, annotation };
    this.#stream.emit('response.output_text.annotation.added', added, out);
  }

  /** Ends the part that is open. */
  close(message: OpenMessage, out: SseFrame[]): void {
    const { part } = message;
    if (part === undefined) return;
    const { type, text, logprobs } = part;
    const place = placeOf(message);
    if (type === 'refusal') this.#stream.emit('response.refusal.done', { ...place, refusal: text }, out);
    else this.#stream.emit('response.output_text.done', { ...place, text, logprobs: [...logprobs] }, out);
    const whole = partObject(part);
    this.#stream.emit('response.content_part.done', { ...place, part: whole }, out);
    message.parts.push(whole);
    message.part = undefined;
  }
}

function placeOf(message: OpenMessage): JsonObject {
  return { item_id: message.id, output_index: message.index, content_index: message.parts.length };
}
