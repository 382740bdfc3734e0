import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chance } from '../../src/engine/ports.ts';
import { FAULT_KINDS, type FaultKind } from '../../src/model/fault.ts';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';
import type { StoredRequest } from '../../src/storage/stored-request.ts';
import { systemChance } from '../../src/system-clock.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { closedPort, type HandmadeProvider, startHandmadeProvider } from '../kit/handmade-provider.ts';
import { askBySdk, type Heard, SURFACES, type Surface } from '../kit/sdk-caller.ts';
import { until, watch } from '../kit/watch.ts';
import { ANSWER_CASES } from './cases-answer.ts';
import { NETWORK_CASES } from './cases-network.ts';
import { REFUSAL_CASES } from './cases-refusal.ts';
import type { FaultCase, ProviderName } from './fault-case.ts';

const CASES = [...NETWORK_CASES, ...REFUSAL_CASES, ...ANSWER_CASES];
const PRIMARIES = ['alpha', 'beta', 'gamma'] as const;
const SECONDARY: Readonly<Record<ProviderName, ProviderName>> = { alpha: 'beta', beta: 'alpha', gamma: 'beta' };
/** One way to ask: every one has targets of its own, so that no lane is shared. */
const WAYS = SURFACES.flatMap((surface) => (['stream', 'whole'] as const).map((mode) => ({ surface, mode })));
type Way = (typeof WAYS)[number];

/** Jitter of a fiftieth: backoff takes 20 and 40 ms. */
const chance: Chance = { next: () => 0.02, newId: systemChance.newId };
const seen = watch();
const covered = new Set<FaultKind>();
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

const routeOf = (at: number, primary: ProviderName, { surface, mode }: Way) =>
  `case-${at}.${primary}.${surface === 'openai-chat' ? 'o' : 'a'}.${mode}`;
const modelOf = (route: string) => `steady-${route}`;

function routes() {
  const all: Record<string, unknown> = {};
  const secondaries: Record<ProviderName, Record<string, unknown>> = { alpha: {}, beta: {}, gamma: {} };
  for (const [at, one] of CASES.entries()) {
    for (const primary of one.primaries ?? PRIMARIES) {
      for (const way of WAYS) {
        const name = routeOf(at, primary, way);
        const secondary = SECONDARY[primary];
        if (one.secondary) secondaries[secondary][modelOf(name)] = one.secondary;
        all[name] = {
          targets: [
            { target: `${primary}/${modelOf(name)}`, ...(one.timeouts && { timeouts: one.timeouts }) },
            ...(one.alone ? [] : [`${secondary}/${modelOf(name)}`]),
          ],
          failover: { primaryBudget: '6s', deadline: '20s', ...one.failover },
        };
      }
    }
  }
  return { all, secondaries };
}

beforeAll(async () => {
  odd = await startHandmadeProvider((response) => response.writeHead(666).end('no such status'));
  untouched = await startSimulator();
  const { all, secondaries } = routes();
  house = await startHouse({
    chance,
    observer: seen.observer,
    health: { breaker: { consecutive: 5 } },
    providers: {
      alpha: { models: secondaries.alpha },
      beta: { models: secondaries.beta },
      refused: { dialect: 'openai-chat', baseUrl: `${await closedPort()}/v1` },
      odd: { dialect: 'openai-chat', baseUrl: `${odd.url}/v1` },
      ...freshProviders(),
    },
    routes: {
      ...Object.fromEntries(
        FRESH.map((name) => [name, { targets: [`${name}/steady-${name}`, `beta/steady-${name}`] }]),
      ),
      ...all,
      refused: { targets: ['refused/steady-1', 'beta/steady-refused'] },
      odd: { targets: ['odd/steady-1', 'beta/steady-odd'] },
      stale: { targets: ['gamma/steady-stale', 'beta/steady-stale'] },
      left: { targets: ['alpha/steady-left', 'beta/steady-left'], timeouts: { headers: '20s' } },
    },
  });
});

afterAll(async () => {
  await house.close();
  await odd.stop();
  await untouched.stop();
});

function meets(kind: FaultKind, name: string, task: () => Promise<void>): void {
  covered.add(kind);
  it(`${kind}: ${name}`, task);
}

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

const ask = (route: string, { surface, mode }: Way, extra?: FaultCase['extra']) =>
  askBySdk(house.gateway.url, {
    surface,
    stream: mode === 'stream',
    model: route,
    prompt: 'How tall is a giraffe? Say "mood" and "score".',
    ...(extra && { extra: extra(surface) }),
  });

/** What the caller has: text and marks, or one error after one HTTP request. */
function checkHeard(one: FaultCase, heard: Heard, targets: { primary: string; secondary: string }): void {
  expect(heard.requests, 'HTTP requests of the SDK').toBe(1);
  if ('status' in one.ending) {
    expect(heard.thrown).toMatchObject({ status: one.ending.status, code: one.ending.code });
    expect(heard.headers.get('x-should-retry')).toBe('false');
    expect(heard.thrown?.targets[0]).toMatchObject({ target: targets.primary, reason: one.kind });
    return;
  }
  expect(heard.thrown).toBeUndefined();
  expect(heard.text).not.toBe('');
  expect(['stop', 'end_turn']).toContain(heard.finish);
  const attempts = one.verdicts.length + 1;
  const degraded = one.ending.by === 'secondary';
  const servedBy = degraded ? targets.secondary : targets.primary;
  expect(heard.understudy).toMatchObject({
    served_by: servedBy,
    attempts,
    degraded,
    ...(degraded && { degraded_reason: 'fallback', cause: one.kind, primary: targets.primary }),
  });
  expect(Object.fromEntries(heard.headers)).toMatchObject({
    'x-understudy-served-by': servedBy,
    'x-understudy-attempts': String(attempts),
    'x-understudy-degraded': String(degraded),
    ...(degraded && { 'x-understudy-degraded-reason': `fallback: ${one.kind}` }),
  });
}

/** What the ledger has: every attempt with its fault and verdict, who served, and the failover where there was one. */
function checkRow(one: FaultCase, row: StoredRequest, targets: { primary: string; secondary: string }): void {
  const served = 'by' in one.ending;
  const last = served ? [{ target: one.ending.by === 'primary' ? targets.primary : targets.secondary }] : [];
  const expected = [
    ...one.verdicts.map((verdict) => ({
      target: targets.primary,
      fault: expect.objectContaining({ kind: one.kind, ...one.fault }),
      verdict: typeof verdict === 'string' ? verdict : expect.stringMatching(verdict),
      committed: false,
    })),
    ...last.map((attempt) => ({ ...attempt, state: 'settled' })),
  ];
  expect(row.attemptRows).toMatchObject(expected);
  expect(row.attemptRows.at(-1)?.fault === undefined).toBe(served);
  expect(row.outcome).toBe(served ? 'served' : 'failed');
  expect(row.servedBy).toBe(last[0]?.target);
  const failedOver = served && one.ending.by === 'secondary';
  expect(row.failover).toEqual(
    failedOver
      ? expect.objectContaining({ primary: targets.primary, error: one.kind, target: targets.secondary })
      : undefined,
  );
}

function checkLane(one: FaultCase, primary: string): void {
  const { clock, lanes } = house.gateway.engine;
  const lane = lanes.find(primary)?.snapshot(clock.now());
  expect(lane).toMatchObject({
    active: 0,
    waiting: 0,
    breaker: { state: one.lane.breaker, windowFailed: one.lane.failed },
  });
  expect(lane?.held?.detail).toBe(one.lane.held);
  expect(lane?.learnedWindow).toBe(one.lane.learnedWindow);
  const alerts = seen.alerts.filter((alert) => alert.target === primary).map((alert) => alert.kind);
  expect(alerts).toEqual(one.alert ? [one.kind] : []);
}

async function checkAgain(one: FaultCase, route: string, way: Way, primary: ProviderName): Promise<void> {
  if (one.again === undefined) return;
  const model = modelOf(route);
  const before = hits(primary, model);
  const row = await rowOf(await ask(route, way, one.extra));
  const skipped = row.decisions.find((step) => step.type === 'skipped' && step.target === `${primary}/${model}`);
  if (one.again === 'asked') {
    expect(skipped).toBeUndefined();
    expect(hits(primary, model)).toBeGreaterThan(before);
  } else {
    expect(skipped).toMatchObject({ reason: one.again });
    expect(hits(primary, model)).toBe(before);
  }
  const alerts = seen.alerts.filter((alert) => alert.target === `${primary}/${model}`);
  expect(alerts.length, 'alerts after two requests').toBeLessThanOrEqual(1);
}

async function checkWay(one: FaultCase, at: number, primary: ProviderName, way: Way): Promise<void> {
  const route = routeOf(at, primary, way);
  const model = modelOf(route);
  const targets = { primary: `${primary}/${model}`, secondary: `${SECONDARY[primary]}/${model}` };
  house.simulator.script(primary, one.script, { model });
  const heard = await ask(route, way, one.extra);
  checkHeard(one, heard, targets);
  checkRow(one, await rowOf(heard), targets);
  const byPrimary = 'by' in one.ending && one.ending.by === 'primary' ? 1 : 0;
  expect(hits(primary, model), 'requests at the primary').toBe(one.verdicts.length + byPrimary);
  const bySecondary = 'by' in one.ending && one.ending.by === 'secondary' ? 1 : 0;
  expect(hits(SECONDARY[primary], model), 'requests at the secondary').toBe(bySecondary);
  checkLane(one, targets.primary);
  await checkAgain(one, route, way, primary);
}

describe.concurrent('the fault table over sockets', () => {
  for (const [at, one] of CASES.entries()) {
    for (const primary of one.primaries ?? PRIMARIES) {
      for (const way of WAYS.filter(({ mode }) => one.modes?.includes(mode) ?? true)) {
        meets(one.kind, `${one.name} (primary ${primary}, ${way.surface}, ${way.mode})`, () =>
          checkWay(one, at, primary, way),
        );
      }
    }
  }
});

describe('rows that need a provider of their own', () => {
  meets('connection-failed', 'a port on which nobody listens', async () => {
    for (const way of WAYS) {
      const heard = await ask('refused', way);
      expect(heard.understudy).toMatchObject({ served_by: 'beta/steady-refused', cause: expect.any(String) });
      expect(heard.requests).toBe(1);
    }
    const page = await house.reader.requests({ limit: 10, route: 'refused' });
    const first = await house.reader.request(page.rows.at(-1)?.requestId ?? '');
    expect(first?.attemptRows).toMatchObject([
      { target: 'refused/steady-1', fault: { kind: 'connection-failed', stage: 'refused' }, state: 'free' },
      { target: 'refused/steady-1', verdict: 'next-target: connection-failed', state: 'free' },
      { target: 'beta/steady-refused', state: 'settled' },
    ]);
    // Five in a row: the third request finds the breaker open half-way, the fourth asks nobody there.
    expect(seen.moves).toContain('refused/steady-1 closed→open');
    const last = await house.reader.request(page.rows[0]?.requestId ?? '');
    expect(last?.attemptRows).toHaveLength(1);
    expect(last?.degraded).toEqual({ reason: 'fallback', cause: 'breaker-open', primary: 'refused/steady-1' });
  });

  meets('connection-failed', 'reset before the first byte, every time', async () => {
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
      expect(breakerOf(`${name}/steady-${name}`)).toMatchObject({ state: 'closed', windowFailed: 2 });
    }
  });

  meets('connection-failed', 'reset before the first byte, once', async () => {
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

  meets('unknown', 'a status that HTTP does not have', async () => {
    const heard = await ask('odd', { surface: 'openai-chat', mode: 'stream' });
    expect(heard.thrown).toMatchObject({ status: 502, code: 'upstream_refused' });
    expect(heard.requests).toBe(1);
    expect(odd.requests()).toBe(1);
    expect((await rowOf(heard)).attemptRows).toMatchObject([{ fault: { kind: 'unknown' }, verdict: 'stop: unknown' }]);
    expect(hits('beta', 'steady-odd')).toBe(0);
    expect(seen.alerts).toContainEqual(expect.objectContaining({ kind: 'unknown', target: 'odd/steady-1' }));
  });

  meets(
    'stale-connection',
    'a kept connection that the provider destroys is replaced, and nobody notices',
    async () => {
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
    },
  );

  meets(
    'stale-connection',
    'a provider that closes idle connections between 50 requests is never failed over',
    async () => {
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
    },
  );

  meets('caller-gone', 'nothing further is asked, and nobody is blamed', async () => {
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
});

it('every kind of fault is met here', () => {
  expect([...FAULT_KINDS].filter((kind) => !covered.has(kind))).toEqual([]);
});

it('surfaces and modes are all asked', () => {
  const surfaces: readonly Surface[] = WAYS.map((way) => way.surface);
  expect(new Set(surfaces).size).toBe(2);
  expect(WAYS).toHaveLength(4);
});
