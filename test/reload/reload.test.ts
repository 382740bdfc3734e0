import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReloadOutcome } from '../../src/compose.ts';
import { MAX_RETIRED } from '../../src/compose-reload.ts';
import { eventually } from '../kit/eventually.ts';
import { type House, type HouseOptions, startHouse } from '../kit/gateway-kit.ts';
import { type RawAnswer, send } from '../simulator/raw-client.ts';

const ENV = { ADMIN: 'key-of-admin-0123456789', ANN: 'key-of-ann-0123456789', BOB: 'key-of-bob-0123456789' };
const ANN = { name: 'ann', key: 'env:ANN' };
const BOB = { name: 'bob', key: 'env:BOB' };
const BASE: HouseOptions = {
  env: ENV,
  server: { adminKey: 'env:ADMIN' },
  targets: ['alpha/steady-1', 'beta/steady-1'],
  failover: { attempts: 1 },
};

let house: House;

/** One house for several tests: each begins with the first configuration, and with nothing left of the one before. */
function oneHouse(options: HouseOptions): void {
  beforeAll(async () => {
    house = await startHouse(options);
  });
  afterAll(() => house.close());
  beforeEach(async () => {
    for (const name of ['alpha', 'beta', 'gamma']) house.simulator.script(name, undefined);
    house.simulator.resetMeters();
    await reload(options);
    const { lanes, clock } = house.gateway.engine;
    const now = clock.now();
    for (const { lane } of lanes.snapshots(now)) {
      lanes.find(lane)?.close(now);
      lanes.find(lane)?.undrain();
    }
  });
}

function ask(over: { model?: string; key?: string; stream?: boolean } = {}): Promise<RawAnswer> {
  const { model = 'reply', key = 'none', stream = false } = over;
  return send({
    url: `${house.gateway.url}/v1/chat/completions`,
    headers: { authorization: `Bearer ${key}` },
    body: { model, stream, messages: [{ role: 'user', content: 'Hello' }] },
  });
}

async function servedBy(model = 'reply'): Promise<unknown> {
  return (await ask({ model })).headers['x-understudy-served-by'];
}

async function reload(options: HouseOptions): Promise<ReloadOutcome> {
  return house.gateway.reload(await house.configured(options));
}

async function admin(method: string, path: string, body?: object): Promise<RawAnswer> {
  const headers = { authorization: `Bearer ${ENV.ADMIN}` };
  return send({ method, url: `${house.gateway.url}${path}`, headers, ...(body && { body }) });
}

/** What stands of every target, times aside. */
async function targets(): Promise<string> {
  const { text } = await admin('GET', '/admin/targets');
  return text.replace(/"(retryAfterMs|openedAt|nextProbeAt|retryBudget|remaining|resetMs|at|until)":[\d.]+/g, '"$1":0');
}

describe('a good configuration', () => {
  oneHouse(BASE);

  test('another order of targets: the next request is served by it, and the same again changes nothing', async () => {
    expect(await servedBy()).toBe('alpha/steady-1');
    const next = { ...BASE, targets: ['gamma/steady-1', 'alpha/steady-1'] };
    expect(await reload(next)).toMatchObject({
      outcome: 'reloaded',
      changes: {
        routes: { added: [], removed: [], changed: ['reply'] },
        targets: { added: ['gamma/steady-1'], removed: ['beta/steady-1'] },
        sections: [],
      },
    });
    expect(await servedBy()).toBe('gamma/steady-1');
    expect(await reload(next)).toMatchObject({ outcome: 'unchanged' });
    expect(house.logs.join('')).toContain('the configuration was taken');
  });

  test('a stream that was open before ends as it began, although its provider is gone', async () => {
    house.simulator.script('alpha', { fault: 'none', answer: 'one two three four five six', chunkDelayMs: 60 });
    const open = ask({ stream: true });
    await eventually(() => house.simulator.meter('alpha').requests, 1);
    const without = { ...BASE, targets: ['beta/steady-1'], providers: { alpha: { baseUrl: 'http://127.0.0.1:9/v1' } } };
    expect(await reload(without)).toMatchObject({
      outcome: 'reloaded',
      changes: { providers: { changed: ['alpha'] } },
    });
    expect(await servedBy()).toBe('beta/steady-1');
    const { ending, text, headers } = await open;
    expect(ending).toBe('end');
    expect(headers['x-understudy-served-by']).toBe('alpha/steady-1');
    expect(text).toContain('six');
    expect(text).toContain('[DONE]');
  });

  test('a key that is taken away is refused at once, one that is given is let in, and neither is shown', async () => {
    await reload({ ...BASE, server: { ...BASE.server, keys: [ANN] } });
    expect((await ask({ key: ENV.ANN })).status).toBe(200);
    const outcome = await reload({ ...BASE, server: { ...BASE.server, keys: [BOB] } });
    expect(outcome).toMatchObject({ changes: { keys: { added: ['bob'], removed: ['ann'], changed: [] } } });
    expect((await ask({ key: ENV.ANN })).status).toBe(401);
    expect((await ask({ key: ENV.BOB })).status).toBe(200);
    for (const key of Object.values(ENV)) expect(`${JSON.stringify(outcome)}${house.logs.join('')}`).not.toContain(key);
  });

  test('a breaker stays open, a drain stands, and a number of places that shrinks throws nobody out', async () => {
    await reload({ ...BASE, health: { breaker: { consecutive: 2 } } });
    house.simulator.script('alpha', { fault: 'status', status: 503 }, { times: 2 });
    for (const _ of [1, 2]) await ask();
    await admin('POST', '/admin/targets/gamma/steady-1/drain', {});
    house.simulator.script('beta', { fault: 'none', delayMs: 300 });
    const both = [ask(), ask()];
    await eventually(() => laneOf('beta')?.active, 2);
    const narrow = { concurrency: 1, queue: 0 };
    const next = {
      ...BASE,
      targets: ['alpha/steady-1', { target: 'beta/steady-1', limits: narrow }, 'gamma/steady-1'],
      health: { breaker: { consecutive: 3 } },
    };
    expect(await reload(next)).toMatchObject({ outcome: 'reloaded', changes: { sections: ['health'] } });
    expect(laneOf('alpha')?.breaker.state).toBe('open');
    expect(laneOf('gamma')?.drained).toBeDefined();
    expect(laneOf('beta')).toMatchObject({ active: 2, concurrency: 1 });
    expect((await ask()).status).toBe(503);
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await ask()).status).toBe(200);
  });

  test('what callers have used stays used, against the limit of now', async () => {
    const withRate = (perMinute: number) => ({
      ...BASE,
      server: { ...BASE.server, keys: [{ ...ANN, rate: { perMinute } }] },
    });
    await reload(withRate(2));
    const statuses = async (times: number) => {
      const found = [];
      for (let time = 0; time < times; time += 1) found.push((await ask({ key: ENV.ANN })).status);
      return found;
    };
    expect(await statuses(3)).toEqual([200, 200, 429]);
    expect(await reload(withRate(3))).toMatchObject({ changes: { keys: { changed: ['ann'] }, sections: [] } });
    expect(await statuses(2)).toEqual([200, 429]);
  });

  test('jobs of a route that is gone wait for it, and run when it is back', async () => {
    const later = { targets: ['beta/steady-1'], workload: 'background', defer: { when: 'on-request', concurrency: 1 } };
    await reload({ ...BASE, routes: { later } });
    house.simulator.script('beta', { fault: 'none', delayMs: 250 });
    const request = { model: 'later', messages: [{ role: 'user', content: 'Hello' }] };
    const submit = async () => {
      const { text } = await send({ url: `${house.gateway.url}/v1/jobs`, body: { request, dialect: 'openai-chat' } });
      return (JSON.parse(text) as { id: string }).id;
    };
    const stateOf = async (id: string) => {
      const { text } = await send({ method: 'GET', url: `${house.gateway.url}/v1/jobs/${id}` });
      return (JSON.parse(text) as { state: string }).state;
    };
    const running = await submit();
    await eventually(() => stateOf(running), 'running');
    // The route takes one at a time: this one is still in the queue when it goes.
    const waiting = await submit();
    expect(await reload(BASE)).toMatchObject({ changes: { routes: { removed: ['later'] } } });
    await eventually(() => stateOf(running), 'done');
    await eventually(() => stateOf(waiting), 'held');
    await reload({ ...BASE, routes: { later } });
    await eventually(() => stateOf(waiting), 'done');
  });

  test('with as many earlier configurations in use as may be, none is taken until one of them is over', async () => {
    house.simulator.script('alpha', { fault: 'hang-before-headers' });
    const leave = new AbortController();
    const numbered = (days: number) => reload({ ...BASE, retention: { requests: `${days}d` } });
    for (let held = 1; held <= MAX_RETIRED; held += 1) {
      const body = JSON.stringify({ model: 'reply', messages: [{ role: 'user', content: 'Hello' }] });
      const headers = { 'content-type': 'application/json' };
      const url = `${house.gateway.url}/v1/chat/completions`;
      void fetch(url, { method: 'POST', headers, body, signal: leave.signal }).catch(() => undefined);
      await eventually(() => house.simulator.meter('alpha').requests, held);
      expect((await numbered(held)).outcome).toBe('reloaded');
    }
    expect(await numbered(MAX_RETIRED + 1)).toMatchObject({ outcome: 'refused', because: 'busy' });
    leave.abort();
    await eventually(async () => (await numbered(MAX_RETIRED + 1)).outcome, 'reloaded');
  });

  test('two at once are taken one after the other', async () => {
    const [one, other] = await Promise.all(
      ['gamma/steady-1', 'beta/steady-1'].map((first) => house.configured({ ...BASE, targets: [first] })),
    );
    const outcomes = await Promise.all([house.gateway.reload(one), house.gateway.reload(other)]);
    const [first = 0, second] = outcomes.map(({ generation }) => generation);
    expect(second).toBe(first + 1);
    expect(await servedBy()).toBe('beta/steady-1');
  });
});

describe('a configuration that cannot be taken changes nothing', () => {
  const IMPATIENT = { ...BASE, health: { breaker: { consecutive: 1 } } };
  oneHouse(IMPATIENT);

  test.each([
    ['a port', { server: { ...BASE.server, port: 1 } }, 'server.port'],
    ['a limit of the listening socket', { server: { ...BASE.server, limits: { body: '1MiB' } } }, 'server.limits.body'],
    ['the file of the ledger', { more: { storage: 'sqlite:./other.db' } }, 'storage'],
    ['metrics', { more: { telemetry: { logLevel: 'trace', metrics: false } } }, 'telemetry.metrics'],
  ])('%s needs a restart, and is named', async (_, over, path) => {
    expect(await reload({ ...IMPATIENT, ...over })).toMatchObject({
      outcome: 'refused',
      because: 'needs-restart',
      problems: [{ path, message: 'cannot change while the gateway runs' }],
    });
    expect(await servedBy()).toBe('alpha/steady-1');
  });

  test.each([
    ['a secret that is missing', { providers: { alpha: { apiKey: 'env:NOT_THERE' } } }, 'env:NOT_THERE is not set'],
    [
      'one key for two callers',
      { server: { ...BASE.server, keys: [ANN, { ...BOB, key: 'env:ANN' }] } },
      'given to both',
    ],
    [
      'a check that is not there',
      { routes: { checked: { targets: ['alpha/x'], contract: { checks: [{ module: './not-there.mjs' }] } } } },
      'not-there.mjs is not there',
    ],
  ])('%s', async (_, over, message) => {
    house.simulator.script('alpha', { fault: 'status', status: 503 }, { times: 1 });
    await ask();
    const before = await targets();
    const outcome = await reload({ ...IMPATIENT, ...over });
    expect(outcome).toMatchObject({ outcome: 'refused', because: 'invalid' });
    expect(JSON.stringify(outcome)).toContain(message);
    expect(await targets()).toBe(before);
    expect(await servedBy()).toBe('beta/steady-1');
  });

  test('none is taken once the gateway is stopping', async () => {
    const next = await house.configured({ ...BASE, targets: ['beta/steady-1'] });
    const drained = house.gateway.drain(50, 50);
    expect(await house.gateway.reload(next)).toMatchObject({ outcome: 'refused', because: 'stopping' });
    expect(await drained).toBe(true);
  });
});

function laneOf(provider: string) {
  const { lanes, clock } = house.gateway.engine;
  return lanes.snapshots(clock.now()).find(({ lane }) => lane.includes(provider));
}
