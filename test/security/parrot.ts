import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as a parrot received it, every byte of it. */
export interface Received {
  readonly head: string;
  readonly body: string;
}

/** A provider that repeats the key it was sent, in every place and form that a careless vendor might. */
export interface Parrot {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly received: readonly Received[];
  stop(): Promise<void>;
}

type Repeat = (key: string, response: ServerResponse) => void;

const json = (response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));

/** The three vendors' shapes at once: each dialect finds its own. */
const complaint = (text: string, more: Record<string, unknown> = {}) => ({
  type: 'error',
  error: { message: text, status: 'UNKNOWN', details: [{ reason: text }], ...more },
  message: text,
});

const refusing =
  (status: number, more: (key: string) => Record<string, unknown> = () => ({})): Repeat =>
  (key, response) =>
    json(response, status, complaint(`The key ${key} may not do this.`, more(key)));

const streaming =
  (write: (key: string) => string): Repeat =>
  (key, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(write(key));
  };

/** One piece of text in the shape of each dialect; readers ignore what is not theirs. */
const piece = (text: string) =>
  `event: content_block_delta\ndata: ${JSON.stringify({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text },
    choices: [{ index: 0, delta: { content: text } }],
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] } }],
  })}\n\n`;
const opening = `event: message_start\ndata: ${JSON.stringify({
  type: 'message_start',
  message: { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: 'm', usage: { input_tokens: 1 } },
})}\n\nevent: content_block_start\ndata: ${JSON.stringify({
  type: 'content_block_start',
  index: 0,
  content_block: { type: 'text', text: '' },
})}\n\n`;

/** The ways by name. A name is a model's last word. */
export const REPEATS: Readonly<Record<string, Repeat>> = {
  '400': refusing(400),
  '401': refusing(401),
  '402': refusing(402),
  '403': refusing(403),
  '404': refusing(404),
  '413': refusing(413),
  '422': refusing(422),
  '429': refusing(429),
  '451': refusing(451),
  '500': refusing(500),
  '503': refusing(503),
  '529': refusing(529),
  typed: refusing(400, (key) => ({ type: key, code: key, param: key })),
  refused: refusing(401, (key) => ({ type: key, code: key, param: key })),
  base64: (key, response) => json(response, 400, complaint(`Basic ${Buffer.from(`user:${key}`).toString('base64')}`)),
  url: (key, response) => json(response, 400, complaint(`GET /v1?key=${encodeURIComponent(key)} failed`)),
  text: (key, response) => response.writeHead(400, { 'content-type': 'text/plain' }).end(`bad key ${key}`),
  page: (key, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<html><title>${key}</title>${key}</html>`),
  gateway: (key, response) => response.writeHead(502, { 'content-type': 'text/html' }).end(`<h1>${key}</h1>`),
  headers: (key, response) =>
    json(response, 500, complaint('no'), { 'x-request-id': key, 'request-id': key, 'retry-after': key, 'x-key': key }),
  moved: (key, response) => response.writeHead(307, { location: `/v1?key=${encodeURIComponent(key)}` }).end(key),
  shape: (key, response) => json(response, 200, { [key]: key }),
  type: (key, response) => response.writeHead(200, { 'content-type': key }).end(key),
  garbage: (key, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(`{"a": ${key}}`),
  inside: (key, response) => json(response, 200, complaint(`The key ${key} may not do this.`)),
  early: streaming((key) => `event: error\ndata: ${JSON.stringify(complaint(key, { type: 'overloaded_error' }))}\n\n`),
  late: streaming(
    (key) =>
      `${opening}${piece('Some words. ')}${piece('And more. ')}event: error\ndata: ${JSON.stringify(
        complaint(key, { type: key, code: key }),
      )}\n\n`,
  ),
  broken: streaming((key) => `${opening}${piece('Some words. ')}data: {"choices": ${key}\n\n`),
  unnamed: streaming((key) => `${opening}${piece('Some words. ')}event: ${key}\ndata: ${key}\n\n`),
  endless: streaming((key) => `data: ${key}`),
  status: (_, response) => response.writeHead(599).end(),
};

/** Listens. Rejects when no port is free. */
export async function startParrot(): Promise<Parrot> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      received.push({ head: headOf(request), body });
      const model = /\/models\/([^:]+):/.exec(request.url ?? '')?.[1] ?? /"model":"([^"]*)"/.exec(body)?.[1] ?? '';
      const repeat = REPEATS[model.split('.').at(-1) ?? ''];
      if (repeat) repeat(keyOf(request), response);
      else response.writeHead(500).end('no such way');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function keyOf({ headers }: IncomingMessage): string {
  const own = headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers.authorization?.replace('Bearer ', '');
  return String(own ?? '');
}

function headOf(request: IncomingMessage): string {
  const lines = [`${request.method} ${request.url}`];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    lines.push(`${request.rawHeaders[at]?.toLowerCase()}: ${request.rawHeaders[at + 1]}`);
  }
  return lines.join('\n');
}
