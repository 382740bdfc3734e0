import { connect, type Socket } from 'node:net';

/** One HTTP answer as its bytes said. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Everything that came back on one connection. */
export interface Conversation {
  /** Complete answers, in their order. */
  readonly responses: readonly RawResponse[];
  /** Statuses of interim answers (1xx). */
  readonly interim: readonly number[];
  /** What came after the last complete answer. */
  readonly rest: string;
  /** `ended` in order, `reset`, or still `open` when the wait was over. */
  readonly closing: 'ended' | 'reset' | 'open';
  /** Bytes that the other side took. */
  readonly bytesTaken: number;
  readonly ms: number;
}

export interface Talk {
  /** Written one after the other; a number is a pause in milliseconds. */
  readonly say: readonly (string | Buffer | number)[];
  /** Hang up after so many complete answers; absent: wait until the other side closes. */
  readonly answers?: number;
  /** Longest wait, in milliseconds. */
  readonly waitMs?: number;
}

/** Speaks raw bytes to `url` and collects what comes back. Never rejects: a broken connection is a result. */
export async function talk(url: string, { say, answers, waitMs = 10_000 }: Talk): Promise<Conversation> {
  const begun = performance.now();
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const received: Buffer[] = [];
  const text = () => Buffer.concat(received).toString('latin1');
  const closing = await new Promise<Conversation['closing']>((resolve) => {
    const timer = setTimeout(() => resolve('open'), waitMs);
    const done = (how: Conversation['closing']) => {
      clearTimeout(timer);
      resolve(how);
    };
    socket.on('data', (data) => {
      received.push(data);
      if (answers !== undefined && parseResponses(text()).responses.length >= answers) done('open');
    });
    socket.on('end', () => done('ended'));
    socket.on('error', () => done('reset'));
    socket.on('close', () => done('reset'));
    void sayAll(socket, say);
  });
  const bytesTaken = socket.bytesWritten - socket.writableLength;
  socket.destroy();
  return { ...parseResponses(text()), closing, bytesTaken, ms: performance.now() - begun };
}

async function sayAll(socket: Socket, say: Talk['say']): Promise<void> {
  for (const piece of say) {
    if (socket.destroyed) return;
    if (typeof piece === 'number') await new Promise((resolve) => setTimeout(resolve, piece));
    else if (!socket.write(piece)) await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve));
  }
}

/** Splits what came into answers by their own framing: Content-Length or chunked. */
export function parseResponses(text: string): Pick<Conversation, 'responses' | 'interim' | 'rest'> {
  const responses: RawResponse[] = [];
  const interim: number[] = [];
  let rest = text;
  for (;;) {
    const head = /^HTTP\/1\.1 (\d{3})[^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(rest);
    if (!head) return { responses, interim, rest };
    const status = Number(head[1]);
    const headers = parseHeaders(head[2] ?? '');
    const after = rest.slice(head[0].length);
    if (status < 200) {
      interim.push(status);
      rest = after;
      continue;
    }
    const body = headers['transfer-encoding'] === 'chunked' ? chunkedBody(after) : lengthBody(after, headers);
    if (!body) return { responses, interim, rest };
    responses.push({ status, headers, text: Buffer.from(body.text, 'latin1').toString('utf8') });
    rest = after.slice(body.used);
  }
}

function parseHeaders(lines: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines.split('\r\n').filter(Boolean)) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}

function lengthBody(text: string, headers: Record<string, string>): { text: string; used: number } | undefined {
  const length = Number(headers['content-length'] ?? 0);
  return text.length < length ? undefined : { text: text.slice(0, length), used: length };
}

function chunkedBody(text: string): { text: string; used: number } | undefined {
  let body = '';
  let at = 0;
  for (;;) {
    const line = text.indexOf('\r\n', at);
    if (line === -1) return undefined;
    const size = Number.parseInt(text.slice(at, line), 16);
    const end = line + 2 + size + 2;
    if (text.length < end) return undefined;
    if (size === 0) return { text: body, used: end };
    body += text.slice(line + 2, line + 2 + size);
    at = end;
  }
}

/** The bytes of one POST with this body, headers as given. */
export function post(path: string, body: string | Buffer, headers: readonly string[] = []): Buffer {
  const bytes = Buffer.from(body);
  const head = ['host: house', 'content-type: application/json', `content-length: ${bytes.length}`, ...headers];
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}
