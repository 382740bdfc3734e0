import { describe, expect, it } from 'vitest';
import type { Hedge, SameModelPolicy } from '../../src/engine/route.ts';
import { chatRequest, engine, route, routeTarget, textOf } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

const A = routeTarget('alpha/llama', { weight: 8 });
const B = routeTarget('beta/llama', { weight: 2 });
const C = routeTarget('gamma/llama', { weight: 0 });
const ok = (text: string, afterMs = 0, gapMs = 0): Act => ({ kind: 'answer', text, afterMs, gapMs });
const down: Act = { kind: 'status', status: 503 };
const balance = (kind: SameModelPolicy['balance'], hedge?: Hedge): SameModelPolicy => ({
  kind: 'same-model',
  balance: kind,
  ...(hedge && { hedge }),
});
type World = ReturnType<typeof engine>;
const asked = (world: World, id: string) => world.upstream.to(id).length;

describe('hosts of one model', () => {
  it('by weight share the requests as written; a host without weight gets none of them', async () => {
    const world = engine({ 'alpha/llama': () => ok('a'), 'beta/llama': () => ok('b'), 'gamma/llama': () => ok('c') });
    for (let at = 0; at < 500; at += 1) {
      await world.clock.until(world.send(route([A, B, C], { policy: balance('weighted') })).result);
    }
    expect(asked(world, 'alpha/llama')).toBeGreaterThan(370);
    expect(asked(world, 'beta/llama')).toBeGreaterThan(65);
    expect(asked(world, 'gamma/llama')).toBe(0);
  });

  it('stand in for each other without the answer being degraded, and the failover is on record', async () => {
    const world = engine({ 'alpha/llama': () => down, 'beta/llama': () => down, 'gamma/llama': () => ok('c') });
    const seen = world.send(route([A, B, C], { policy: balance('weighted'), attempts: 1 }));
    const result = await world.clock.until(seen.result);
    expect(result).toMatchObject({ kind: 'served', summary: { servedBy: 'gamma/llama' } });
    expect(result.kind === 'served' && result.summary.degraded).toBeUndefined();
    expect(world.ledger.ended[0]?.failover).toMatchObject({ error: 'server-error', target: 'gamma/llama' });
  });

  it('stand in for each other even where the caller takes no degraded answers', async () => {
    const world = engine({ 'alpha/llama': () => down, 'beta/llama': () => ok('b') });
    const hosts = route([A, B], { policy: balance('weighted'), attempts: 1 });
    for (let at = 0; at < 5; at += 1) {
      const strict = chatRequest({}, { quality: 'strict' });
      expect(await world.clock.until(world.send(hosts, strict).result)).toMatchObject({ kind: 'served' });
    }
  });

  it('by load gives the next request to the host with the fewest under way', async () => {
    const world = engine({ 'alpha/llama': () => ok('a', 60_000), 'beta/llama': () => ok('b', 60_000) });
    const hosts = route([A, B], {
      policy: balance('least-loaded'),
      unaryBudget: { primaryBudgetMs: 90_000, deadlineMs: 90_000 },
    });
    const waiting = [];
    for (let at = 0; at < 10; at += 1) {
      waiting.push(world.send(hosts, chatRequest({ stream: false })).result);
      await world.clock.advance(1);
    }
    expect([asked(world, 'alpha/llama'), asked(world, 'beta/llama')]).toEqual([5, 5]);
    for (const result of waiting) await world.clock.until(result);
  });

  it('by speed gives most requests to the faster host, and measures the other now and then', async () => {
    const world = engine({ 'alpha/llama': () => ok('a', 800), 'beta/llama': () => ok('b', 200) });
    for (let at = 0; at < 300; at += 1) {
      await world.clock.until(world.send(route([A, B], { policy: balance('fastest') })).result);
    }
    expect(asked(world, 'beta/llama')).toBeGreaterThan(270);
    expect(asked(world, 'alpha/llama')).toBeGreaterThan(2);
  });

  it('says on record who was asked first and why', async () => {
    const world = engine({ 'alpha/llama': () => ok('a'), 'beta/llama': () => ok('b') });
    await world.clock.until(world.send(route([A, C], { policy: balance('weighted') })).result);
    expect(world.ledger.ended[0]?.decisions).toContainEqual(
      expect.objectContaining({ type: 'balanced', target: 'alpha/llama', why: 'drawn by weight 8' }),
    );
  });
});

describe('a hedge', () => {
  const FIRST = routeTarget('alpha/llama', { weight: 1 });
  const OTHER = routeTarget('beta/llama', { weight: 0 });
  const hedging = (hedge: Partial<Hedge> = {}, attempts = 3) =>
    route([FIRST, OTHER], { policy: balance('weighted', { after: { ms: 800 }, budget: 1, ...hedge }), attempts });

  it('asks a second host when the first gives no content in time, and takes whoever comes first', async () => {
    const world = engine({ 'alpha/llama': () => ok('from alpha', 5_000), 'beta/llama': () => ok('from beta', 300) });
    const seen = world.send(hedging());
    expect(await world.clock.until(seen.result)).toMatchObject({ summary: { servedBy: 'beta/llama', attempts: 2 } });
    expect([textOf(seen.events), world.clock.now()]).toEqual(['from beta', 1_100]);
    expect(world.ledger.attempts[0]).toMatchObject({ seq: 1, state: 'unknown', verdict: 'outrun by beta/llama' });
    expect(world.ledger.ended[0]?.decisions).toContainEqual(
      expect.objectContaining({ type: 'hedged', target: 'beta/llama', afterMs: 800 }),
    );
    expect(world.clock.pending).toBe(0);
  });

  it('is no degraded answer and no failover: the first host would have answered too', async () => {
    const world = engine({ 'alpha/llama': () => ok('from alpha', 5_000), 'beta/llama': () => ok('from beta', 300) });
    const result = await world.clock.until(world.send(hedging()).result);
    expect(result.kind === 'served' && result.summary.degraded).toBeUndefined();
    expect(world.ledger.ended[0]?.failover).toBeUndefined();
  });

  it('is not made when content came in time, however slow the rest', async () => {
    const world = engine({ 'alpha/llama': () => ok('from alpha', 100, 600), 'beta/llama': () => ok('from beta') });
    const seen = world.send(hedging());
    await world.clock.until(seen.result);
    expect([textOf(seen.events), asked(world, 'beta/llama')]).toEqual(['from alpha', 0]);
  });

  it('is not made when content came in time and is held back', async () => {
    const world = engine({ 'alpha/llama': () => ok('from alpha', 100, 600), 'beta/llama': () => ok('from beta') });
    await world.clock.until(world.send({ ...hedging(), hold: { kind: 'whole-answer' } }).result);
    expect(asked(world, 'beta/llama')).toBe(0);
  });

  it('leaves the first host its chance: where it is faster after all the second is cancelled', async () => {
    const world = engine({ 'alpha/llama': () => ok('from alpha', 900), 'beta/llama': () => ok('from beta', 600) });
    const seen = world.send(hedging());
    expect(await world.clock.until(seen.result)).toMatchObject({ summary: { servedBy: 'alpha/llama' } });
    expect(world.ledger.attempts.find(({ seq }) => seq === 2)).toMatchObject({ verdict: 'outrun by alpha/llama' });
  });

  it('of a whole answer is made after the time of whole answers', async () => {
    const world = engine({ 'alpha/llama': () => ok('from alpha', 5_000), 'beta/llama': () => ok('from beta', 300) });
    const seen = world.send(hedging(), chatRequest({ stream: false }));
    expect(await world.clock.until(seen.result)).toMatchObject({ summary: { servedBy: 'beta/llama' } });
    expect(textOf(seen.events)).toBe('from beta');
  });

  it('comes out of the attempts: with one attempt there is none, and after a retry one fewer', async () => {
    const slow = { 'alpha/llama': () => ok('from alpha', 5_000), 'beta/llama': () => ok('from beta', 300) };
    const single = engine(slow);
    await single.clock.until(single.send(hedging({}, 1)).result);
    expect(asked(single, 'beta/llama')).toBe(0);
    const twice = engine({
      ...slow,
      'alpha/llama': (_, nth) => (nth === 1 ? down : ok('from alpha', 5_000)),
    });
    await twice.clock.until(twice.send(hedging({}, 2)).result);
    expect(asked(twice, 'beta/llama')).toBe(0);
  });

  it('goes on with the other host when the first fails meanwhile', async () => {
    const world = engine({
      'alpha/llama': () => ({ ...down, afterMs: 1_000 }),
      'beta/llama': () => ok('from beta', 2_000),
    });
    const seen = world.send(hedging({}, 2));
    expect(await world.clock.until(seen.result)).toMatchObject({ summary: { servedBy: 'beta/llama' } });
    expect(textOf(seen.events)).toBe('from beta');
  });

  it('after a percentile waits for enough answers to know it', async () => {
    const world = engine({
      'alpha/llama': (_, nth) => ok('from alpha', nth <= 40 ? 100 : 5_000),
      'beta/llama': () => ok('from beta', 50),
    });
    const hosts = hedging({ after: { percentile: 95 } });
    for (let at = 0; at < 40; at += 1) await world.clock.until(world.send(hosts).result);
    expect(asked(world, 'beta/llama')).toBe(0);
    const from = world.clock.now();
    expect(await world.clock.until(world.send(hosts).result)).toMatchObject({ summary: { servedBy: 'beta/llama' } });
    expect(world.clock.now() - from).toBeLessThan(200);
  });

  it('never exceeds its budget, to the request, and a quiet route earns none', async () => {
    const world = engine({ 'alpha/llama': () => ok('from alpha', 5_000), 'beta/llama': () => ok('from beta', 10) });
    const hosts = hedging({ budget: 0.05 });
    const results = [];
    for (let at = 1; at <= 400; at += 1) {
      results.push(world.send(hosts).result);
      await world.clock.advance(100);
      expect(asked(world, 'beta/llama')).toBeLessThanOrEqual(at * 0.05);
    }
    for (const result of results) await world.clock.until(result);
    expect(asked(world, 'beta/llama')).toBe(20);
    expect(world.ledger.ended.at(-1)?.decisions.some(({ type }) => type === 'not-hedged')).toBe(true);
  });
});
