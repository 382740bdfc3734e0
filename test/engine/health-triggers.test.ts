import { describe, expect, it } from 'vitest';
import { chatRequest, engine, route, routeTarget, type Seen } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

const ok = (text: string, afterMs = 0): Act => ({ kind: 'answer', text, afterMs });
const A = routeTarget('alpha/one');
const B = routeTarget('beta/two');
const HOUSE = route([A, B]);
type World = ReturnType<typeof engine>;

async function load(world: World, forMs: number, everyMs: number, house = HOUSE) {
  const seen: Seen[] = [];
  for (let t = 0; t < forMs; t += everyMs) {
    seen.push(world.send(house));
    await world.clock.advance(everyMs);
  }
  return Promise.all(seen.map((one) => world.clock.until(one.result)));
}

const served = async (world: World, house = HOUSE, request = chatRequest()) => {
  const result = await world.clock.until(world.send(house, request).result);
  return result.kind === 'served' ? result.summary.servedBy : result.kind;
};

const skips = (world: World) =>
  (world.ledger.ended.at(-1)?.decisions ?? []).flatMap((decision) =>
    decision.type === 'skipped' ? [[decision.target, decision.reason]] : [],
  );

describe('a 503 outage of the primary at 50 requests a second', () => {
  it('costs it a fifth of the traffic and one a second more; the breaker opens within two seconds; one probe, then the ramp', async () => {
    let down = false;
    const world = engine({
      'alpha/one': () => (down ? { kind: 'status', status: 503 } : ok('alpha', 20)),
      'beta/two': () => ok('beta', 20),
    });
    const arrived = () => world.upstream.to('alpha/one').length;
    await load(world, 10_000, 20);
    down = true;
    const [before, begun] = [arrived(), world.clock.now()];
    const results = [...(await load(world, 2_000, 20))];
    expect(world.moves).toEqual(['alpha/one closed→open']);
    const openedAfterMs = (world.deps.lanes.find('alpha/one')?.snapshot(begun).breaker.openedAt ?? 0) - begun;
    expect(openedAfterMs).toBeLessThanOrEqual(2_000);
    const requestsUntilOpen = Math.ceil(openedAfterMs / 20) + 1;
    results.push(...(await load(world, 118_000, 20)));
    const seconds = (world.clock.now() - begun) / 1_000;
    const probes = world.moves.filter((move) => move === 'alpha/one open→half-open').length;
    // What came before the breaker opened is the traffic; everything else is extra.
    expect(arrived() - before - requestsUntilOpen).toBeLessThanOrEqual(requestsUntilOpen * 0.2 + seconds);
    expect(arrived() - before - requestsUntilOpen * 1.2 - 10).toBeLessThanOrEqual(probes);
    expect(probes).toBeGreaterThanOrEqual(3);
    expect(results.every((result) => result.kind === 'served')).toBe(true);

    down = false;
    const movesBefore = world.moves.length;
    const upAt = world.clock.now();
    const shares: number[] = [];
    while (world.moves.at(-1) !== 'alpha/one ramping→closed') {
      const sent = arrived();
      await load(world, 2_500, 20);
      shares.push((arrived() - sent) / 125);
      expect(world.clock.now() - upAt).toBeLessThan(70_000);
    }
    expect(world.moves.slice(movesBefore)).toEqual([
      'alpha/one open→half-open',
      'alpha/one half-open→ramping',
      'alpha/one ramping→closed',
    ]);
    expect(shares.some((share) => share > 0.02 && share < 0.5)).toBe(true);
    expect(await served(world)).toBe('alpha/one');
  }, 60_000);
});

describe('a lane that answers, and too slowly', () => {
  const SLOW_A = routeTarget('alpha/one', { slow: { firstContentMs: 2_000 } });

  it('is left after a minute of it, and comes back when a probe is fast', async () => {
    let takesMs = 3_000;
    const causes: (string | undefined)[] = [];
    const world = engine(
      { 'alpha/one': () => ok('alpha', takesMs), 'beta/two': () => ok('beta') },
      { observer: { breakerMoved: ({ to, cause }) => causes.push(`${to} ${cause}`) } },
    );
    const house = route([SLOW_A, B]);
    await load(world, 59_000, 1_000, house);
    expect(causes).toEqual([]);
    await load(world, 10_000, 1_000, house);
    expect(causes).toEqual(['open slow']);
    expect(await served(world, house)).toBe('beta/two');
    expect(skips(world)).toEqual([['alpha/one', 'breaker-open']]);
    await load(world, 60_000, 1_000, house);
    expect(causes.at(-1)).toBe('open slow');
    takesMs = 500;
    await load(world, 90_000, 1_000, house);
    expect(causes.at(-1)).toBe('closed undefined');
    expect(await served(world, house)).toBe('alpha/one');
  }, 30_000);

  it('still serves where nobody else can: the last target is never shut out', async () => {
    const world = engine({ 'alpha/one': () => ok('alpha', 3_000) });
    const results = await load(world, 120_000, 2_000, route([SLOW_A]));
    expect(world.moves[0]).toBe('alpha/one closed→open');
    expect(results.every((result) => result.kind === 'served')).toBe(true);
  }, 30_000);
});

describe('time limits that follow the lane', () => {
  const stalls = (fast: number): [World, { hangs: boolean }] => {
    const how = { hangs: false };
    const world = engine({
      'alpha/one': () => (how.hangs ? { kind: 'hang' } : ok('alpha', fast)),
      'beta/two': () => ok('beta'),
    });
    return [world, how];
  };

  it('a lane that is usually fast is given up after two seconds without headers, not after the primary’s whole time', async () => {
    const [world, how] = stalls(300);
    await load(world, 12_000, 200);
    how.hangs = true;
    const from = world.clock.now();
    expect(await served(world)).toBe('beta/two');
    expect(world.clock.now() - from).toBe(2_000);
    const fault = world.ledger.ended.at(-1)?.decisions.find((decision) => decision.type === 'fault');
    expect(fault).toMatchObject({ fault: { kind: 'timed-out', clock: 'headers' } });
  });

  it('before fifty answers, and for whole answers, the configured limits hold', async () => {
    const [world, how] = stalls(300);
    await load(world, 9_800, 200);
    how.hangs = true;
    const from = world.clock.now();
    await served(world);
    expect(world.clock.now() - from).toBe(8_000);
    const [other, whole] = stalls(300);
    await load(other, 12_000, 200);
    whole.hangs = true;
    const begun = other.clock.now();
    await served(other, HOUSE, chatRequest({ stream: false }));
    expect(other.clock.now() - begun).toBe(30_000);
  });

  it('the last target has all the time that is left: nobody else could use it', async () => {
    let takesMs = 300;
    const world = engine({ 'alpha/one': () => ok('alpha', takesMs) });
    await load(world, 12_000, 200, route([A]));
    takesMs = 9_000;
    expect(await served(world, route([A]))).toBe('alpha/one');
  });

  it('a lane that becomes slower for good is served by again: the limit does not feed on its own cuts', async () => {
    let takesMs = 300;
    const world = engine({ 'alpha/one': () => ok('alpha', takesMs), 'beta/two': () => ok('beta') });
    await load(world, 60_000, 500);
    takesMs = 5_000;
    await load(world, 120_000, 500);
    const late = await load(world, 120_000, 500);
    const byPrimary = late.filter((result) => result.kind === 'served' && result.summary.servedBy === 'alpha/one');
    expect(byPrimary).toHaveLength(late.length);
  }, 30_000);
});

describe('what an operator says of a lane', () => {
  it.each([
    ['drained', (world: World) => world.deps.lanes.of(A, 0).drain(0, 60_000)],
    ['lane-held', (world: World) => world.deps.lanes.of(A, 0).holdFor(0, 60_000, 'maintenance')],
    ['breaker-open', (world: World) => world.deps.lanes.of(A, 0).openFor(0, 60_000)],
    ['quality', (world: World) => world.deps.lanes.of(A, 0).shutFor('reply', 0, 60_000, 'answers got worse')],
  ] as const)('%s: the next target serves, and the story says why', async (reason, act) => {
    const world = engine({ 'alpha/one': () => ok('alpha'), 'beta/two': () => ok('beta') });
    act(world);
    expect(await served(world)).toBe('beta/two');
    expect(skips(world)).toEqual([['alpha/one', reason]]);
    expect(world.ledger.ended.at(-1)?.degraded).toMatchObject({ reason: 'fallback', cause: reason });
    await world.clock.advance(60_000);
    expect(await served(world)).toBe('alpha/one');
  });

  it('drained, held and shut for quality hold where nobody else is left; an open breaker does not', async () => {
    const alone = route([A]);
    for (const act of [
      (world: World) => world.deps.lanes.of(A, 0).drain(0, 60_000),
      (world: World) => world.deps.lanes.of(A, 0).holdFor(0, 60_000, 'maintenance'),
      (world: World) => world.deps.lanes.of(A, 0).shutFor('reply', 0, 60_000, 'answers got worse'),
    ]) {
      const world = engine({ 'alpha/one': () => ok('alpha') });
      act(world);
      expect(await served(world, alone)).toBe('failed');
      expect(world.upstream.requests).toHaveLength(0);
    }
    const world = engine({ 'alpha/one': () => ok('alpha') });
    world.deps.lanes.of(A, 0).openFor(0, 60_000);
    expect(await served(world, alone)).toBe('alpha/one');
  });

  it('a lane shut for one route serves the others', async () => {
    const world = engine({ 'alpha/one': () => ok('alpha'), 'beta/two': () => ok('beta') });
    world.deps.lanes.of(A, 0).shutFor('reply', 0, 60_000, 'answers got worse');
    expect(await served(world, route([A, B], { name: 'summary' }))).toBe('alpha/one');
    expect(await served(world)).toBe('beta/two');
  });

  it('what is under way when a lane is drained may end', async () => {
    const world = engine({ 'alpha/one': () => ok('alpha', 1_000), 'beta/two': () => ok('beta') });
    const seen = world.send(HOUSE);
    await world.clock.advance(500);
    world.deps.lanes.of(A, 500).drain(500, 60_000);
    const result = await world.clock.until(seen.result);
    expect(result.kind === 'served' && result.summary.servedBy).toBe('alpha/one');
  });
});
