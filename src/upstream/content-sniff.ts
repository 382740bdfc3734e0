import type { ByteSource } from './exchange.ts';

/** What a declared content type promises. */
export type DeclaredType = 'event-stream' | 'aws-event-stream' | 'json' | 'html' | 'vague' | 'other';

/** The first bytes of an event stream: one of its fields, or a comment (HTML standard §9.2.6). */
const STREAM_STARTS = ['data:', 'event:', 'id:', 'retry:', ':'];

/** A body that starts with this much white space is nothing we know. */
const maxSniffBytes = 4_096;

/** Bedrock's streams: binary messages instead of server-sent events. */
export const AWS_EVENT_STREAM = 'application/vnd.amazon.eventstream';

/** Reads a `content-type` value; absent, `text/plain` and `application/octet-stream` promise nothing. */
export function declaredType(contentType: string | undefined): DeclaredType {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'text/event-stream') return 'event-stream';
  if (type === AWS_EVENT_STREAM) return 'aws-event-stream';
  if (type === 'text/html' || type === 'application/xhtml+xml') return 'html';
  if (type === 'application/json' || type === 'text/json' || type.endsWith('+json')) return 'json';
  if (type === '' || type === 'text/plain' || type === 'application/octet-stream') return 'vague';
  return 'other';
}

/** True once the text can only be the start of an event stream, false once it cannot be one, undefined while it may. */
export function startsLikeEventStream(text: string): boolean | undefined {
  const start = text.replace(/^[\ufeff\s]+/, '');
  if (STREAM_STARTS.some((field) => start.startsWith(field))) return true;
  if (STREAM_STARTS.some((field) => field.startsWith(start))) return undefined;
  return false;
}

/** Looks at the first bytes of a body; the given source still holds all of them. */
export async function sniffEventStream(body: ByteSource): Promise<{ isStream: boolean; body: ByteSource }> {
  const seen: Buffer[] = [];
  for (let bytes = 0; bytes < maxSniffBytes; ) {
    const more = await body.read();
    if (!more) break;
    seen.push(...more);
    for (const chunk of more) bytes += chunk.length;
    const verdict = startsLikeEventStream(Buffer.concat(seen).toString('utf8', 0, maxSniffBytes));
    if (verdict !== undefined) return { isStream: verdict, body: withHead(seen, body) };
  }
  return { isStream: false, body: withHead(seen, body) };
}

function withHead(head: readonly Buffer[], body: ByteSource): ByteSource {
  let pending = head;
  return {
    async read() {
      if (pending.length === 0) return body.read();
      const first = pending;
      pending = [];
      return first;
    },
    cancel() {
      pending = [];
      body.cancel();
    },
  };
}
