import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainRequest } from '../../src/cli/explain-request.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { eventually } from '../kit/eventually.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { PIXEL } from '../kit/pixel.ts';

const DOWN = 'alpha/steady-1--status-503';
const once = { attempts: 1 };
const past = { target: 'beta/steady-1', until: '2020-01-31', reason: 'read 40 answers' };
const price = (outputPerMillion: number) => ({ price: { inputPerMillion: 0, outputPerMillion } });

/** Routes of which one target is left out for one reason each. */
const ROUTES = {
  window: { targets: ['alpha/small', 'beta/steady-1'] },
  ability: { targets: ['alpha/blind', 'beta/steady-1'] },
  language: { targets: ['alpha/english', 'beta/steady-1'], languages: ['de'] },
  residency: { targets: ['alpha/steady-1', 'gamma/inside'], residency: ['eu'] },
  retention: { targets: ['alpha/keeps', 'gamma/inside'], retention: 'none' },
  plain: { targets: ['alpha/keeps', 'gamma/inside'] },
  tongues: { targets: ['alpha/english', 'beta/steady-1'] },
  unproven: {
    targets: [DOWN, 'beta/steady-1', 'gamma/inside'],
    parity: {
      mode: 'strict',
      allowUnknown: true,
      accepted: [{ ...past, target: 'gamma/inside', until: '2099-12-31' }],
    },
  },
  stale: { targets: [DOWN, 'beta/steady-1'], parity: { mode: 'strict', allowUnknown: true, accepted: [past] } },
  unknown: {
    targets: [DOWN, 'beta/steady-1'],
    parity: { mode: 'strict', accepted: [{ ...past, until: '2099-12-31' }] },
  },
  tolerated: { targets: [DOWN, 'beta/steady-1'], parity: 'tolerant' },
  tier: { targets: ['alpha/best--status-503', 'beta/little', 'gamma/inside'], tier: 'same-or-better' },
  spent: { targets: ['alpha/dollar', 'gamma/inside'], spend: { perHour: 0 } },
  dear: { targets: ['alpha/dollar--status-503', 'beta/dear', 'gamma/inside'], spend: { maxCostMultiple: 2 } },
  unpriced: { targets: ['alpha/dollar--status-503', 'beta/steady-1', 'gamma/inside'], spend: { maxCostMultiple: 2 } },
  slow: { targets: ['alpha/slow', 'beta/steady-1'], maxFirstContent: '1s' },
  drained: { targets: ['alpha/drained', 'beta/steady-1'] },
  held: { targets: ['alpha/held--rate-limited-60', 'beta/steady-1'] },
  open: { targets: ['alpha/open--status-503', 'beta/steady-1'] },
  shut: { targets: ['alpha/shut', 'beta/steady-1'] },
  crowded: { targets: [{ target: 'alpha/crowded--none-1500', limits: { concurrency: 1, queue: 0 } }, 'beta/steady-1'] },
  counted: { targets: ['alpha/steady-1'], rate: { perMinute: 1 } },
} satisfies Record<string, Record<string, unknown>>;

let house: House;
beforeAll(async () => {
  house = await startHouse({
    providers: {
      alpha: {
        models: {
          small: { contextWindow: 500 },
          blind: { abilities: { vision: 'no' } },
          english: { languages: ['en'] },
          keeps: { retentionDays: 30 },
          'best--status-503': { tier: 'frontier' },
          dollar: price(1),
          'dollar--status-503': price(1),
        },
      },
      beta: { models: { little: { tier: 'small' }, dear: price(2.01) } },
      gamma: { models: { inside: { region: 'eu', retentionDays: 0, tier: 'frontier', ...price(2) } } },
    },
    routes: Object.fromEntries(Object.entries(ROUTES).map(([name, route]) => [name, { failover: once, ...route }])),
    server: {
      keys: [
        { name: 'web', key: 'env:CALLER_WEB' },
        { name: 'poor', key: 'env:CALLER_POOR', spend: { perDay: 0, unknownPrice: 'allow' }, rate: { perMinute: 1 } },
      ],
    },
    env: { CALLER_WEB: 'caller-web-0001', CALLER_POOR: 'caller-poor-0001' },
  });
});
afterAll(() => house.close());

function ask(model: string, more: { body?: JsonObject; headers?: Record<string, string>; key?: string } = {}) {
  return fetch(`${house.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${more.key ?? 'caller-web-0001'}`,
      ...more.headers,
    },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Say it.' }], ...more.body }),
  });
}

async function explained(response: Response): Promise<string> {
  const stored = await house.reader.request(response.headers.get('x-understudy-request-id') ?? '');
  return stored ? explainRequest(stored).join('\n') : 'nothing is stored';
}

const lane = (id: string) => {
  const found = house.gateway.engine.lanes.find(id);
  if (!found) throw new Error(`${id} was never asked`);
  return found;
};
const now = () => house.gateway.engine.clock.now();
const image = {
  messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } }] }],
};
const long = { messages: [{ role: 'user', content: 'word '.repeat(1_000) }] };

type Row = [
  reason: string,
  route: keyof typeof ROUTES,
  skipped: string,
  served: string,
  more?: Parameters<typeof ask>[1],
];

const ROWS: Row[] = [
  ['context-window', 'window', 'alpha/small', 'beta/steady-1', { body: long }],
  ['capability(vision)', 'ability', 'alpha/blind', 'beta/steady-1', { body: image }],
  ['language', 'language', 'alpha/english', 'beta/steady-1'],
  ['language', 'tongues', 'alpha/english', 'beta/steady-1', { body: { understudy: { languages: ['fr'] } } }],
  ['language', 'tongues', 'alpha/english', 'beta/steady-1', { headers: { 'x-understudy-languages': 'fr, de' } }],
  ['residency', 'residency', 'alpha/steady-1', 'gamma/inside'],
  ['residency', 'plain', 'alpha/keeps', 'gamma/inside', { headers: { 'x-understudy-residency': 'eu' } }],
  ['retention', 'retention', 'alpha/keeps', 'gamma/inside'],
  ['retention', 'plain', 'alpha/keeps', 'gamma/inside', { body: { understudy: { retention_days: 29 } } }],
  ['retention', 'plain', 'alpha/keeps', 'gamma/inside', { headers: { 'x-understudy-retention-days': '0' } }],
  ['parity-missing', 'unproven', 'beta/steady-1', 'gamma/inside'],
  ['tier', 'tier', 'beta/little', 'gamma/inside'],
  [
    'pinned-elsewhere',
    'open',
    'alpha/open--status-503',
    'beta/steady-1',
    { body: { understudy: { pin: 'beta/steady-1' } } },
  ],
  ['cost-multiple', 'dear', 'beta/dear', 'gamma/inside'],
  ['cost-multiple', 'unpriced', 'beta/steady-1', 'gamma/inside'],
];

describe('a target that may not serve is left out, and the ledger says why', () => {
  test.each(ROWS)('%s (%s)', async (reason, route, skipped, served, more) => {
    const response = await ask(route, more);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-understudy-served-by')).toBe(served);
    expect(await explained(response)).toContain(
      `${skipped}${ROUTES[route].targets[0] === skipped ? ' (primary)' : ''}: not eligible, ${reason} (`,
    );
  });

  test.each([
    ['drained', 'drained', 'alpha/drained', () => lane('alpha/drained').drain(now(), 60_000)],
    ['lane-held', 'held', 'alpha/held--rate-limited-60', () => {}],
    ['quality', 'shut', 'alpha/shut', () => lane('alpha/shut').shutFor('shut', now(), 60_000, 'answers got worse')],
    ['breaker-open', 'open', 'alpha/open--status-503', () => lane('alpha/open--status-503').openFor(now(), 60_000)],
    [
      'latency-class',
      'slow',
      'alpha/slow',
      () => {
        for (let times = 0; times < 50; times += 1) lane('alpha/slow').latency.firstContent.record(2_000, now());
      },
    ],
  ] as const)('%s, once its lane is so', async (reason, route, skipped, become) => {
    await (await ask(route, { body: { stream: true } })).text();
    become();
    const response = await ask(route, { body: { stream: true } });
    await response.text();
    expect(response.headers.get('x-understudy-served-by')).toBe('beta/steady-1');
    expect(await explained(response)).toContain(`${skipped} was not asked: ${reason}`);
  });
});

test('headroom, while every place of a lane is taken', async () => {
  const first = ask('crowded');
  await eventually(
    () => house.gateway.engine.lanes.find('alpha/crowded--none-1500')?.gate.active,
    (active) => active === 1,
  );
  const second = await ask('crowded');
  expect(second.headers.get('x-understudy-served-by')).toBe('beta/steady-1');
  expect(await explained(second)).toContain('alpha/crowded--none-1500 was not asked: headroom (');
  expect((await first).headers.get('x-understudy-served-by')).toBe('alpha/crowded--none-1500');
});

describe('nobody may stand in', () => {
  test.each([
    ['parity-stale', 'stale'],
    ['capability(streaming)', 'unknown'],
  ] as const)('%s: the caller is told of every target why', async (reason, route) => {
    const response = await ask(route, { body: { stream: true } });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain(`beta/steady-1: ${reason}`);
  });

  test('a tolerant route serves all the same, and says what is missing', async () => {
    const response = await ask('tolerated');
    expect(response.status).toBe(200);
    expect(response.headers.get('x-understudy-degraded-reason')).toBe('parity-missing: server-error');
    expect((await response.json()) as unknown).toMatchObject({
      understudy: { degraded: true },
    });
  });
});

describe('what is spent', () => {
  const error = async (response: Response) => ((await response.json()) as { error: JsonObject }).error;

  test('of a route: 429 in the caller’s dialect, without a second try of its SDK', async () => {
    const response = await ask('spent');
    expect(response.status).toBe(429);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(await error(response)).toMatchObject({
      code: 'budget_exhausted',
      message: expect.stringContaining('gamma/inside: budget'),
    });
  });

  test('of a caller, on every route', async () => {
    const response = await ask('dear', { key: 'caller-poor-0001' });
    expect(response.status).toBe(429);
    expect(await error(response)).toMatchObject({ code: 'budget_exhausted' });
  });

  test('in requests of a route: the second of a minute is told when to come back', async () => {
    expect((await ask('counted')).status).toBe(200);
    const response = await ask('counted');
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await error(response)).toMatchObject({
      code: 'rate_limited',
      message: 'route "counted" may send 1 request a minute',
    });
  });

  test('in requests of a caller', async () => {
    const response = await ask('plain', { key: 'caller-poor-0001' });
    expect(await error(response)).toMatchObject({
      code: 'rate_limited',
      message: 'caller "poor" may send 1 request a minute',
    });
  });
});
