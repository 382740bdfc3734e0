import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STREAM_PLAN_BYTES } from '../../src/config/defaults.ts';
import { eventually } from '../kit/eventually.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { post } from '../kit/raw-http.ts';
import { askBySdk } from '../kit/sdk-caller.ts';

/** Three hundred of them, for half an hour, are `npm run soak`. */
const READERS = 12;
const STALLED_MS = 3_000;

/** Much on the wire and little text, as OpenAI's padding has it: what piles up is then what the gateway holds of a stream. */
const EVENT = Buffer.from(
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'pouring',
    choices: [{ index: 0, delta: { content: 'z ' }, finish_reason: null }],
    obfuscation: 'z'.repeat(16_000),
  })}\n\n`,
);

let provider: Server;
let house: House;
let sentBytes = 0;
let open = 0;

/** Without end, as fast as it is taken. */
function pour(response: ServerResponse): void {
  if (response.destroyed) return;
  sentBytes += EVENT.length;
  if (response.write(EVENT)) setImmediate(pour, response);
  else response.once('drain', () => pour(response));
}

beforeAll(async () => {
  provider = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      open += 1;
      response.once('close', () => {
        open -= 1;
      });
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      pour(response);
    });
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const { port } = provider.address() as AddressInfo;
  house = await startHouse({
    server: { limits: { stalledReader: `${STALLED_MS}ms` } },
    providers: { pouring: { dialect: 'openai-chat', baseUrl: `http://127.0.0.1:${port}/v1` } },
    routes: { pouring: { targets: ['pouring/endless'] } },
  });
});

afterAll(async () => {
  await house.close();
  provider.closeAllConnections();
  provider.close();
});

/** Asks, and never reads a byte of the answer. */
function stalledReader(): Socket {
  const { hostname, port } = new URL(house.gateway.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.pause();
  socket.on('error', () => {});
  const body = { model: 'pouring', stream: true, messages: [{ role: 'user', content: 'Go on for ever.' }] };
  socket.write(post('/v1/chat/completions', JSON.stringify(body)));
  return socket;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heldBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe(`${READERS} readers that read nothing of a stream without end`, () => {
  it('pause the provider, hold what is planned for a stream, keep nobody else waiting, and are cut at the limit', async () => {
    const healthy = () =>
      askBySdk(house.gateway.url, { surface: 'openai-chat', stream: true, model: 'reply', prompt: '[[answer: well]]' });
    expect((await healthy()).text).toBe('well');
    const before = heldBytes();
    const sockets = Array.from({ length: READERS }, stalledReader);
    try {
      await eventually(() => open, READERS);
      let last = -1;
      // The buffers of the system fill first; the provider then sends nothing more to anybody.
      await eventually(
        async () => {
          last = sentBytes;
          await sleep(300);
          return sentBytes - last;
        },
        0,
        60_000,
      );
      const eachKiB = (heldBytes() - before) / READERS / 1024;
      console.log(
        `a stalled stream holds ${eachKiB.toFixed(0)} KiB, those of its provider and its reader in this process`,
      );
      expect(eachKiB * 1024).toBeLessThan(STREAM_PLAN_BYTES);
      expect((await healthy()).text).toBe('well');
      await eventually(() => open, 0, 60_000);
      const { rows } = await house.reader.requests({ limit: 50, route: 'pouring' });
      expect(rows.map(({ outcome }) => outcome)).toEqual(Array(READERS).fill('caller-gone'));
      expect(
        house.gateway.engine.lanes.find('pouring/endless')?.snapshot(house.gateway.engine.clock.now()),
      ).toMatchObject({
        active: 0,
        breaker: { state: 'closed' },
      });
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  }, 180_000);
});
