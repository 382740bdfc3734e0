import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../kit/eventually.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';

const STALLED = 12;
const STALLED_MS = 2_000;
const EVENT_CHARS = 64 * 1024;
/** What docs/bounds.md allows a stream, an event as large as these on its way twice, and what caller and provider hold in this process. */
const BYTES_A_STREAM = (320 + 4 * 64 + 256) * 1024;

const event = (delta: object) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`;
const PIECE = event({ content: 'x'.repeat(EVENT_CHARS) });

/** Says as much as it is let to, for ever. */
let provider: Server;
const answers = new Set<ServerResponse>();
let house: House;

beforeAll(async () => {
  provider = createServer((incoming, answer) => {
    incoming.resume();
    answers.add(answer);
    answer.on('close', () => answers.delete(answer));
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    answer.write(event({ role: 'assistant', content: '' }));
    const go = () => {
      while (!answer.destroyed && answer.write(PIECE));
    };
    answer.on('drain', go);
    go();
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const { port } = provider.address() as AddressInfo;
  house = await startHouse({
    server: { limits: { stalledReader: `${STALLED_MS}ms` } },
    env: { ENDLESS_KEY: 'endless-key' },
    providers: {
      endless: { dialect: 'openai-chat', baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'env:ENDLESS_KEY' },
    },
    routes: { endless: { targets: ['endless/m'] } },
  });
});
afterAll(async () => {
  await house.close();
  provider.closeAllConnections();
  await new Promise((resolve) => provider.close(resolve));
});

/** Asks for a stream and reads nothing of it. */
function stalled(): Socket {
  const { hostname, port } = new URL(house.gateway.url);
  const body = JSON.stringify({ model: 'endless', stream: true, messages: [{ role: 'user', content: 'Go on.' }] });
  const socket = connect({ host: hostname, port: Number(port) });
  socket.pause();
  socket.on('error', () => {});
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heldBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Bytes that left the provider's process. */
function said(): number {
  return [...answers].reduce((sum, { socket }) => sum + (socket ? socket.bytesWritten - socket.writableLength : 0), 0);
}

test('readers that stall: what they hold is bounded, they are cut and named, and others are served', async () => {
  const before = heldBytes();
  const readers = Array.from({ length: STALLED }, stalled);
  await eventually(() => answers.size, STALLED);
  let last = -1;
  await eventually(
    async () => {
      const seen = said();
      const grew = seen !== last;
      last = seen;
      await new Promise((resolve) => setTimeout(resolve, 150));
      return grew;
    },
    (grew) => !grew,
  );
  // What the kernel has taken is part of the answer so far, which is kept twice.
  expect(heldBytes() - before).toBeLessThan(STALLED * BYTES_A_STREAM + 2 * said());
  const other = await request(`${house.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'reply', messages: [{ role: 'user', content: 'Hi.' }] }),
  });
  expect(other.statusCode).toBe(200);
  await other.body.dump();
  // Cut, they free what they held, the provider's connections included.
  await eventually(() => answers.size, 0);
  await eventually(async () => {
    const metrics = await request(`${house.gateway.url}/metrics`);
    const text = await metrics.body.text();
    return Number(/^understudy_readers_cut_total\{route="endless",why="stalled-reader"\} (\d+)/m.exec(text)?.[1]);
  }, STALLED);
  const lines = house.logs.map((line) => JSON.parse(line)).filter(({ cut }) => cut !== undefined);
  expect(lines).toHaveLength(STALLED);
  expect(lines[0]).toMatchObject({ level: 40, msg: 'caller-gone', cut: 'stalled-reader', route: 'endless' });
  const row = await house.reader.request(lines[0].request);
  expect(row?.decisions.at(-1)).toMatchObject({ type: 'stopped', reason: 'stalled-reader' });
  for (const reader of readers) reader.destroy();
});
