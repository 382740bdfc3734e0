import { connect, type Socket } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import type { Script } from '../../src/simulator/index.ts';
import { eventually } from '../kit/eventually.ts';
import { type House, type HouseOptions, startHouse } from '../kit/gateway-kit.ts';
import { send } from '../simulator/raw-client.ts';

let house: House | undefined;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await house?.close();
  house = undefined;
});

const ENDLESS: Script = { fault: 'none', answer: 'on and '.repeat(400), chunkDelayMs: 50 };
const PATIENT = { headers: '30s', firstContent: '30s', gap: '30s' };

async function openHouse(options: HouseOptions = {}): Promise<House> {
  house = await startHouse({ timeouts: PATIENT, ...options });
  return house;
}

function question(stream: boolean): Record<string, unknown> {
  return { model: 'reply', stream, max_tokens: 2_000, messages: [{ role: 'user', content: 'Go on.' }] };
}

describe('requests that still run when the grace is over', () => {
  it('a stream of each surface gets the error of its protocol before the socket closes, and no clean end', async () => {
    const { gateway, simulator, reader } = await openHouse();
    simulator.script('alpha', ENDLESS);
    const openai = send({ url: `${gateway.url}/v1/chat/completions`, body: question(true) });
    const anthropic = send({ url: `${gateway.url}/v1/messages`, body: question(true) });
    await eventually(() => simulator.meter('alpha').openStreams, 2);

    expect(await gateway.drain(0, 100)).toBe(false);
    const [one, two] = [await openai, await anthropic];
    expect(one.text).toMatch(/data: \{[^\n]*"error"[^\n]*gateway_draining/);
    expect(one.text).not.toContain('[DONE]');
    expect(two.text).toMatch(/event: error\ndata: [^\n]*shutting down/);
    expect(two.text).not.toContain('message_stop');
    expect([one.ending, two.ending]).toEqual(['cut', 'cut']);

    const { rows } = await reader.requests({ limit: 10 });
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(row).toMatchObject({ outcome: 'interrupted', failure: { code: 'gateway_draining' } });
      const [attempt] = (await reader.request(row.requestId))?.attemptRows ?? [];
      expect(attempt).toMatchObject({ state: 'unknown', committed: true, fault: { kind: 'caller-gone' } });
    }
    // The provider was let go as well, and is not blamed.
    await eventually(() => simulator.meter('alpha').closedByClient, 2);
    expect(gateway.engine.lanes.snapshots(gateway.engine.clock.now())[0]?.breaker.state).toBe('closed');
  });

  it('whoever has no byte yet gets a whole 503 that may be retried', async () => {
    const { gateway, simulator, reader } = await openHouse();
    simulator.script('alpha', { fault: 'hang-before-headers' });
    const whole = send({ url: `${gateway.url}/v1/chat/completions`, body: question(false) });
    const stream = send({ url: `${gateway.url}/v1/messages`, body: question(true) });
    await eventually(() => simulator.meter('alpha').concurrent, 2);
    expect(await gateway.drain(0, 50)).toBe(false);
    for (const answer of [await whole, await stream]) {
      expect(answer).toMatchObject({ status: 503, ending: 'end', headers: { 'x-should-retry': 'true' } });
      expect(JSON.parse(answer.text).error.message).toContain('shutting down');
    }
    const { rows } = await reader.requests({ limit: 10 });
    expect(rows.map((row) => [row.outcome, row.failure?.code])).toEqual([
      ['failed', 'gateway_draining'],
      ['failed', 'gateway_draining'],
    ]);
  });

  it('the official clients throw', async () => {
    const { gateway, simulator } = await openHouse();
    simulator.script('alpha', ENDLESS);
    const options = { apiKey: 'none', maxRetries: 0 };
    const openai = new OpenAI({ ...options, baseURL: `${gateway.url}/v1` });
    const anthropic = new Anthropic({ ...options, baseURL: gateway.url });
    const messages = [{ role: 'user' as const, content: 'Go on.' }];
    const readers = [
      async () => {
        for await (const _ of await openai.chat.completions.create({ model: 'reply', stream: true, messages }));
      },
      async () => {
        for await (const _ of anthropic.messages.stream({ model: 'reply', max_tokens: 900, messages }));
      },
    ];
    const reading = Promise.allSettled(readers.map((read) => read()));
    await eventually(() => simulator.meter('alpha').openStreams, 2);
    await gateway.drain(0, 50);
    for (const read of await reading) {
      expect(read.status === 'rejected' && String(read.reason)).toMatch(/shutting down/);
    }
  });
});

/** Sends a request and reads nothing of the answer until told. */
function unreadRequest(url: string, path: string, body: object): Socket {
  const { hostname, port } = new URL(url);
  const text = JSON.stringify(body);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => {});
  socket.pause();
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
  );
  return socket;
}

async function readAll(socket: Socket): Promise<string> {
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(pieces).toString();
}

/** More than the kernel's buffers on both ends take in. */
const LARGE = 'z'.repeat(24 * 1024 * 1024);
const ALL_OF_IT = { ...question(false), max_tokens: 10_000_000 };

describe('a slow reader of a large whole answer', () => {
  it('is waited for by the drain: no whole answer is cut', async () => {
    const { gateway, simulator, reader } = await openHouse();
    simulator.script('alpha', { fault: 'none', answer: LARGE });
    const socket = unreadRequest(gateway.url, '/v1/chat/completions', ALL_OF_IT);
    await eventually(async () => (await reader.requests({ limit: 1 })).rows[0]?.outcome, 'served');
    const drained = gateway.drain(0, 20_000);
    const text = readAll(socket);
    expect(await drained).toBe(true);
    const [head = '', body = ''] = (await text).split('\r\n\r\n', 2);
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(JSON.parse(body).choices[0].message.content.length).toBe(LARGE.length);
  });

  it('is cut when it takes nothing for longer than the limit, and its place comes free', async () => {
    const { gateway, simulator, reader } = await openHouse({ server: { limits: { stalledReader: '1500ms' } } });
    simulator.script('alpha', { fault: 'none', answer: LARGE });
    const socket = unreadRequest(gateway.url, '/v1/chat/completions', ALL_OF_IT);
    await eventually(async () => (await reader.requests({ limit: 1 })).rows[0]?.outcome, 'served');
    const open = async () => JSON.parse((await send({ method: 'GET', url: `${gateway.url}/health/ready` })).text).open;
    expect(await open()).toBe(1);
    await eventually(open, 0);
    expect((await readAll(socket)).length).toBeLessThan(LARGE.length);
  });
});
