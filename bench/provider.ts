import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answerOf, type BenchDialect, streamOf } from './payload.ts';

/**
 * `provider.ts PORT EVENTS PACE_MS`: a provider that costs as little as it can. It reads the body and throws it away,
 * and answers from buffers made before: whole, or as a stream of EVENTS pieces, one every PACE_MS.
 */
const [port = '0', events = '200', paceMs = '5'] = process.argv.slice(2);
const ANSWER_CHARS = 1_000;

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

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'GET') {
    response.writeHead(200).end();
    return;
  }
  const said = request.url?.includes('/messages') ? messages : chat;
  let streamed = false;
  let tail = '';
  request.on('data', (bytes: Buffer) => {
    // The flag may stand anywhere, but in a small body or at an end of a large one.
    tail = tail.slice(-20) + bytes.toString('latin1');
    streamed ||= tail.includes('"stream":true');
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
  let left = Number(events);
  const timer = setInterval(() => {
    if (left > 0) response.write(said.piece);
    else {
      clearInterval(timer);
      response.end(said.close);
    }
    left -= 1;
  }, Number(paceMs));
  response.on('close', () => clearInterval(timer));
}

createServer({ keepAliveTimeout: 60_000 }, answer).listen(Number(port), '127.0.0.1');
