import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chance } from '../../src/engine/ports.ts';
import { FAULT_KINDS } from '../../src/model/fault.ts';
import type { StoredRequest } from '../../src/storage/stored-request.ts';
import { systemChance } from '../../src/system-clock.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { askBySdk, type Heard, SURFACES } from '../kit/sdk-caller.ts';
import { watch } from '../kit/watch.ts';
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
let house: House;

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
  const { all, secondaries } = routes();
  house = await startHouse({
    chance,
    observer: seen.observer,
    health: { breaker: { consecutive: 5 } },
    providers: {
      alpha: { models: secondaries.alpha },
      beta: { models: secondaries.beta },
    },
    routes: all,
  });
});

afterAll(() => house.close());

async function rowOf(heard: Heard): Promise<StoredRequest> {
  const id = heard.headers.get('x-understudy-request-id') ?? 'no request id';
  const row = await house.reader.request(id);
  if (!row) throw new Error(`request ${id} is not in the ledger`);
  return row;
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
  // Every limit of these cases is below half a second, and the budget behind it is six.
  if (one.kind === 'timed-out') expect(row.attemptRows[0]?.durationMs).toBeLessThan(3_000);
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
        it(`${one.kind}: ${one.name} (primary ${primary}, ${way.surface}, ${way.mode})`, () =>
          checkWay(one, at, primary, way));
      }
    }
  }
});

/** Those that `fault-rows.test.ts` meets, by the names of its tests. */
function kindsOfOtherFile(): string[] {
  const source = readFileSync(new URL('fault-rows.test.ts', import.meta.url), 'utf8');
  return [...source.matchAll(/^ {2}it\(\s*'([a-z-]+): /gm)].map(([, kind]) => kind ?? '');
}

/** Those that only a policy or a receipt makes, by what the tests of these over sockets expect. */
function kindsOfRules(): string[] {
  const found = (file: string, expected: RegExp) =>
    [...readFileSync(new URL(file, import.meta.url), 'utf8').matchAll(expected)].map(([, kind]) => kind ?? '');
  return [
    ...found('../plans/policies-over-sockets.test.ts', /fault: \{ kind: '([a-z-]+)' \}/g),
    ...found('../receipts/over-sockets.test.ts', /failed with ([a-z-]+): /g),
  ];
}

it('every kind of fault is met', () => {
  const met = new Set<string>([...CASES.map((one) => one.kind), ...kindsOfOtherFile(), ...kindsOfRules()]);
  expect(FAULT_KINDS.filter((kind) => !met.has(kind))).toEqual([]);
  expect([...met].filter((kind) => !FAULT_KINDS.some((known) => known === kind))).toEqual([]);
});

it('every case is met over both surfaces, as a stream or whole, in every dialect where nothing speaks against it', () => {
  expect(WAYS).toHaveLength(4);
  for (const kind of new Set(CASES.map((one) => one.kind))) {
    const dialects = CASES.flatMap((one) => (one.kind === kind ? (one.primaries ?? PRIMARIES) : []));
    if (kind !== 'unknown') expect(new Set(dialects), kind).toEqual(new Set(PRIMARIES));
  }
});
