import { Readable } from 'node:stream';
import { request } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../kit/eventually.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { body, PATHS, readError, SURFACES, type Surface } from './edge-kit.ts';

/** More than are let in whatever the loop does. */
const OPEN = 20;
const STREAMS = 40;
const KEYS = { greedy: 'overload-greedy', modest: 'overload-modest' };

/** Sheds by the delay of the event loop; the other does not, so that a loaded machine is none of its concerns. */
let late: House;
let crowded: House;
let house: House;
beforeAll(async () => {
  late = await startOne({ streams: STREAMS, loopDelay: '50ms' });
  crowded = await startOne({ streams: STREAMS });
});
afterAll(() => Promise.all([late.close(), crowded.close()]));
beforeEach(() => {
  house = crowded;
});

function startOne(limits: object): Promise<House> {
  return startHouse({
    server: {
      keys: [
        { name: 'greedy', key: 'env:GREEDY_KEY' },
        { name: 'modest', key: 'env:MODEST_KEY' },
      ],
      limits,
    },
    env: { GREEDY_KEY: KEYS.greedy, MODEST_KEY: KEYS.modest },
    targets: ['alpha/steady-1'],
    failover: { deadline: '60s', primaryBudget: '60s' },
    timeouts: { headers: '60s', firstContent: '60s' },
    routes: { quick: { targets: ['beta/steady-1'], timeouts: { headers: '60s', firstContent: '60s' } } },
  });
}

const leaving: AbortController[] = [];
afterEach(async () => {
  for (const one of leaving.splice(0)) one.abort();
  house.simulator.script('alpha', undefined);
  await eventually(async () => (await ready()).open, 0);
});

async function ready(): Promise<{ status: string; open: number; shedding: number; loopDelayMs: number }> {
  const answer = await request(`${house.gateway.url}/health/ready`);
  return (await answer.body.json()) as { status: string; open: number; shedding: number; loopDelayMs: number };
}

async function ask(surface: Surface, key: string, over: Record<string, unknown> = {}) {
  const answer = await request(house.gateway.url + PATHS[surface], {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(body(surface, over)),
  });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}

/** Requests that wait for a provider which says nothing, until the test is over. */
async function hold(key: string, count: number): Promise<void> {
  house.simulator.script('alpha', { fault: 'hang-before-headers' });
  const { open } = await ready();
  for (let at = 0; at < count; at += 1) {
    const gone = new AbortController();
    leaving.push(gone);
    void request(house.gateway.url + PATHS['openai-chat'], {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify(body('openai-chat')),
      signal: gone.signal,
    }).catch(() => {});
  }
  await eventually(async () => (await ready()).open, open + count);
}

function isHonest(surface: Surface, answer: Awaited<ReturnType<typeof ask>>): void {
  expect(answer).toMatchObject({ status: 503, headers: { 'x-should-retry': 'true' } });
  expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(15);
  expect(answer.headers.connection).not.toBe('close');
  expect(readError(surface, answer.text).code).toBe('overloaded');
}

async function counted(reason: string): Promise<number> {
  const answer = await request(`${house.gateway.url}/metrics`);
  const text = await answer.body.text();
  return Number(new RegExp(`^understudy_shed_total\\{reason="${reason}"\\} (\\d+)`, 'm').exec(text)?.[1]);
}

/** Leaves the event loop a turn now and then, and nothing more, for as long as it is told. */
async function keepBusy(eachMs: number, goesOn: () => boolean): Promise<void> {
  while (goesOn()) {
    for (const turn = performance.now() + eachMs; performance.now() < turn; );
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('an event loop that stays late: whoever holds most is refused in every dialect, others and health are not, and it ends', async () => {
  house = late;
  await hold(KEYS.greedy, OPEN);
  const refused = new Map<Surface, Awaited<ReturnType<typeof ask>>>();
  const until = performance.now() + 14_000;
  const busy = keepBusy(150, () => refused.size < SURFACES.length && performance.now() < until);
  while (refused.size < SURFACES.length && performance.now() < until) {
    await Promise.all(
      [...SURFACES, ...SURFACES, ...SURFACES].map(async (surface) => {
        const answer = await ask(surface, KEYS.greedy, { model: 'quick' });
        if (answer.status !== 200) refused.set(surface, answer);
      }),
    );
  }
  const modest = await ask('openai-chat', KEYS.modest, { model: 'quick' });
  const during = await ready();
  await busy;
  expect([...refused.keys()].sort()).toEqual([...SURFACES].sort());
  for (const [surface, answer] of refused) isHonest(surface, answer);
  expect(await counted('loop-delay')).toBeGreaterThanOrEqual(refused.size);
  expect(modest.status).toBe(200);
  // Whoever was let in before stays: all are still being served.
  expect(during).toMatchObject({ status: 'ok', open: OPEN });
  await eventually(async () => (await ready()).shedding, 0);
  expect((await ask('openai-chat', KEYS.modest, { model: 'quick' })).status).toBe(200);
  await eventually(() => house.logs.filter((line) => line.includes('shedding ')).length, 2);
  expect(house.logs.filter((line) => line.includes('shedding ')).map((line) => JSON.parse(line))).toMatchObject([
    { msg: 'shedding began', reason: 'loop-delay' },
    { msg: 'shedding ended', reason: 'loop-delay', refused: expect.any(Number) },
  ]);
});

test('a greedy caller takes what nobody wants, and then another one is let in and it is not', async () => {
  await hold(KEYS.modest, 1);
  await hold(KEYS.greedy, 29);
  const refused = await ask('openai-chat', KEYS.greedy, { model: 'quick' });
  isHonest('openai-chat', refused);
  expect(await counted('fair-share')).toBe(1);
  expect((await ask('openai-chat', KEYS.modest, { model: 'quick' })).status).toBe(200);
});

test('a route that nobody answers does not keep another route of the same caller out', async () => {
  // Of two routes that are in use each has half of the places, once they are scarce.
  await hold(KEYS.modest, 29);
  const answers = await Promise.all(
    ['quick', 'quick', 'quick'].map((model) => ask('anthropic-messages', KEYS.modest, { model })),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
});

async function* halfABody(gone: AbortSignal): AsyncGenerator<string> {
  yield '{"model":';
  await new Promise((resolve) => gone.addEventListener('abort', resolve));
}

test('a body that is refused gives its place back, and so does one that its caller takes away', async () => {
  const before = (await ready()).open;
  const answer = await request(house.gateway.url + PATHS['openai-chat'], {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEYS.modest}` },
    body: '{"model":',
  });
  expect(answer.statusCode).toBe(400);
  await answer.body.dump();
  const gone = new AbortController();
  const half = request(house.gateway.url + PATHS['openai-chat'], {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': '1000', authorization: `Bearer ${KEYS.modest}` },
    body: Readable.from(halfABody(gone.signal)),
    signal: gone.signal,
  }).catch(() => 'left');
  await eventually(async () => (await ready()).open, before + 1);
  gone.abort();
  expect(await half).toBe('left');
  await eventually(async () => (await ready()).open, before);
});
