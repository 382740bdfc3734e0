import { UpstreamFault } from '../engine/ports.ts';
import type { SseFrame } from '../model/wire-frame.ts';
import type { CloudLibraries } from './cloud-libraries.ts';

type Codec = InstanceType<NonNullable<CloudLibraries['@smithy/eventstream-codec']>['EventStreamCodec']>;
type Library = NonNullable<CloudLibraries['@smithy/eventstream-codec']>;

/** One message of an AWS event stream: an event of the service, or the exception that ends it. */
export interface EventMessage {
  readonly kind: 'event' | 'exception';
  /** `:event-type`, `:exception-type`, or the `:error-code` of an error that the service did not model. */
  readonly type: string;
  readonly payload: string;
}

/** Gives a message as the frame of an event stream in the target's dialect; undefined for one that says nothing. */
export type FrameOfMessage = (message: EventMessage) => SseFrame | undefined;

/** Four bytes of length before each message. */
const LENGTH_BYTES = 4;
/** The prelude with its checksum, and the checksum of the whole: a message without headers and payload. */
const EMPTY_MESSAGE_BYTES = 16;

/**
 * Bytes of an AWS event stream in, frames out, however the bytes are sliced. Checksums are checked by the vendor's
 * codec; a message that does not fit the limit, or its checksum, ends the stream.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
 */
export class EventStreamParser {
  readonly #codec: Codec;
  readonly #frameOf: FrameOfMessage;
  readonly #maxEventBytes: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(library: Library, frameOf: FrameOfMessage, maxEventBytes: number) {
    const decoder = new TextDecoder();
    const toText = (bytes: Uint8Array | string) => (typeof bytes === 'string' ? bytes : decoder.decode(bytes));
    this.#codec = new library.EventStreamCodec(toText, (text) => new TextEncoder().encode(text));
    this.#frameOf = frameOf;
    this.#maxEventBytes = maxEventBytes;
  }

  /** Throws `UpstreamFault` (`too-large`, `malformed`) as soon as a message is over the limit or broken. */
  push(bytes: Uint8Array): SseFrame[] {
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    const frames: SseFrame[] = [];
    for (let message = this.#next(); message; message = this.#next()) {
      const frame = this.#frameOf(this.#read(message));
      if (frame) frames.push(frame);
    }
    return frames;
  }

  /** A message that was cut says nothing; whether the answer was complete without it is for its decoder to know. */
  end(): SseFrame[] {
    return [];
  }

  /** The bytes of the next message; undefined while they have not all come. Joins pieces only when a message is whole. */
  #next(): Uint8Array | undefined {
    if (this.#bytes < LENGTH_BYTES) return undefined;
    const length = lengthAt(this.#head());
    if (length < EMPTY_MESSAGE_BYTES) throw fault('malformed', `a message of ${length} bytes`);
    if (length > this.#maxEventBytes) {
      throw fault('too-large', `one message of the stream is over the limit of ${this.#maxEventBytes} bytes`);
    }
    if (this.#bytes < length) return undefined;
    const all = this.#joined();
    this.#bytes -= length;
    this.#chunks = this.#bytes === 0 ? [] : [all.subarray(length)];
    return all.subarray(0, length);
  }

  #head(): Uint8Array {
    const [first] = this.#chunks;
    return first !== undefined && first.length >= LENGTH_BYTES ? first : this.#joined();
  }

  #joined(): Uint8Array {
    const [only, ...rest] = this.#chunks;
    if (only !== undefined && rest.length === 0) return only;
    const all = Buffer.concat(this.#chunks, this.#bytes);
    this.#chunks = [all];
    return all;
  }

  #read(bytes: Uint8Array): EventMessage {
    let decoded: ReturnType<Codec['decode']>;
    try {
      decoded = this.#codec.decode(bytes);
    } catch {
      throw fault('malformed', 'a message of the stream is broken');
    }
    const { headers } = decoded;
    const header = (name: string) => {
      const value = headers[name];
      return value?.type === 'string' ? value.value : '';
    };
    const payload = new TextDecoder().decode(decoded.body);
    switch (header(':message-type')) {
      case 'exception':
        return { kind: 'exception', type: header(':exception-type'), payload };
      case 'error':
        return {
          kind: 'exception',
          type: header(':error-code'),
          payload: JSON.stringify({ message: header(':error-message') }),
        };
      default:
        return { kind: 'event', type: header(':event-type'), payload };
    }
  }
}

function lengthAt(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getUint32(0);
}

function fault(what: 'malformed' | 'too-large', message: string): UpstreamFault {
  return new UpstreamFault({ kind: 'bad-response', what, message });
}
