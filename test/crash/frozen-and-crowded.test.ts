import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerReader, openLedgerReader } from '../../src/storage/ledger-reader.ts';
import { eventually } from '../kit/eventually.ts';
import { type RawAnswer, send } from '../simulator/raw-client.ts';
import { HeldProvider } from './held-provider.ts';
import { type ServedGateway, serve } from './served.ts';

const DESCRIPTORS = 1_024;
const FROZEN_MS = 5_000;
/** Every clock of the route is over when the freeze is. */
const CLOCKS = { headers: '2s', firstContent: '2s', gap: '2s' };

let folder: string;
let provider: HeldProvider;
let gateway: ServedGateway;
let reader: LedgerReader;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-frozen-'));
  provider = await HeldProvider.start();
  const storage = join(folder, 'ledger.db');
  gateway = await serve(
    {
      server: { port: 0, limits: { headersTimeout: '2s', loopDelay: '60s' } },
      providers: { held: { dialect: 'openai-chat', baseUrl: `${provider.url}/v1` } },
      routes: {
        short: { targets: ['held/short'], timeouts: CLOCKS, failover: { primaryBudget: '4s', deadline: '4s' } },
      },
      storage: `sqlite:${storage}`,
    },
    folder,
    DESCRIPTORS,
  );
  reader = openLedgerReader({ file: storage });
}, 60_000);

afterAll(async () => {
  reader?.close();
  gateway?.child.kill('SIGKILL');
  await provider.stop();
  await rm(folder, { recursive: true, force: true });
});

function ask(stream: boolean, agent?: Agent): Promise<RawAnswer> {
  return send({
    url: `${gateway.url}/v1/chat/completions`,
    body: { model: 'short', stream, messages: [{ role: 'user', content: 'How tall is a giraffe?' }] },
    ...(agent && { agent }),
  });
}

describe('a process that is frozen for longer than every clock', () => {
  it('fails nobody whose answer came meanwhile, and no row has a negative time', async () => {
    const running = Array.from({ length: 40 }, (_, at) => ask(at % 2 === 0));
    await eventually(() => provider.open, running.length);
    gateway.child.kill('SIGSTOP');
    provider.release();
    await sleep(FROZEN_MS);
    gateway.child.kill('SIGCONT');
    const seen = await Promise.all(running);
    expect(seen.filter(({ status, ending }) => status !== 200 || ending !== 'end').map(({ text }) => text)).toEqual([]);

    const { rows } = await reader.requests({ limit: 200 });
    expect(rows).toHaveLength(running.length);
    for (const row of rows) {
      expect(row).toMatchObject({ outcome: 'served', attempts: 1 });
      const { attemptRows = [] } = (await reader.request(row.requestId)) ?? {};
      const times = [row, ...attemptRows].flatMap((each) => [each.durationMs ?? 0, each.firstContentMs ?? 0]);
      expect(Math.min(...times, row.overheadMs ?? 0)).toBeGreaterThanOrEqual(0);
    }
    // Nobody is blamed for it.
    const metrics = (await send({ method: 'GET', url: `${gateway.url}/metrics` })).text;
    expect(metrics).not.toMatch(/understudy_breaker_state\{[^}]*\} [1-9]/);
    expect((await ask(false)).status).toBe(200);
  }, 60_000);
});

const openFiles = async () => (await readdir(`/proc/${gateway.child.pid}/fd`)).length;

/** Opens so many connections that say nothing, a few hundred at a time. */
async function openIdle(count: number): Promise<Socket[]> {
  const { hostname, port } = new URL(gateway.url);
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const some = Array.from({ length: 250 }, () => {
      const socket = connect({ host: hostname, port: Number(port) });
      socket.on('error', () => {});
      return socket;
    });
    await Promise.all(some.map((socket) => new Promise((met) => socket.once('connect', met).once('close', met))));
    sockets.push(...some);
  }
  return sockets;
}

describe(`10,000 idle connections to a process that may open ${DESCRIPTORS} files`, () => {
  it('stop nobody for long, are refused beyond the limit, and leave room again', async () => {
    provider.release();
    const agent = new Agent({ keepAlive: true });
    expect((await ask(false, agent)).status).toBe(200);
    const idle = await openIdle(10_000);
    try {
      expect(await openFiles()).toBeLessThan(DESCRIPTORS);
      // Where connections are scarce an idle one may be closed for a new one: whoever meets that asks again.
      await eventually(async () => (await ask(true, agent)).status, 200);
      expect(gateway.child.exitCode).toBeNull();
      // Those that say nothing are cut after their time, though they never close their own side; whoever comes then is served.
      await eventually(openFiles, (files) => files < 100);
      await eventually(async () => (await ask(false)).status, 200);
    } finally {
      for (const socket of idle) socket.destroy();
      agent.destroy();
    }
    expect((await ask(true)).ending).toBe('end');
  }, 60_000);
});
