import type { StopSignal } from '../model/stop-signal.ts';
import type { ByteSource } from './exchange.ts';

/** What was read of a body, and whether that was all of it. */
export interface BodyText {
  readonly text: string;
  readonly complete: boolean;
}

/**
 * Reads a body as UTF-8 up to `maxBytes`. An incomplete one is left to the caller to cancel.
 * Rejects as `ByteSource.read` does.
 */
export async function readText(body: ByteSource, maxBytes: number): Promise<BodyText> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for (let more = await body.read(); more; more = await body.read()) {
    for (const chunk of more) {
      chunks.push(chunk);
      bytes += chunk.length;
    }
    if (bytes > maxBytes) return { text: decode(Buffer.concat(chunks, maxBytes)), complete: false };
  }
  return { text: decode(Buffer.concat(chunks, bytes)), complete: true };
}

/**
 * Reads what there is of a refusal's body: cut, slow and oversized ones give what came. Only an abort rejects, with the
 * signal's reason. The socket is closed unless the body ended.
 */
export async function readRemains(
  body: ByteSource,
  options: { readonly maxBytes: number; readonly limitMs: number; readonly signal: StopSignal },
): Promise<string> {
  let kept = '';
  const decoder = new TextDecoder();
  let left = options.maxBytes;
  // Cancelling makes the read in progress see the end.
  const clock = setTimeout(() => body.cancel(), options.limitMs);
  try {
    for (let more = await body.read(); more && left > 0; more = await body.read()) {
      const piece = Buffer.concat(more).subarray(0, left);
      kept += decoder.decode(piece, { stream: true });
      left -= piece.length;
    }
  } catch (error) {
    if (options.signal.aborted) throw error;
  } finally {
    clearTimeout(clock);
    body.cancel();
  }
  return kept;
}

function decode(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}
