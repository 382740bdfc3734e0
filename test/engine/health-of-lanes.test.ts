import { describe, expect, it } from 'vitest';
import { chatRequest, engine, route, routeTarget, type Seen } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

const ok = (text: string, afterMs = 0): Act => ({ kind: 'answer', text, afterMs });
const A = routeTarget('alpha/one');
const B = routeTarget('beta/two');

describe('breaker, probe and ramp', () => {
  it('an outage at 50 requests a second: nobody fails, the primary is spared, and traffic comes back', async () => {
    let down = true;
    const world = engine({
      'alpha/one': () => (down ? { kind: 'status', status: 503 } : ok('alpha', 20)),
      'beta/two': () => ok('beta', 20),
    });
    const house = route([A, B]);
    const seen: Seen[] = [];
    const load = async (ms: number) => {
      for (let t = 0; t < ms; t += 20) {
        seen.push(world.send(house));
        await world.clock.advance(20);
      }
    };
    await load(20_000);
    const openedAt = world.moves.indexOf('alpha/one closed→open');
    expect(openedAt).toBe(0);
    const duringOutage = world.upstream.to('alpha/one').length;
    // 20 % of the requests of the moments before the breaker opened, plus one a second, plus those on their way.
    expect(duringOutage).toBeLessThan(60);
    down = false;
    await load(90_000);
    const results = await Promise.all(seen.map((one) => world.clock.until(one.result)));
    expect(results.filter((result) => result.kind !== 'served')).toHaveLength(0);
    expect(world.moves.at(-1)).toMatch(/alpha\/one .*→closed/);
    const last = results.slice(-100);
    expect(last.every((result) => result.kind === 'served' && result.summary.servedBy === 'alpha/one')).toBe(true);
  }, 60_000);

  it('two hundred waiting callers cause one probe at a time', async () => {
    let down = true;
    let atOnce = 0;
    let most = 0;
    const world = engine({
      'alpha/one': () => {
        if (down) return { kind: 'status', status: 503 };
        atOnce += 1;
        most = Math.max(most, atOnce);
        world.clock.setTimer(400, () => {
          atOnce -= 1;
        });
        return ok('alpha', 400);
      },
      'beta/two': () => ok('beta'),
    });
    const house = route([A, B], { attempts: 1 });
    for (let i = 0; i < 10; i += 1) await world.clock.until(world.send(house).result);
    down = false;
    await world.clock.advance(40_000);
    const crowd = Array.from({ length: 200 }, () => world.send(house));
    await world.clock.advance(399);
    expect(world.upstream.active.get('alpha/one')).toBeLessThanOrEqual(1);
    expect(most).toBe(1);
    await Promise.all(crowd.map((one) => world.clock.until(one.result)));
  });

  it('the last target is asked although its breaker is open', async () => {
    let down = true;
    const world = engine({ 'alpha/one': () => (down ? { kind: 'status', status: 503 } : ok('alpha')) });
    const house = route([A]);
    for (let i = 0; i < 6; i += 1) await world.clock.until(world.send(house).result);
    expect(world.moves[0]).toBe('alpha/one closed→open');
    down = false;
    const result = await world.clock.until(world.send(house).result);
    expect(result.kind).toBe('served');
  });

  it('when everybody is shut, the one that is back is found at once, and then serves everybody', async () => {
    let down = ['alpha/one', 'beta/two'];
    const answerOf = (name: string) => () =>
      down.includes(name) ? ({ kind: 'status', status: 503 } as const) : ok(name, 5);
    const world = engine({ 'alpha/one': answerOf('alpha/one'), 'beta/two': answerOf('beta/two') });
    const house = route([A, B], { attempts: 1 });
    const ask = async (times: number) => {
      const kinds: string[] = [];
      for (let n = 0; n < times; n += 1) {
        const result = await world.clock.until(world.send(house).result);
        kinds.push(result.kind === 'served' ? String(result.summary.servedBy) : result.kind);
        await world.clock.advance(20);
      }
      return kinds;
    };
    await ask(20);
    expect(world.moves).toEqual(['alpha/one closed→open', 'beta/two closed→open']);
    const during = world.upstream.requests.length;
    await ask(20);
    // A total outage costs one attempt a request, and nobody is asked by rote.
    expect(world.upstream.requests.length - during).toBe(20);
    down = ['alpha/one'];
    const after = await ask(200);
    const found = after.indexOf('beta/two');
    expect(found).toBeGreaterThanOrEqual(0);
    expect(found).toBeLessThan(10);
    expect(after.slice(found).every((by) => by === 'beta/two')).toBe(true);
  });

  it('a target on its way back serves all of the traffic while nobody else can', async () => {
    let down = ['alpha/one', 'beta/two'];
    const answerOf = (name: string) => () =>
      down.includes(name) ? ({ kind: 'status', status: 503 } as const) : ok(name, 5);
    const world = engine({ 'alpha/one': answerOf('alpha/one'), 'beta/two': answerOf('beta/two') });
    const house = route([A, B], { attempts: 1 });
    const served = async (ms: number) => {
      const by: string[] = [];
      for (let t = 0; t < ms; t += 100) {
        const result = await world.clock.until(world.send(house).result);
        by.push(result.kind === 'served' ? String(result.summary.servedBy) : result.kind);
        await world.clock.advance(100);
      }
      return by;
    };
    await served(2_000);
    // The primary recovers, goes through its first ramp and falls ill again: its second is as long as the dwell.
    down = ['beta/two'];
    await served(80_000);
    expect(world.moves).toContain('alpha/one ramping→closed');
    down = ['alpha/one', 'beta/two'];
    await served(5_000);
    down = ['beta/two'];
    const by = await served(60_000);
    expect(by.filter((one) => one === 'alpha/one').length).toBeGreaterThan(0.95 * by.length);
    expect(world.deps.lanes.of(A, world.clock.now()).breakerState(world.clock.now())).toBe('ramping');
  });

  it('does not ask for what an operator shut while there is another, and asks for it rather than nobody', async () => {
    const world = engine({ 'alpha/one': () => ok('alpha'), 'beta/two': () => ({ kind: 'status', status: 503 }) });
    const house = route([A, B], { attempts: 1 });
    world.deps.lanes.of(A, 0).openFor(0, 600_000);
    for (let n = 0; n < 30; n += 1) await world.clock.until(world.send(house).result);
    expect(world.upstream.to('alpha/one')).toHaveLength(0);
    const alone = await world.clock.until(world.send(route([A])).result);
    expect(alone.kind).toBe('served');
    expect(world.deps.lanes.of(A, world.clock.now()).breakerState(world.clock.now())).toBe('open');
  });

  it('a refused credential isolates its lane and pages once', async () => {
    const world = engine({ 'alpha/one': () => ({ kind: 'status', status: 401 }), 'beta/two': () => ok('beta') });
    for (let i = 0; i < 10; i += 1) await world.clock.until(world.send(route([A, B])).result);
    expect(world.upstream.to('alpha/one')).toHaveLength(1);
    expect(world.alerts.map(({ kind, target }) => [kind, target])).toEqual([['credential-refused', 'alpha/one']]);
  });

  it('a caller’s error leaves the breaker as it was, however often it comes', async () => {
    const body = '{"error":{"message":"bad field","type":"invalid_request_error","param":"messages"}}';
    const world = engine({ 'alpha/one': () => ({ kind: 'status', status: 400, body }), 'beta/two': () => ok('beta') });
    for (let i = 0; i < 20; i += 1) {
      const result = await world.clock.until(world.send(route([A, B])).result);
      expect(result).toMatchObject({ kind: 'failed', failure: { code: 'upstream_refused', status: 400 } });
    }
    expect(world.moves).toEqual([]);
    expect(world.upstream.to('beta/two')).toHaveLength(0);
  });
});

describe('the admission gate', () => {
  it('a dead primary cannot flatten a secondary that takes two at once', async () => {
    const narrow = routeTarget('beta/two', { gate: { concurrency: 2, queue: 2, queueMs: 500 } });
    const world = engine({ 'alpha/one': () => ({ kind: 'status', status: 401 }), 'beta/two': () => ok('beta', 300) });
    const crowd = Array.from({ length: 20 }, () => world.send(route([A, narrow])));
    const results = await Promise.all(crowd.map((one) => world.clock.until(one.result)));
    expect(world.upstream.maxActive.get('beta/two')).toBe(2);
    const served = results.filter((result) => result.kind === 'served').length;
    expect(served).toBe(4);
    const shed = results.flatMap((result) => (result.kind === 'failed' ? [result.failure] : []));
    expect(shed.every((failure) => failure.targets.some((target) => target.reason === 'headroom'))).toBe(true);
    expect(world.clock.pending).toBe(0);
  });
});

describe('a caller that leaves', () => {
  const cases: [string, Act, number][] = [
    ['before the headers', { kind: 'hang' }, 100],
    ['in a backoff', { kind: 'status', status: 500 }, 1],
    ['in the middle of the stream', { kind: 'breaks', text: 'a b c d e f', pieces: 2 }, 100],
  ];
  it.each(cases)(
    '%s: nothing further is sent, nothing stays armed, the breaker stands as it was',
    async (_, act, afterMs) => {
      const world = engine({ 'alpha/one': () => act, 'beta/two': () => ok('beta') });
      const seen = world.send(route([A, B]));
      await world.clock.advance(afterMs);
      seen.gone.abort();
      const sent = world.upstream.requests.length;
      const result = await world.clock.until(seen.result);
      expect(result.kind).toBe('caller-gone');
      await world.clock.advance(60_000);
      expect(world.upstream.requests).toHaveLength(sent);
      expect(world.upstream.requests.every((request) => request.signal.aborted)).toBe(true);
      expect(world.clock.pending).toBe(0);
      expect(world.moves).toEqual([]);
      expect(world.ledger.ended[0]?.outcome).toBe('caller-gone');
    },
  );
});

describe('time that jumps', () => {
  it('a frozen process does not fail the requests that were answered meanwhile', async () => {
    const world = engine({ 'alpha/one': () => ok('alpha', 9_900) });
    const seen = world.send(route([A], { streamBudget: { primaryBudgetMs: 8_000, deadlineMs: 10_000 } }));
    await world.clock.advance(9_000);
    world.clock.freeze(5_000);
    const result = await world.clock.until(seen.result);
    expect(result.kind).toBe('served');
  });
});

describe('a ledger that cannot be written', () => {
  it('best effort serves all the same and alerts; required refuses', async () => {
    const world = engine({ 'alpha/one': () => ok('alpha') });
    world.ledger.refuse = new Error('disk full');
    const served = await world.clock.until(world.send(route([A])).result);
    expect(served.kind).toBe('served');
    const refused = await world.clock.until(
      world.send(route([A], { audit: 'required' }), chatRequest({ stream: false })).result,
    );
    expect(refused).toMatchObject({ kind: 'failed', failure: { code: 'ledger_unavailable', status: 503 } });
    expect(world.alerts.map((alert) => alert.kind)).toEqual(['ledger-trouble']);
  });
});
