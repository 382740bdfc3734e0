import { connect } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explain } from '../../src/cli/explain.ts';
import { explainRequest } from '../../src/cli/explain-request.ts';
import { requests as requestsCommand } from '../../src/cli/requests.ts';
import { systemChance, systemClock } from '../../src/system-clock.ts';
import { ask, body, PATHS, SURFACES, type Surface } from '../edge/edge-kit.ts';
import { type Canary, canary, holdsNoKey, ledgerBytes, sightings } from '../kit/canary.ts';
import { type House, PROVIDER_KEYS, startHouse } from '../kit/gateway-kit.ts';
import { closedPort } from '../kit/handmade-provider.ts';
import { post, talk } from '../kit/raw-http.ts';
import { buildMatrix } from './matrix.ts';
import { type Parrot, startParrot } from './parrot.ts';

const PARROTS = {
  'parrot-o': 'openai-chat',
  'parrot-a': 'anthropic-messages',
  'parrot-g': 'gemini-generate',
} as const;
type ParrotName = keyof typeof PARROTS;
const PARROT_NAMES = Object.keys(PARROTS) as ParrotName[];

const CALLER = canary('caller');
const ADMIN = canary('admin');
const HEADER = canary('extra-header');
/** Keys by the provider that may see them; callers' keys may be seen by none. */
const OWN: Readonly<Record<string, readonly Canary[]>> = {
  alpha: [PROVIDER_KEYS.alpha, HEADER],
  beta: [PROVIDER_KEYS.beta],
  gamma: [PROVIDER_KEYS.gamma],
  dead: [canary('dead')],
  ...Object.fromEntries(PARROT_NAMES.map((name) => [name, [canary(name)]])),
};
const ALL: readonly Canary[] = [CALLER, ADMIN, ...Object.values(OWN).flat()];
const envName = (name: string) => `CANARY_${name.replaceAll('-', '_').toUpperCase()}`;

/** Which part of the machinery fails, with an error that quotes a key. */
let failing: 'nothing' | 'observer' | 'clock' = 'nothing';
const observer = {
  requestBegun() {},
  attemptBegun() {
    if (failing === 'observer') throw new Error(`observer failed: ${CALLER.key}`);
  },
  attemptEnded() {},
  requestEnded() {},
  breakerMoved() {},
  tokensCounted() {},
  qualityMoved() {},
  alert() {},
};
const clock = {
  ...systemClock,
  wallNow() {
    if (failing === 'clock') throw new Error(`clock failed: ${PROVIDER_KEYS.alpha.key}`);
    return systemClock.wallNow();
  },
};

const matrix = buildMatrix({ simulated: ['alpha', 'beta', 'gamma'], parrots: PARROT_NAMES, dead: 'dead' });
const { asks } = matrix;
let house: House;
let parrots: Record<ParrotName, Parrot>;
/** Everything that anybody was told. */
const outputs: string[] = [];
/** Of it, the answers that broke off. */
const cut: string[] = [];
beforeAll(async () => {
  const birds = await Promise.all(PARROT_NAMES.map(async (name) => [name, await startParrot()] as const));
  parrots = Object.fromEntries(birds) as Record<ParrotName, Parrot>;
  const extra = Object.fromEntries(
    birds.map(([name, { url }]) => [
      name,
      { dialect: PARROTS[name], baseUrl: `${url}/v1`, apiKey: `env:${envName(name)}` },
    ]),
  );
  house = await startHouse({
    observer,
    clock,
    chance: { next: () => 0.02, newId: systemChance.newId },
    providers: {
      ...extra,
      alpha: { headers: { 'x-extra': `env:${envName('extra-header')}` } },
      dead: { dialect: 'openai-chat', baseUrl: `${await closedPort()}/v1`, apiKey: `env:${envName('dead')}` },
    },
    routes: matrix.routes,
    server: {
      keys: [{ name: 'web', key: `env:${envName('caller')}` }],
      adminKey: `env:${envName('admin')}`,
      limits: { streams: 1_000 },
    },
    env: Object.fromEntries(ALL.map(({ name, key }) => [envName(name), key])),
  });
}, 60_000);

afterAll(async () => {
  await house.close();
  await Promise.all(Object.values(parrots).map((parrot) => parrot.stop()));
});

const showing = (key: Canary, surface: Surface): Record<string, string> =>
  surface === 'openai-chat' ? { authorization: `Bearer ${key.key}` } : { 'x-api-key': key.key };

interface Heard {
  readonly method?: 'GET' | 'POST';
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** Keeps every byte of an answer, a broken one's too; gives its status. */
async function hear(surface: Surface, { method = 'POST', path = PATHS[surface], headers = {}, body }: Heard) {
  const payload = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: house',
    'connection: close',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(payload)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const seen = await talk(house.gateway.url, { say: [`${lines.join('\r\n')}\r\n\r\n${payload}`], waitMs: 20_000 });
  expect(seen.closing).not.toBe('open');
  outputs.push(JSON.stringify(seen.responses), seen.rest);
  const [whole] = seen.responses;
  const broken = whole ? undefined : /^HTTP\/1\.1 (\d{3})/.exec(seen.rest)?.[1];
  if (broken !== undefined) cut.push(seen.rest);
  return whole?.status ?? Number(broken);
}

async function inBatches<T>(items: readonly T[], size: number, act: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items];
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: size }, work));
}

test('every fault, every careless provider, on both surfaces', async () => {
  const statuses = new Map<number, number>();
  await inBatches(asks, 48, async ({ surface, model, stream }) => {
    const status = await hear(surface, { headers: showing(CALLER, surface), body: body(surface, { model, stream }) });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  });
  // The matrix is one of good answers and of errors of many kinds, or it would prove little.
  expect(statuses.get(200)).toBeGreaterThan(asks.length / 3);
  for (const status of [400, 413, 422, 429, 451, 502, 503]) expect([...statuses.keys()]).toContain(status);
  expect(cut.length).toBeGreaterThan(30);
  for (const text of cut) expect(text).toMatch(/"stream_interrupted"/);
  expect(house.logs.length).toBeGreaterThan(asks.length);
}, 120_000);

test('bad requests, wrong keys, and keys in the wrong places', async () => {
  for (const surface of SURFACES) {
    const good = showing(CALLER, surface);
    await hear(surface, { headers: good, body: '{' });
    await hear(surface, { headers: good, body: CALLER.key });
    await hear(surface, { headers: good, body: body(surface, { model: 5 }) });
    await hear(surface, { headers: good, path: `/nowhere?key=${encodeURIComponent(CALLER.key)}`, body: '{}' });
    await hear(surface, { headers: good, path: `${PATHS[surface]}?key=${CALLER.key}`, body: body(surface) });
    await hear(surface, { headers: showing(ADMIN, surface), body: body(surface) });
    await hear(surface, { headers: { authorization: `Bearer x${CALLER.key}` }, body: body(surface) });
    await hear(surface, { headers: { authorization: `Basic ${btoa(`web:${CALLER.key}`)}` }, body: body(surface) });
    await hear(surface, { headers: { 'x-goog-api-key': CALLER.key, cookie: CALLER.key }, body: body(surface) });
    await hear(surface, { method: 'GET', path: '/v1/models', headers: good });
    await hear(surface, { method: 'GET', path: '/v1/models/alpha/steady-1', headers: good });
    const twice = [`authorization: Bearer ${CALLER.key}`, `authorization: Bearer ${ADMIN.key}`];
    for (const headers of [twice, [`x-api-key: ${CALLER.key}`, 'x-bad : 1'], [`x-api-key: ${CALLER.key}\r\n folded`]]) {
      const seen = await talk(house.gateway.url, {
        say: [post(PATHS[surface], JSON.stringify(body(surface)), headers)],
        waitMs: 3_000,
      });
      expect(seen.responses).toMatchObject([{ status: 400 }]);
      outputs.push(JSON.stringify(seen));
    }
  }
});

test('callers that leave in the middle', async () => {
  const { hostname, port } = new URL(house.gateway.url);
  for (const surface of SURFACES) {
    for (const [script, afterMs] of [
      ['slow-headers-250', 30],
      ['slow-drip-20', 120],
      ['stall-2', 120],
    ] as const) {
      const [name, value] = Object.entries(showing(CALLER, surface))[0] ?? [];
      const bytes = post(
        PATHS[surface],
        JSON.stringify(body(surface, { model: `alpha/gone--${script}`, stream: true })),
        [`${name}: ${value}`],
      );
      const socket = connect({ host: hostname, port: Number(port) });
      socket.on('data', (data) => outputs.push(data.toString('latin1')));
      socket.write(bytes);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      socket.destroy();
    }
  }
});

test('the machinery itself fails with a key on its lips', async () => {
  const statuses: Record<string, number[]> = {};
  for (const part of ['observer', 'clock'] as const) {
    failing = part;
    const all = SURFACES.map((surface) => hear(surface, { headers: showing(CALLER, surface), body: body(surface) }));
    statuses[part] = await Promise.all(all);
    failing = 'nothing';
  }
  expect(statuses).toEqual({ observer: [200, 200], clock: [500, 500] });
  const log = house.logs.join('');
  expect(log).toContain('observer failed: <redacted>');
  expect(log).toContain('clock failed: <redacted>');
});

test('everything that the gateway tells about itself', async () => {
  for (const path of ['/metrics', '/health/live', '/health/ready']) {
    expect(await hear('openai-chat', { method: 'GET', path })).toBe(200);
  }
  const headers = showing(ADMIN, 'openai-chat');
  expect(await hear('openai-chat', { method: 'GET', path: '/admin/targets', headers })).toBe(200);
  expect(await hear('openai-chat', { method: 'GET', path: '/admin/targets' })).toBe(401);
  const seen: string[] = [];
  for (let before: string | undefined, more = true; more; more = before !== undefined) {
    const query = before === undefined ? '' : `&before=${before}`;
    const page = await ask(house, 'openai-chat', { method: 'GET', path: `/admin/requests?limit=200${query}`, headers });
    outputs.push(page.text);
    const { rows, next } = JSON.parse(page.text);
    seen.push(...rows.map((row: { requestId: string }) => row.requestId));
    before = next;
  }
  expect(seen.length).toBeGreaterThan(asks.length);
  const output = { data: (text: string) => void outputs.push(text), say: (text: string) => void outputs.push(text) };
  const storage = `sqlite:${house.ledgerFile}`;
  for (const json of [true, false]) await requestsCommand({ storage, limit: 200 }, { ...output, json });
  await inBatches(seen, 8, async (id) => {
    const stored = await house.reader.request(id);
    if (!stored) throw new Error(`no row for ${id}`);
    outputs.push(JSON.stringify(stored), explainRequest(stored).join('\n'));
  });
  for (const id of seen.slice(0, 5)) {
    for (const json of [true, false]) await explain({ storage }, { ...output, json }, [id]);
    await hear('openai-chat', { method: 'GET', path: `/admin/requests/${id}`, headers });
  }
}, 60_000);

describe('nobody has learnt a key', () => {
  test('no answer, page, row or printed line holds one', () => {
    expect(outputs.length).toBeGreaterThan(asks.length * 2);
    for (const output of outputs) holdsNoKey('an output', output, ALL);
  });

  test('no log line holds one', () => {
    const log = house.logs.join('');
    expect(log).toContain('<redacted>');
    holdsNoKey('the log', log, ALL);
  });

  test('the ledger on the disk holds none', () => {
    const bytes = ledgerBytes(house.ledgerFile);
    expect(bytes.includes('<redacted>')).toBe(true);
    holdsNoKey('the ledger', bytes, ALL);
  });

  test('the running gateway does not show one to whoever prints it', () => {
    holdsNoKey('the gateway', inspect(house.gateway, { depth: 12, showHidden: true, maxArrayLength: null }), ALL);
  });
});

describe('every provider sees its own key once, where it belongs, and no other', () => {
  const carrier = { alpha: 'authorization', beta: 'x-api-key', gamma: 'x-goog-api-key' } as const;

  test.each(['alpha', 'beta', 'gamma'] as const)('%s', (name) => {
    const { requestLog } = house.simulator.meter(name);
    expect(requestLog.length).toBeGreaterThan(100);
    const key = PROVIDER_KEYS[name].key;
    for (const { headers, path, body: sent } of requestLog) {
      const { [carrier[name]]: own, 'x-extra': extra, ...others } = headers;
      expect(own).toBe(name === 'alpha' ? `Bearer ${key}` : key);
      expect(extra).toBe(name === 'alpha' ? HEADER.key : undefined);
      expect(sightings(JSON.stringify([others, path, sent]), ALL)).toEqual([]);
    }
  });

  test.each(PARROT_NAMES)('%s', (name) => {
    const { received } = parrots[name];
    expect(received.length).toBeGreaterThan(100);
    const { key } = canary(name);
    for (const { head, body: sent } of received) {
      expect(head.split(key)).toHaveLength(2);
      expect(sightings(head.replace(key, ''), ALL)).toEqual([]);
      expect(sightings(sent, ALL)).toEqual([]);
    }
  });
});

describe('a start that fails does not quote the key', () => {
  test.each([
    ['a line break', `${canary('x').key}\nx-evil: 1`],
    ['a character that no header carries', `${canary('x').key}ключ`],
  ])('%s', async (_, value) => {
    const failed = startHouse({ providers: { alpha: { apiKey: 'env:BAD_KEY' } }, env: { BAD_KEY: value } });
    const error = await failed.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(String(error)).toContain('env:BAD_KEY');
    holdsNoKey('the error', inspect(error, { depth: 8, showHidden: true }), [canary('x')]);
  });
});
