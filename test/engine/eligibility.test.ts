import { describe, expect, it } from 'vitest';
import { NO_DEMANDS, type RouteDemands, type RouteSpending } from '../../src/engine/demands.ts';
import type { RunResult } from '../../src/engine/run.ts';
import type { Target } from '../../src/model/target.ts';
import type { Usage } from '../../src/model/usage.ts';
import { chatRequest, engine, route, routeTarget } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

const ok = (text: string, afterMs = 0): Act => ({ kind: 'answer', text, afterMs });
const down: Act = { kind: 'status', status: 503 };
const A = routeTarget('alpha/one');
const B = routeTarget('beta/two');

/** A dollar a request at the primary, three at the fallback, whatever it says. */
const price = (target: Target, usage: Usage) =>
  usage.outputTokens === undefined ? undefined : target.id === 'alpha/one' ? 1 : 3;

const asking = (demands: Partial<RouteDemands>, over: Parameters<typeof route>[1] = {}) =>
  route([A, B], { demands: { ...NO_DEMANDS, ...demands }, attempts: 1, ...over });
const spending = (limits: Partial<RouteSpending>) => asking({ spending: { unknownPrice: 'refuse', ...limits } });

function servedBy(result: RunResult): string {
  return result.kind === 'served'
    ? result.summary.servedBy
    : result.kind === 'failed'
      ? result.failure.code
      : result.kind;
}

/** Why a target was left out of the last request. */
function lastReason({ ledger }: ReturnType<typeof engine>, target: string): string | undefined {
  const skip = ledger.ended.at(-1)?.decisions.findLast((step) => step.type === 'skipped' && step.target === target);
  return skip?.type === 'skipped' ? skip.reason : undefined;
}

describe('a budget', () => {
  it('a hundred requests at once spend it once, and not a hundred times', async () => {
    const world = engine(
      { 'alpha/one': () => ok('alpha', 500), 'beta/two': () => ok('beta', 500) },
      { deps: { price } },
    );
    const house = spending({ perHourUsd: 10 });
    const seen = Array.from({ length: 100 }, () => world.send(house));
    const results = await Promise.all(seen.map((one) => world.clock.until(one.result)));
    expect(world.upstream.requests).toHaveLength(10);
    expect(results.filter((result) => servedBy(result) === 'alpha/one')).toHaveLength(10);
    expect(results.filter((result) => servedBy(result) === 'budget_exhausted')).toHaveLength(90);
  });

  it('that is used up is a 429 with the moment at which it is not, and the request of that moment is served', async () => {
    const world = engine({ 'alpha/one': () => ok('alpha'), 'beta/two': () => ok('beta') }, { deps: { price } });
    const house = spending({ perHourUsd: 1 });
    expect(servedBy(await world.clock.until(world.send(house).result))).toBe('alpha/one');
    await world.clock.advance(600_000);
    const refused = await world.clock.until(world.send(house).result);
    expect(refused).toMatchObject({
      kind: 'failed',
      failure: {
        code: 'budget_exhausted',
        status: 429,
        shouldRetry: false,
        message: expect.stringContaining('beta/two: budget'),
      },
    });
    const wait = refused.kind === 'failed' ? (refused.failure.retryAfterMs ?? 0) : 0;
    expect(wait).toBeGreaterThan(2_990_000);
    await world.clock.advance(wait + 1);
    expect(servedBy(await world.clock.until(world.send(house).result))).toBe('alpha/one');
  });

  it('what a failed attempt did not cost is there for the next target', async () => {
    const world = engine({ 'alpha/one': () => down, 'beta/two': () => ok('beta') }, { deps: { price } });
    const result = await world.clock.until(world.send(spending({ perHourUsd: 3 })).result);
    expect(servedBy(result)).toBe('beta/two');
    expect(servedBy(await world.clock.until(world.send(spending({ perHourUsd: 3 })).result))).toBe('budget_exhausted');
  });

  it('a request that waits for a place has its money set aside, and gives it back where it gets none', async () => {
    const gate = { concurrency: 1, queue: 1, queueMs: 100 };
    const narrow = [{ ...A, gate }];
    const world = engine({ 'alpha/one': () => ok('alpha', 5_000) }, { deps: { price } });
    const house = route(narrow, {
      demands: { ...NO_DEMANDS, spending: { perHourUsd: 2, unknownPrice: 'refuse' } },
      attempts: 1,
    });
    const first = world.send(house);
    const second = world.send(house);
    await world.clock.advance(200);
    expect(servedBy(await world.clock.until(second.result))).toBe('overloaded');
    await world.clock.until(first.result);
    expect(servedBy(await world.clock.until(world.send(house).result))).toBe('alpha/one');
    expect(servedBy(await world.clock.until(world.send(house).result))).toBe('budget_exhausted');
  });
});

describe('the budget of an outage', () => {
  it('ends the failover when it is used up, and is whole again in the next outage', async () => {
    let isDown = true;
    const world = engine(
      { 'alpha/one': () => (isDown ? down : ok('alpha')), 'beta/two': () => ok('beta') },
      { deps: { price } },
    );
    const house = spending({ perIncidentUsd: 6 });
    const outage = async () => {
      const seen: string[] = [];
      for (let request = 0; request < 30; request += 1)
        seen.push(servedBy(await world.clock.until(world.send(house).result)));
      return seen.filter((one) => one === 'beta/two').length;
    };
    const opening = 5;
    // Those before the breaker opened are no outage yet; in it there is room for three requests of two dollars more each.
    expect(await outage()).toBe(opening - 1 + 3);
    expect(lastReason(world, 'beta/two')).toBe('budget');
    isDown = false;
    for (let minute = 0; minute < 10; minute += 1) {
      await world.clock.advance(60_000);
      await world.clock.until(world.send(house).result);
    }
    expect(world.moves.at(-1)).toMatch(/→closed$/);
    isDown = true;
    expect(await outage()).toBe(opening - 1 + 3);
  });
});

describe('rates', () => {
  it('more requests than a minute allows are answered at once, and nobody is asked for them', async () => {
    const world = engine({ 'alpha/one': () => ok('alpha'), 'beta/two': () => ok('beta') });
    const house = asking({ rate: { perMinute: 2 } });
    for (let request = 0; request < 2; request += 1) await world.clock.until(world.send(house).result);
    expect(await world.clock.until(world.send(house).result)).toMatchObject({
      kind: 'failed',
      failure: { code: 'rate_limited', status: 429, retryAfterMs: expect.any(Number), shouldRetry: false, targets: [] },
    });
    expect(world.upstream.requests).toHaveLength(2);
    await world.clock.advance(60_000);
    expect(servedBy(await world.clock.until(world.send(house).result))).toBe('alpha/one');
  });
});

describe('a target too slow for an interactive route', () => {
  const house = () => asking({ maxFirstContentMs: 1_000 });
  const slowPrimary = (beta: () => Act) => engine({ 'alpha/one': () => ok('alpha', 3_000), 'beta/two': beta });

  it('is passed over once its times are known, with the reason, and asked again where the other fails', async () => {
    let isDown = false;
    const world = slowPrimary(() => (isDown ? down : ok('beta', 50)));
    const served: string[] = [];
    for (let request = 0; request < 40; request += 1)
      served.push(servedBy(await world.clock.until(world.send(house()).result)));
    expect(served[0]).toBe('alpha/one');
    expect(served.at(-1)).toBe('beta/two');
    expect(lastReason(world, 'alpha/one')).toBe('latency-class');
    isDown = true;
    const last = await world.clock.until(world.send(house()).result);
    expect(servedBy(last)).toBe('alpha/one');
  });

  it('a whole answer is not judged by it', async () => {
    const world = slowPrimary(() => ok('beta', 50));
    for (let request = 0; request < 40; request += 1) await world.clock.until(world.send(house()).result);
    const whole = chatRequest({ stream: false });
    world.upstream.requests.length = 0;
    world.send(house(), whole);
    await world.clock.advance(1);
    expect(world.upstream.requests.map(({ target }) => target.id)).toEqual(['alpha/one']);
  });
});

describe('parity on a live route', () => {
  const alphaDown = () => engine({ 'alpha/one': () => down, 'beta/two': () => ok('beta') });

  it('strict: nobody unproven stands in, and the caller is told why', async () => {
    const house = asking({ parity: { mode: 'strict', accepted: [], allowUnknown: true } });
    const result = await (async () => {
      const world = alphaDown();
      return world.clock.until(world.send(house).result);
    })();
    expect(result).toMatchObject({
      kind: 'failed',
      failure: { status: 503, targets: [{ target: 'beta/two', reason: 'parity-missing' }, { target: 'alpha/one' }] },
    });
  });

  it('strict: an operator’s word lets a target stand in, until it ends', async () => {
    const world = alphaDown();
    const until = world.clock.wallNow() + 1_000;
    const accepted = [{ target: 'beta/two', until, reason: 'read 40 answers' }];
    const house = asking({ parity: { mode: 'strict', accepted, allowUnknown: true } });
    const served = await world.clock.until(world.send(house).result);
    expect(served).toMatchObject({
      kind: 'served',
      summary: { degraded: { reason: 'fallback', cause: 'server-error' } },
    });
    await world.clock.advance(1_000);
    await world.clock.until(world.send(house).result);
    expect(lastReason(world, 'beta/two')).toBe('parity-stale');
  });

  it('tolerant: the answer is given, and marked', async () => {
    const world = alphaDown();
    const result = await world.clock.until(world.send(asking({ parity: { mode: 'tolerant', accepted: [] } })).result);
    expect(result).toMatchObject({
      kind: 'served',
      summary: { degraded: { reason: 'parity-missing', cause: 'server-error', primary: 'alpha/one' } },
    });
  });
});

describe('what keeps a target away holds in recovery too', () => {
  it('half an answer is not ended where the data may not go', async () => {
    const world = engine({
      'alpha/one': () => ({ kind: 'breaks', text: 'alpha beta gamma', pieces: 2 }),
      'beta/two': () => ok('alpha beta gamma'),
    });
    const inside = [
      routeTarget('alpha/one', { of: { region: 'eu' } }),
      routeTarget('beta/two', { of: { region: 'us' } }),
    ];
    const house = (demands: Partial<RouteDemands>) =>
      route(inside, { recovery: 'resume', attempts: 1, demands: { ...NO_DEMANDS, ...demands } });
    const result = await world.clock.until(world.send(house({ residency: ['eu'] })).result);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'stream_interrupted' } });
    expect(world.upstream.to('beta/two')).toHaveLength(0);
    expect(servedBy(await world.clock.until(world.send(house({})).result))).toBe('beta/two');
  });
});

it('a drained target is left out with that reason', async () => {
  const world = engine({ 'alpha/one': () => ok('alpha'), 'beta/two': () => ok('beta') });
  world.deps.lanes.of(A, world.clock.now()).drain(world.clock.now(), 60_000);
  expect(servedBy(await world.clock.until(world.send(asking({})).result))).toBe('beta/two');
  expect(lastReason(world, 'alpha/one')).toBe('drained');
});
