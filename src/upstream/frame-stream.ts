import { UpstreamFault } from '../engine/ports.ts';
import type { SseFrame } from '../model/wire-frame.ts';
import type { ByteSource } from './exchange.ts';

/** Bytes in, frames out, however the bytes are sliced. Throws `UpstreamFault` for what is no such stream. */
export interface FrameParser {
  push(bytes: Uint8Array): SseFrame[];
  /** The stream ended well: whatever is left. */
  end(): SseFrame[];
}

/**
 * The frames of an event stream, one batch a network read. May be iterated once. Nothing is read ahead of the consumer;
 * leaving early closes the socket at once, even while a `next()` is waiting (an async generator would queue behind it).
 */
export function frameStream(
  body: ByteSource,
  parser: FrameParser,
  options: { readonly provider: string; readonly status: number },
): AsyncIterable<readonly SseFrame[]> {
  let over = false;

  async function next(): Promise<IteratorResult<readonly SseFrame[]>> {
    try {
      while (!over) {
        const chunks = await body.read();
        const frames = chunks ? parser.push(joined(chunks)) : parser.end();
        if (!chunks) over = true;
        if (frames.length > 0) return { done: false, value: frames };
      }
    } catch (error) {
      stop();
      throw placed(error, options);
    }
    return { done: true, value: undefined };
  }

  function stop(): void {
    over = true;
    body.cancel();
  }

  return {
    [Symbol.asyncIterator]: () => ({
      next,
      return: async () => {
        stop();
        return { done: true, value: undefined };
      },
    }),
  };
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [only, ...rest] = chunks;
  return only && rest.length === 0 ? only : Buffer.concat(chunks);
}

/** The parser knows neither whose stream it reads nor its status. */
function placed(error: unknown, at: { readonly provider: string; readonly status: number }): unknown {
  if (!(error instanceof UpstreamFault) || error.fault.status !== undefined) return error;
  const message = `provider ${at.provider}: ${error.fault.message}`;
  return new UpstreamFault({ ...error.fault, status: at.status, message });
}
