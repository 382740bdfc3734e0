import { createParser, type EventSourceParser } from 'eventsource-parser';
import { UpstreamFault } from '../engine/ports.ts';
import type { SseFrame } from '../model/wire-frame.ts';

/**
 * Bytes of an event stream in, frames out, however the bytes are sliced. Line ends CR, LF and CR LF, a byte order mark,
 * comments and data over several lines are read as the HTML standard has it (§9.2.6); broken UTF-8 becomes U+FFFD.
 */
export class SseParser {
  readonly #maxEventBytes: number;
  readonly #decoder = new TextDecoder();
  readonly #parser: EventSourceParser;
  #frames: SseFrame[] = [];
  #tooLarge = false;
  #endedWithCr = false;

  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes;
    this.#parser = createParser({
      // Counts UTF-16 units, never more than bytes: a guard of memory while an event is incomplete. The exact limit
      // is applied to the finished event.
      maxBufferSize: maxEventBytes,
      onEvent: ({ event, data }) => this.#add(event, data),
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') this.#tooLarge = true;
      },
    });
  }

  /** Throws `UpstreamFault` (`too-large`) as soon as one event is over the limit, complete or not. */
  push(bytes: Uint8Array): SseFrame[] {
    return this.#feed(this.#decoder.decode(bytes, { stream: true }));
  }

  /**
   * The stream ended well. What is left counts as an event though its blank line is missing, against the standard: some
   * providers close right after `data: [DONE]`. A piece of a cut event is no JSON, so the decoder will refuse it.
   */
  end(): SseFrame[] {
    return this.#feed(`${this.#decoder.decode()}\n\n`);
  }

  #feed(text: string): SseFrame[] {
    const lines = this.#toLf(text);
    if (lines !== '') this.#parser.feed(lines);
    if (this.#tooLarge) throw this.#overLimit();
    const frames = this.#frames;
    if (frames.length > 0) this.#frames = [];
    return frames;
  }

  /** The parser holds a CR back until the next read, and looks for both line ends at every line: quadratic on CR alone. */
  #toLf(text: string): string {
    if (text === '') return text;
    const rest = this.#endedWithCr && text.startsWith('\n') ? text.slice(1) : text;
    this.#endedWithCr = text.endsWith('\r');
    return rest.includes('\r') ? rest.replace(/\r\n?/g, '\n') : rest;
  }

  #add(event: string | undefined, data: string): void {
    const units = data.length + (event?.length ?? 0);
    // UTF-8 needs at most three bytes for a UTF-16 unit.
    if (units * 3 > this.#maxEventBytes && Buffer.byteLength(data) > this.#maxEventBytes) this.#tooLarge = true;
    this.#frames.push(event === undefined ? { kind: 'sse', data } : { kind: 'sse', event, data });
  }

  #overLimit(): UpstreamFault {
    const message = `one event of the stream is over the limit of ${this.#maxEventBytes} bytes`;
    return new UpstreamFault({ kind: 'bad-response', what: 'too-large', message });
  }
}
