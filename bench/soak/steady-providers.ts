import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ChildOrders, runChild } from './child.ts';
import { STAMPED } from './stamped.ts';

const chunk = (delta: object, finish: string | null, more: object = {}) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-soak',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'soak',
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...more,
  })}\n\n`;
const OPENING = chunk({ role: 'assistant', content: '' }, null);
const CLOSING = `${chunk({}, 'stop')}data: [DONE]\n\n`;
/**
 * Much on the wire and little text: padding as OpenAI has it. The buffers of the system fill in seconds, as they would in a
 * day of ordinary text, and no reader's answer is longer than a model's is.
 */
const FLOOD = Buffer.from(chunk({ content: 'z ' }, null, { obfuscation: 'z'.repeat(8_000) }));

/**
 * Two providers that never fall ill, in a process of their own. `/stamped`: a steady stream whose pieces hold the moment at
 * which they were sent, in microseconds of the machine's monotonic clock, which all its processes share. `/flood`: a stream
 * without end, as fast as it is taken.
 */
async function start(): Promise<ChildOrders> {
  let floods = 0;
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const flood = request.url?.startsWith('/flood') ?? false;
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (!flood) return stamped(response);
      floods += 1;
      response.on('close', () => {
        floods -= 1;
      });
      response.write(OPENING);
      pour(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { ready: { url: `http://127.0.0.1:${port}` }, orders: { floods: () => floods } };
}

function stamped(response: ServerResponse): void {
  response.write(OPENING);
  let left: number = STAMPED.pieces;
  const timer = setInterval(() => {
    if (left > 0) response.write(chunk({ content: `${process.hrtime.bigint() / 1_000n} ` }, null));
    else {
      clearInterval(timer);
      response.end(CLOSING);
    }
    left -= 1;
  }, STAMPED.everyMs);
  response.on('close', () => clearInterval(timer));
}

/** A turn between two pieces: the process has other streams to serve. */
function pour(response: ServerResponse): void {
  if (response.destroyed) return;
  if (response.write(FLOOD)) setImmediate(pour, response);
  else response.once('drain', () => pour(response));
}

runChild(start);
