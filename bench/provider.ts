import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerOf, type BenchDialect, streamOf } from './payload.ts';
import { serveParent } from './scenarios/serve-parent.ts';

/**
 * A provider that costs as little as it can. It reads the body and throws it away, and answers from buffers made before:
 * whole, or as a stream.
 */
export type ProviderOrder =
  | { readonly kind: 'listen' }
  /** So many pieces of text in every stream from now on, one every `paceMs`. */
  | { readonly kind: 'streams'; readonly events: number; readonly paceMs: number };

const ANSWER_CHARS = 1_000;
let shape = { events: 200, paceMs: 5 };

const prepared = (dialect: BenchDialect) => {
  const { open, piece, close } = streamOf(dialect);
  return {
    whole: Buffer.from(JSON.stringify(answerOf(dialect, ANSWER_CHARS))),
    open: Buffer.from(open),
    piece: Buffer.from(piece),
    close: Buffer.from(close),
  };
};
const chat = prepared('openai-chat');
const messages = prepared('anthropic-messages');

/** As it is written by whoever writes JSON with blanks, and without. */
const STREAM_FLAGS = ['"stream":true', '"stream": true'] as const;
/** A flag that two packets share is shorter than this. */
const FLAG_BYTES = 16;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const said = request.url?.includes('/messages') ? messages : chat;
  let streamed = false;
  let tail: Buffer = Buffer.alloc(0);
  request.on('data', (bytes: Buffer) => {
    if (streamed) return;
    const seam = Buffer.concat([tail, bytes.subarray(0, FLAG_BYTES)]);
    streamed = STREAM_FLAGS.some((flag) => bytes.includes(flag) || seam.includes(flag));
    tail = Buffer.from(bytes.subarray(-FLAG_BYTES));
  });
  request.on('end', () => {
    if (streamed) return stream(said, response);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': said.whole.length });
    response.end(said.whole);
  });
}

function stream(said: ReturnType<typeof prepared>, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(said.open);
  let left = shape.events;
  const timer = setInterval(() => {
    if (left > 0) response.write(said.piece);
    else {
      clearInterval(timer);
      response.end(said.close);
    }
    left -= 1;
  }, shape.paceMs);
  response.on('close', () => clearInterval(timer));
}

const server = createServer({ keepAliveTimeout: 60_000 }, answer);

/** Answers with its port. */
serveParent<ProviderOrder, number>(async (order) => {
  switch (order.kind) {
    case 'listen':
      await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve));
      break;
    case 'streams':
      shape = order;
      break;
  }
  return (server.address() as AddressInfo).port;
});
