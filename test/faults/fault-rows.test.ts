import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chance } from '../../src/engine/ports.ts';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';
import type { StoredRequest } from '../../src/storage/stored-request.ts';
import { systemChance } from '../../src/system-clock.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { closedPort, type HandmadeProvider, startHandmadeProvider } from '../kit/handmade-provider.ts';
import { askBySdk, type Heard, SURFACES } from '../kit/sdk-caller.ts';
import { until, watch } from '../kit/watch.ts';

const WAYS = SURFACES.flatMap((surface) => (['stream', 'whole'] as const).map((mode) => ({ surface, mode })));
type Way = (typeof WAYS)[number];

const ADMIN_KEY = 'admin-key-of-this-test';
const chance: Chance = { next: () => 0.02, newId: systemChance.newId };
const seen = watch();
let house: House;
let odd: HandmadeProvider;
/** Other providers, of which no connection is kept: what breaks on a kept one is something else. */
let untouched: Simulator;
const FRESH = (['every-time', 'once'] as const).flatMap((times) => WAYS.map((_, at) => `fresh-${times}-${at}`));
const DIALECTS = ['openai-chat', 'anthropic-messages', 'gemini-generate', 'openai-chat'] as const;

function freshProviders() {
  return Object.fromEntries(
    FRESH.map((name, at) => {
      const dialect = DIALECTS[at % DIALECTS.length] ?? 'openai-chat';
      return [name, { dialect, baseUrl: untouched.baseUrl(dialect, name) }];
    }),
  );
}

/** `first` at its own provider, `beta` behind it; every route has lanes of its own. */
const chain = (name: string, first: string) => [name, { targets: [`${first}/steady-${name}`, `beta/steady-${name}`] }];

beforeAll(async () => {
  odd = await startHandmadeProvider((response) => response.writeHead(666).end('no such status'));
  untouched = await startSimulator();
  house = await startHouse({
    chance,
    observer: seen.observer,
    env: { ADMIN_KEY },
    server: { adminKey: 'env:ADMIN_KEY' },
    providers: {
      refused: { dialect: 'openai-chat', baseUrl: `${await closedPort()}/v1` },
      odd: { dialect: 'openai-chat', baseUrl: `${odd.url}/v1` },
      ...freshProviders(),
    },
    routes: {
      ...Object.fromEntries(FRESH.map((name) => chain(name, name))),
      ...Object.fromEntries([chain('refused', 'refused'), chain('odd', 'odd'), chain('stale', 'gamma')]),
      ...Object.fromEntries(['paid', 'asleep', 'down'].map((name) => chain(name, 'alpha'))),
      // Shorter than the waits that are named: a longer one would be waited for.
      held: { targets: ['alpha/steady-held', 'beta/steady-held'], failover: { deadline: '20s' } },
      left: { targets: ['alpha/steady-left', 'beta/steady-left'], timeouts: { headers: '20s' } },
    },
  });
});

afterAll(async () => {
  await house.close();
  await odd.stop();
  await untouched.stop();
});

async function rowOf(heard: Heard): Promise<StoredRequest> {
  const id = heard.headers.get('x-understudy-request-id') ?? 'no request id';
  const row = await house.reader.request(id);
  if (!row) throw new Error(`request ${id} is not in the ledger`);
  return row;
}

function breakerOf(lane: string) {
  const { clock, lanes } = house.gateway.engine;
  return lanes.find(lane)?.snapshot(clock.now()).breaker;
}

const hits = (provider: string, model: string) => house.simulator.meter(provider).byModel[model] ?? 0;

const ask = (route: string, { surface, mode }: Way) =>
  askBySdk(house.gateway.url, { surface, stream: mode === 'stream', model: route, prompt: 'How tall is a giraffe?' });

/** The lane of a route's primary, as the admin API tells it. */
async function adminTarget(route: string): Promise<unknown> {
  const response = await fetch(`${house.gateway.url}/admin/targets`, {
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  });
  const { targets } = (await response.json()) as { targets: { route: string; rank: number }[] };
  return targets.find((target) => target.route === route && target.rank === 0);
}

describe('rows of the fault table that need a provider, or a moment, of their own', () => {
  it('connection-failed: a port on which nobody listens', async () => {
    for (const way of [...WAYS, ...WAYS].slice(0, 6)) {
      const heard = await ask('refused', way);
      expect(heard.understudy).toMatchObject({ served_by: 'beta/steady-refused', cause: expect.any(String) });
      expect(heard.requests).toBe(1);
    }
    const page = await house.reader.requests({ limit: 10, route: 'refused' });
    const first = await house.reader.request(page.rows.at(-1)?.requestId ?? '');
    expect(first?.attemptRows).toMatchObject([
      { target: 'refused/steady-refused', fault: { kind: 'connection-failed', stage: 'refused' }, state: 'free' },
      { target: 'refused/steady-refused', verdict: 'next-target: connection-failed', state: 'free' },
      { target: 'beta/steady-refused', state: 'settled' },
    ]);
    // Five requests in a row: the sixth asks nobody there.
    expect(seen.moves).toContain('refused/steady-refused closed→open');
    const last = await house.reader.request(page.rows[0]?.requestId ?? '');
    expect(last?.attemptRows).toHaveLength(1);
    expect(last?.degraded).toEqual({ reason: 'fallback', cause: 'breaker-open', primary: 'refused/steady-refused' });
  });

  it('connection-failed: reset before the first byte, every time', async () => {
    for (const [at, way] of WAYS.entries()) {
      const name = `fresh-every-time-${at}`;
      untouched.script(name, { fault: 'reset', afterChunks: 0 });
      const heard = await ask(name, way);
      expect(heard.understudy).toMatchObject({ served_by: `beta/steady-${name}`, cause: 'connection-failed' });
      expect((await rowOf(heard)).attemptRows).toMatchObject([
        { fault: { kind: 'connection-failed', stage: 'reset' }, verdict: 'retry-same at once on a fresh connection' },
        { fault: { kind: 'connection-failed', stage: 'reset' }, verdict: 'next-target: connection-failed' },
        { target: `beta/steady-${name}`, state: 'settled' },
      ]);
      expect(untouched.meter(name).requests).toBe(2);
      expect(breakerOf(`${name}/steady-${name}`)).toMatchObject({ state: 'closed', windowFailed: 1 });
    }
  });

  it('connection-failed: reset before the first byte, once', async () => {
    for (const [at, way] of WAYS.entries()) {
      const name = `fresh-once-${at}`;
      untouched.script(name, { fault: 'reset', afterChunks: 0 }, { times: 1 });
      const heard = await ask(name, way);
      expect(heard.understudy).toMatchObject({ served_by: `${name}/steady-${name}`, degraded: false, attempts: 2 });
      expect(untouched.meter(name).requests).toBe(2);
      expect(hits('beta', `steady-${name}`)).toBe(0);
      expect(breakerOf(`${name}/steady-${name}`)).toMatchObject({ state: 'closed', consecutiveFailures: 0 });
    }
  });

  it('unknown: a status that HTTP does not have stops each request, and pages once', async () => {
    for (const [at, way] of WAYS.entries()) {
      const heard = await ask('odd', way);
      expect(heard.thrown).toMatchObject({ status: 502, code: 'upstream_refused' });
      expect(heard.requests).toBe(1);
      expect(odd.requests()).toBe(at + 1);
      expect((await rowOf(heard)).attemptRows).toMatchObject([
        { fault: { kind: 'unknown' }, verdict: 'stop: unknown' },
      ]);
    }
    expect(hits('beta', 'steady-odd')).toBe(0);
    expect(seen.alerts.filter((alert) => alert.target === 'odd/steady-odd').map(({ kind }) => kind)).toEqual([
      'unknown',
    ]);
    expect(breakerOf('odd/steady-odd')).toMatchObject({ state: 'closed', windowFailed: 0 });
  });

  it('stale-connection: a kept connection that the provider destroys is replaced, and nobody notices', async () => {
    for (const way of WAYS) {
      // A healthy answer leaves a connection behind; the next request takes it, and the provider drops it.
      house.simulator.script('gamma', undefined, { model: 'steady-stale' });
      await ask('stale', way);
      house.simulator.script('gamma', { fault: 'stale-connection' }, { model: 'steady-stale' });
      const heard = await ask('stale', way);
      expect(heard.understudy).toMatchObject({ served_by: 'gamma/steady-stale', degraded: false });
      const row = await rowOf(heard);
      expect(row.attemptRows).toMatchObject([
        {
          fault: { kind: 'stale-connection' },
          verdict: 'retry-same at once on a fresh connection',
          state: 'free',
          tryOfTarget: 1,
        },
        { target: 'gamma/steady-stale', state: 'settled', tryOfTarget: 1 },
      ]);
      expect(row.failover).toBeUndefined();
    }
    expect(breakerOf('gamma/steady-stale')).toMatchObject({ state: 'closed', windowFailed: 0 });
    expect(hits('beta', 'steady-stale')).toBe(0);
  });

  it('stale-connection: a provider that closes idle connections between 50 requests is never failed over', async () => {
    house.simulator.script('gamma', undefined, { model: 'steady-stale' });
    for (let i = 0; i < 50; i += 1) {
      house.simulator.closeIdleConnections();
      const heard = await ask('stale', {
        surface: i % 2 === 0 ? 'openai-chat' : 'anthropic-messages',
        mode: 'whole',
      });
      expect(heard.understudy).toMatchObject({ served_by: 'gamma/steady-stale', degraded: false });
    }
    expect(hits('beta', 'steady-stale')).toBe(0);
  });

  it('caller-gone: nothing further is asked, and nobody is blamed', async () => {
    house.simulator.script('alpha', { fault: 'hang-before-headers' }, { model: 'steady-left' });
    const gone = new AbortController();
    const asked = fetch(`${house.gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'left', stream: true, messages: [{ role: 'user', content: 'Hello?' }] }),
      signal: gone.signal,
    });
    await until(
      () => hits('alpha', 'steady-left'),
      (count) => count === 1,
    );
    gone.abort();
    await expect(asked).rejects.toThrow();
    const page = await until(
      () => house.reader.requests({ limit: 1, route: 'left' }),
      ({ rows }) => rows[0]?.outcome === 'caller-gone',
    );
    const row = await house.reader.request(page.rows[0]?.requestId ?? '');
    expect(row?.attemptRows).toMatchObject([{ fault: { kind: 'caller-gone' }, verdict: 'stop: caller-gone' }]);
    expect(hits('beta', 'steady-left')).toBe(0);
    const { clock, lanes } = house.gateway.engine;
    expect(lanes.find('alpha/steady-left')?.snapshot(clock.now())).toMatchObject({
      active: 0,
      breaker: { state: 'closed', windowFailed: 0 },
    });
  });

  it('server-error: every target is down, and the SDK asks once', async () => {
    house.simulator.script('alpha', { fault: 'status', status: 500 }, { model: 'steady-down' });
    house.simulator.script('beta', { fault: 'status', status: 529 }, { model: 'steady-down' });
    const heard = await ask('down', { surface: 'anthropic-messages', mode: 'stream' });
    expect(heard.thrown).toMatchObject({
      status: 503,
      code: 'all_targets_failed',
      targets: [
        { target: 'alpha/steady-down', reason: 'server-error' },
        { target: 'beta/steady-down', reason: 'server-error' },
      ],
    });
    expect(heard.requests).toBe(1);
    expect([hits('alpha', 'steady-down'), hits('beta', 'steady-down')]).toEqual([3, 3]);
    expect((await rowOf(heard)).outcome).toBe('failed');
  });

  it('rate-limited: every lane is held, nothing is sent, and the earliest moment is told', async () => {
    house.simulator.script('alpha', { fault: 'rate-limited', retryAfter: '60' }, { model: 'steady-held' });
    house.simulator.script('beta', { fault: 'rate-limited', retryAfter: '45' }, { model: 'steady-held' });
    await ask('held', { surface: 'openai-chat', mode: 'whole' });
    for (const way of WAYS) {
      const heard = await ask('held', way);
      expect(heard.thrown).toMatchObject({
        status: 429,
        targets: [
          { target: 'alpha/steady-held', reason: 'lane-held' },
          { target: 'beta/steady-held', reason: 'lane-held' },
        ],
      });
      const wait = Number(heard.headers.get('retry-after'));
      expect(wait).toBeGreaterThan(30);
      expect(wait).toBeLessThanOrEqual(45);
      expect(heard.headers.get('x-should-retry')).toBe('false');
      expect(heard.requests).toBe(1);
      expect((await rowOf(heard)).attemptRows).toEqual([]);
    }
    expect([hits('alpha', 'steady-held'), hits('beta', 'steady-held')]).toEqual([1, 1]);
    expect(await adminTarget('held')).toMatchObject({
      target: 'alpha/steady-held',
      health: { held: { reason: 'lane-held', detail: 'rate-limited' }, breaker: { state: 'closed' } },
    });
  });

  it('quota-exhausted: twenty requests are one hit and one alert', async () => {
    house.simulator.script('alpha', { fault: 'quota' }, { model: 'steady-paid' });
    for (let i = 0; i < 20; i += 1) {
      const heard = await ask('paid', { surface: 'openai-chat', mode: 'whole' });
      expect(heard.understudy).toMatchObject({ cause: i === 0 ? 'quota-exhausted' : 'lane-held' });
    }
    expect(hits('alpha', 'steady-paid')).toBe(1);
    expect(seen.alerts.filter((alert) => alert.target === 'alpha/steady-paid').map(({ kind }) => kind)).toEqual([
      'quota-exhausted',
    ]);
    expect(house.logs.filter((line) => line.includes('quota-exhausted') && line.includes('"alert"'))).toHaveLength(1);
  });

  it('credential-refused: our key, repeated by the provider, reaches nobody', async () => {
    house.simulator.script('alpha', { fault: 'auth-refused', echoKey: true }, { model: 'steady-asleep' });
    house.simulator.script('beta', { fault: 'auth-refused', echoKey: true }, { model: 'steady-asleep' });
    const heard = await ask('asleep', { surface: 'openai-chat', mode: 'stream' });
    expect(heard.thrown).toMatchObject({ status: 503, code: 'all_targets_failed' });
    // The provider was shown the key; see the log of the simulator.
    const log = house.simulator.meter('alpha').requestLog.find(({ model }) => model === 'steady-asleep');
    const key = log?.headers.authorization?.replace('Bearer ', '') ?? '';
    expect(key.length).toBeGreaterThan(10);
    expect(JSON.stringify([heard.thrown, await rowOf(heard), [...heard.headers]])).not.toContain(key);
    expect(house.logs.join('')).not.toContain(key);
    expect(await adminTarget('asleep')).toMatchObject({ health: { breaker: { state: 'isolated' } } });
  });
});
