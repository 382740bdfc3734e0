import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/**
 * `provider.ts PORT WRITES EVENTS PACE_MS WAIT_MS`: a provider that costs next to nothing. Answers whole after WAIT_MS, or as a
 * stream of WRITES times EVENTS pieces, PACE_MS apart; one clock serves all streams.
 */
const [port = '0', writes = '60', events = '4', paceMs = '32', waitMs = '20'] = process.argv.slice(2);

const TEXT = 'The quick brown fox jumps over the lazy dog. ';
const stamp = { id: 'chatcmpl-overload', created: 1_700_000_000, model: 'steady' };
const usage = { prompt_tokens: 100, completion_tokens: 200, total_tokens: 300 };

const WHOLE = Buffer.from(
  JSON.stringify({
    ...stamp,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: TEXT.repeat(20) }, finish_reason: 'stop' }],
    usage,
  }),
);
const chunk = (delta: object, finish: string | null, more: object = {}) =>
  `data: ${JSON.stringify({ ...stamp, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`;
const OPEN = Buffer.from(chunk({ role: 'assistant', content: '' }, null));
const PIECES = Buffer.from(chunk({ content: TEXT.slice(0, 20) }, null).repeat(Number(events)));
const CLOSE = Buffer.from(`${chunk({}, 'stop', { usage })}data: [DONE]\n\n`);

interface Stream {
  readonly response: ServerResponse;
  left: number;
}
const streams = new Set<Stream>();

setInterval(() => {
  for (const stream of streams) {
    if (stream.response.destroyed) streams.delete(stream);
    else if (stream.left > 0) {
      stream.response.write(PIECES);
      stream.left -= 1;
    } else {
      stream.response.end(CLOSE);
      streams.delete(stream);
    }
  }
}, Number(paceMs));

function answer(request: IncomingMessage, response: ServerResponse): void {
  let streamed = false;
  request.on('data', (bytes: Buffer) => {
    streamed ||= bytes.includes('"stream":true');
  });
  request.on('end', () => {
    if (streamed) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(OPEN);
      streams.add({ response, left: Number(writes) });
      return;
    }
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': WHOLE.length });
      response.end(WHOLE);
    }, Number(waitMs));
  });
}

createServer({ keepAliveTimeout: 60_000 }, answer).listen(
  { port: Number(port), host: '127.0.0.1', backlog: 4_096 },
  () => process.send?.('ready'),
);
