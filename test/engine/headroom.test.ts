import { describe, expect, it } from 'vitest';
import { chatRequest, engine, route, routeTarget, type Seen } from '../kit/engine-kit.ts';
import { bucket, fixedWindow } from '../kit/metered-account.ts';
import type { Act } from '../kit/scripted-upstream.ts';

const ok = (text: string, afterMs = 100): Act => ({ kind: 'answer', text, afterMs });
const A = routeTarget('alpha/one');
const B = routeTarget('beta/two');
const HOUSE = route([A, B]);

/** One request every `everyMs`, for so long; gives what each came to. */
async function load(world: ReturnType<typeof engine>, forMs: number, everyMs: number, house = HOUSE) {
  const seen: Seen[] = [];
  for (let t = 0; t < forMs; t += everyMs) {
    seen.push(world.send(house));
    await world.clock.advance(everyMs);
  }
  return Promise.all(seen.map((one) => world.clock.until(one.result)));
}

const servedBy = (results: Awaited<ReturnType<typeof load>>, target: string) =>
  results.filter((result) => result.kind === 'served' && result.summary.servedBy === target).length;

describe('a primary with a rate limit', () => {
  it.each([
    ['a window', () => fixedWindow(50, 10_000), 50],
    ['a bucket', () => bucket(50, 10_000), 50],
  ] as const)('%s: what it grants is used, and it refuses nobody', async (_, make, atLeast) => {
    const account = make();
    const world = engine({ 'alpha/one': () => account.act(world.clock.now(), ok('a')), 'beta/two': () => ok('b') });
    const results = await load(world, 60_000, 100);
    expect(results.every((result) => result.kind === 'served')).toBe(true);
    expect(account.refused).toBe(0);
    expect(servedBy(results, 'alpha/one')).toBeGreaterThanOrEqual(atLeast * 5);
    expect(servedBy(results, 'alpha/one') + servedBy(results, 'beta/two')).toBe(results.length);
  });

  it('requests that come all at once are counted before their answers tell of it', async () => {
    const account = fixedWindow(10, 10_000);
    const world = engine({ 'alpha/one': () => account.act(world.clock.now(), ok('a')), 'beta/two': () => ok('b') });
    await world.clock.until(world.send(HOUSE).result);
    const crowd = Array.from({ length: 40 }, () => world.send(HOUSE));
    const results = await Promise.all(crowd.map((one) => world.clock.until(one.result)));
    expect(account.refused).toBe(0);
    expect(servedBy(results, 'alpha/one')).toBe(9);
    expect(servedBy(results, 'beta/two')).toBe(31);
    const skipped = world.ledger.ended.at(-1)?.decisions.find((decision) => decision.type === 'skipped');
    expect(skipped).toMatchObject({
      target: 'alpha/one',
      reason: 'headroom',
      detail: 'too little remains of its rate limit (requests)',
    });
    expect(world.moves).toEqual([]);
  });

  it('a request whose tokens do not fit goes on, a small one stays', async () => {
    const headers = {
      'x-ratelimit-limit-tokens': '10000',
      'x-ratelimit-remaining-tokens': '2000',
      'x-ratelimit-reset-tokens': '48s',
    };
    const world = engine({ 'alpha/one': () => ({ ...ok('a'), headers }) as Act, 'beta/two': () => ok('b') });
    const ask = async (words: number, more: object = {}) => {
      const body = { messages: [{ role: 'user', content: 'word '.repeat(words) }], ...more };
      const result = await world.clock.until(world.send(HOUSE, chatRequest(body)).result);
      return result.kind === 'served' ? result.summary.servedBy : result.kind;
    };
    expect(await ask(5_000)).toBe('alpha/one');
    expect(await ask(5_000)).toBe('beta/two');
    expect(await ask(10)).toBe('alpha/one');
    expect(await ask(10, { max_tokens: 4_000 })).toBe('beta/two');
    await world.clock.advance(30_000);
    expect(await ask(5_000)).toBe('alpha/one');
  });

  it('when nobody has headroom the caller hears one 429 with the earliest reset, and nobody is asked', async () => {
    const accounts = { alpha: fixedWindow(1, 20_000), beta: fixedWindow(1, 8_000) };
    const world = engine({
      'alpha/one': () => accounts.alpha.act(world.clock.now(), ok('a', 0)),
      'beta/two': () => accounts.beta.act(world.clock.now(), ok('b', 0)),
    });
    await world.clock.until(world.send(HOUSE).result);
    await world.clock.until(world.send(HOUSE).result);
    const result = await world.clock.until(world.send(HOUSE).result);
    expect(result).toMatchObject({
      kind: 'failed',
      failure: { code: 'all_targets_failed', status: 429, retryAfterMs: 8_000, shouldRetry: false },
    });
    expect(world.upstream.requests).toHaveLength(2);
    await world.clock.advance(8_000);
    expect((await world.clock.until(world.send(HOUSE).result)).kind).toBe('served');
  });

  it.each([
    ['no limit beside it', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '60s' }],
    [
      'a limit of -1',
      {
        'x-ratelimit-limit-requests': '-1',
        'x-ratelimit-remaining-requests': '-1',
        'x-ratelimit-reset-requests': '60s',
      },
    ],
    [
      'a reset a month away',
      {
        'x-ratelimit-limit-requests': '9',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '720h0m0s',
      },
    ],
  ])('nonsense shuts nobody: %s', async (_, headers) => {
    const world = engine({ 'alpha/one': () => ({ ...ok('a'), headers }) as Act, 'beta/two': () => ok('b') });
    const results = await load(world, 2_000, 200);
    expect(servedBy(results, 'alpha/one')).toBe(10);
  });
});

describe('a secondary with a rate limit, while the primary is down', () => {
  it('is never asked for more than it grants, nor for more at once than its gate; the rest hears a 429', async () => {
    const account = bucket(300, 10_000);
    const world = engine({
      'alpha/one': () => ({ kind: 'status', status: 503 }),
      'beta/two': () => account.act(world.clock.now(), ok('b', 200)),
    });
    const narrow = routeTarget('beta/two', { gate: { concurrency: 12, queue: 50, queueMs: 500 } });
    const results = await load(world, 60_000, 20, route([A, narrow]));
    expect(account.refused).toBe(0);
    expect(world.upstream.maxActive.get('beta/two')).toBeLessThanOrEqual(12);
    expect(servedBy(results, 'beta/two')).toBe(account.granted);
    expect(account.granted).toBeGreaterThan(30 * 60 * 0.9);
    const failed = results.flatMap((result) => (result.kind === 'failed' ? [result.failure] : []));
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every((failure) => failure.retryAfterMs !== undefined)).toBe(true);
    // What came before the breaker opened, its retries, and one a second more, however short the secondary is.
    expect(world.upstream.to('alpha/one').length).toBeLessThan(20 + (60 + 10) * 1.25);
  }, 30_000);

  it('that holds itself by a 429 sends nobody back to the primary either, but for one a second', async () => {
    const world = engine({
      'alpha/one': () => ({ kind: 'status', status: 503 }),
      'beta/two': () => ({ kind: 'status', status: 429, headers: { 'retry-after': '60' } }),
    });
    await load(world, 60_000, 20);
    expect(world.upstream.to('alpha/one').length).toBeLessThan(20 + (60 + 10) * 1.25);
    expect(world.upstream.to('beta/two').length).toBeLessThan(10);
  }, 30_000);
});
