import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerOf, streamOf, textOf } from '../payload.ts';
import { monotonicMicros } from './monotonic.ts';
import { type Behaviour, FLOOD_USER, type ProviderOrder, type ProviderResult } from './provider-orders.ts';
import { serveParent } from './serve-parent.ts';

/** A provider that does as it is told, and writes into every piece of a stream when it sent it. */
const WHOLE = Buffer.from(JSON.stringify(answerOf('openai-chat', 1_000)));
const STREAM = streamOf('openai-chat');
const [BEFORE_TEXT = '', AFTER_TEXT = ''] = STREAM.piece.split(textOf(24));
const FLOOD = Buffer.from(`${BEFORE_TEXT}${textOf(16_000)}${AFTER_TEXT}`);

let behaviour: Behaviour = { kind: 'answers', delayMs: 0, pieces: 20, paceMs: 5 };
let requests = 0;

const stampedPiece = () => `${BEFORE_TEXT}@${monotonicMicros()}@ and so on${AFTER_TEXT}`;

function onRequest(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'GET') {
    response.writeHead(200).end();
    return;
  }
  requests += 1;
  const chunks: Buffer[] = [];
  request.on('data', (bytes: Buffer) => chunks.push(bytes));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString('latin1');
    if (body.includes(FLOOD_USER)) flood(response);
    else behave(response, /"stream": ?true/.test(body), behaviour);
  });
}

function behave(response: ServerResponse, streamed: boolean, how: Behaviour): void {
  switch (how.kind) {
    case 'is-silent':
      return;
    case 'hangs-up':
      response.socket?.destroy();
      return;
    case 'refuses': {
      const error = Buffer.from(JSON.stringify({ error: { message: 'out of order', type: 'server_error' } }));
      response.writeHead(how.status, { 'content-type': 'application/json', 'content-length': error.length });
      response.end(error);
      return;
    }
    case 'answers': {
      const answer = () => (streamed ? stream(response, how) : whole(response));
      if (how.delayMs > 0) setTimeout(answer, how.delayMs);
      else answer();
    }
  }
}

function whole(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': WHOLE.length });
  response.end(WHOLE);
}

function stream(response: ServerResponse, how: Extract<Behaviour, { kind: 'answers' }>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(STREAM.open + stampedPiece());
  let left = how.pieces - 1;
  const timer = setInterval(() => {
    if (left > 0) response.write(stampedPiece());
    else {
      clearInterval(timer);
      response.end(STREAM.close);
    }
    left -= 1;
  }, how.paceMs);
  response.on('close', () => clearInterval(timer));
}

function flood(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(STREAM.open);
  const more = () => {
    while (!response.destroyed && response.write(FLOOD));
  };
  response.on('drain', more);
  more();
}

const server = createServer({ keepAliveTimeout: 60_000 }, onRequest);

serveParent<ProviderOrder, ProviderResult>(async (order) => {
  switch (order.kind) {
    case 'listen':
      await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve));
      return (server.address() as AddressInfo).port;
    case 'behave':
      behaviour = order.behaviour;
      return 0;
    case 'count': {
      const counted = requests;
      requests = 0;
      return counted;
    }
  }
});
