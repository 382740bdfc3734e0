import { describe, expect, it } from 'vitest';
import { chatRequest, engine, route, routeTarget, textOf } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

const ok = (text: string): Act => ({ kind: 'answer', text });
const A = routeTarget('alpha/one');
const B = routeTarget('beta/two');

describe('retry and shed', () => {
  it('a burst of 500s that lasts a second is served by the primary on a retry', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const world = engine(
        {
          'alpha/one': () => (world.clock.now() < 300 ? { kind: 'status', status: 500 } : ok('from alpha')),
          'beta/two': () => ok('from beta'),
        },
        { seed },
      );
      const seen = world.send(route([A, B]));
      const result = await world.clock.until(seen.result);
      expect(result.kind).toBe('served');
      if (result.kind !== 'served') return;
      // Three attempts with full jitter may all fall into the burst; then the secondary serves, which is right too.
      if (result.summary.servedBy === 'alpha/one') expect(result.summary.degraded).toBeUndefined();
      expect(world.upstream.to('alpha/one').length).toBeLessThanOrEqual(3);
      expect(world.clock.pending).toBe(0);
    }
  });

  it('a primary that answers 503 for ever is left after its attempts, marked and recorded', async () => {
    const world = engine({ 'alpha/one': () => ({ kind: 'status', status: 503 }), 'beta/two': () => ok('from beta') });
    const seen = world.send(route([A, B]));
    const result = await world.clock.until(seen.result);
    expect(result.kind === 'served' && result.summary).toMatchObject({
      servedBy: 'beta/two',
      attempts: 4,
      degraded: { reason: 'fallback', cause: 'server-error', primary: 'alpha/one' },
    });
    expect(textOf(seen.events)).toBe('from beta');
    const [row] = world.ledger.ended;
    expect(row?.failover).toMatchObject({ primary: 'alpha/one', error: 'server-error', target: 'beta/two' });
    expect(row?.failover?.latencyDeltaMs).toBeGreaterThan(0);
    expect(row?.decisions.filter((step) => step.type === 'waited')).toHaveLength(2);
  });

  it('a primary that hangs has its budget and not a millisecond more; the reserve stays for the fallback', async () => {
    const world = engine({ 'alpha/one': () => ({ kind: 'hang' }), 'beta/two': () => ok('from beta') });
    const seen = world.send(route([A, B]));
    const result = await world.clock.until(seen.result);
    expect(world.clock.now()).toBe(8_000);
    expect(result.kind === 'served' && result.summary.servedBy).toBe('beta/two');
  });

  it('a short deadline still keeps the reserve', async () => {
    const world = engine({ 'alpha/one': () => ({ kind: 'hang' }), 'beta/two': () => ok('from beta') });
    const result = await world.clock.until(world.send(route([A, B]), chatRequest({}, { deadlineMs: 4_000 })).result);
    expect(world.clock.now()).toBe(3_000);
    expect(result.kind === 'served' && result.summary.servedBy).toBe('beta/two');
  });

  it('when all hang, the caller hears at the deadline, with a reason for each target', async () => {
    const world = engine({ 'alpha/one': () => ({ kind: 'hang' }), 'beta/two': () => ({ kind: 'hang' }) });
    const result = await world.clock.until(world.send(route([A, B])).result);
    expect(world.clock.now()).toBeLessThanOrEqual(30_000);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'all_targets_failed', shouldRetry: false } });
    expect(result.kind === 'failed' && result.failure.targets.map((target) => target.reason)).toEqual([
      'timed-out',
      'timed-out',
    ]);
  });

  it('an impatient caller’s own deadline does not count against the target’s health', async () => {
    const world = engine({ 'alpha/one': () => ({ kind: 'hang' }) });
    for (let i = 0; i < 8; i += 1) {
      const result = await world.clock.until(world.send(route([A]), chatRequest({}, { deadlineMs: 300 })).result);
      expect(result).toMatchObject({ kind: 'failed', failure: { code: 'deadline_exceeded', status: 504 } });
    }
    expect(world.moves).toEqual([]);
  });

  it('an attempt for which no time is left is not started, and the reason is recorded', async () => {
    const world = engine({ 'alpha/one': () => ({ kind: 'hang' }), 'beta/two': () => ok('never') });
    const tight = route([A, B], { reserve: 0, streamBudget: { primaryBudgetMs: 2_000, deadlineMs: 2_100 } });
    const result = await world.clock.until(world.send(tight).result);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'all_targets_failed' } });
    expect(world.upstream.to('beta/two')).toHaveLength(0);
    expect(world.ledger.ended[0]?.decisions).toContainEqual(
      expect.objectContaining({ type: 'skipped', target: 'beta/two', reason: 'no-time' }),
    );
  });

  it('every attempt of one request stands in the ledger before it is sent, and ends there', async () => {
    const world = engine({ 'alpha/one': () => ({ kind: 'status', status: 500 }), 'beta/two': () => ok('done') });
    await world.clock.until(world.send(route([A, B])).result);
    expect(world.ledger.started.map((row) => row.seq)).toEqual([1, 2, 3, 4]);
    expect(world.ledger.attempts.map((row) => [row.seq, row.state])).toEqual([
      [1, 'free'],
      [2, 'free'],
      [3, 'free'],
      [4, 'settled'],
    ]);
  });
});

describe('Retry-After', () => {
  const limited = (headers: Record<string, string>): Act => ({ kind: 'status', status: 429, headers });

  it('a wait that fits is waited exactly, and the primary serves', async () => {
    const world = engine({
      'alpha/one': (_, nth) => (nth === 1 ? limited({ 'retry-after': '2' }) : ok('alpha')),
      'beta/two': () => ok('beta'),
    });
    const result = await world.clock.until(world.send(route([A, B])).result);
    expect(world.clock.now()).toBe(2_000);
    expect(result.kind === 'served' && result.summary).toMatchObject({ servedBy: 'alpha/one', attempts: 2 });
  });

  it('a wait beyond the primary’s budget sheds at once and holds the lane', async () => {
    const world = engine({ 'alpha/one': () => limited({ 'retry-after': '60' }), 'beta/two': () => ok('beta') });
    const first = await world.clock.until(world.send(route([A, B])).result);
    expect(world.clock.now()).toBe(0);
    expect(first.kind === 'served' && first.summary.degraded?.cause).toBe('rate-limited');
    await world.clock.until(world.send(route([A, B])).result);
    expect(world.upstream.to('alpha/one')).toHaveLength(1);
    await world.clock.advance(60_001);
    await world.clock.until(world.send(route([A, B])).result);
    expect(world.upstream.to('alpha/one')).toHaveLength(2);
  });

  it('when every lane is held, the answer is a 429 with the earliest moment and nothing is sent', async () => {
    const world = engine({
      'alpha/one': () => limited({ 'retry-after': '60' }),
      'beta/two': () => limited({ 'retry-after': '45' }),
    });
    await world.clock.until(world.send(route([A, B])).result);
    const sent = world.upstream.requests.length;
    await world.clock.advance(5_000);
    const result = await world.clock.until(world.send(route([A, B])).result);
    expect(result).toMatchObject({
      kind: 'failed',
      failure: { code: 'all_targets_failed', status: 429, retryAfterMs: 40_000, shouldRetry: false },
    });
    expect(world.upstream.requests).toHaveLength(sent);
  });

  it('a step of the wall clock changes no wait', async () => {
    const world = engine({ 'alpha/one': (_, nth) => (nth === 1 ? limited({ 'retry-after': '2' }) : ok('alpha')) });
    const seen = world.send(route([A]));
    await world.clock.advance(500);
    world.clock.wallOffset -= 3_600_000;
    const result = await world.clock.until(seen.result);
    expect(world.clock.now()).toBe(2_000);
    expect(result.kind).toBe('served');
    expect(world.ledger.ended[0]?.durationMs).toBe(2_000);
  });

  it('a spent quota holds the lane for minutes and alerts once, not once a request', async () => {
    const quota: Act = {
      kind: 'status',
      status: 429,
      body: '{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}',
    };
    const world = engine({ 'alpha/one': () => quota, 'beta/two': () => ok('beta') });
    for (let i = 0; i < 20; i += 1) await world.clock.until(world.send(route([A, B])).result);
    expect(world.upstream.to('alpha/one')).toHaveLength(1);
    expect(world.alerts.map((alert) => alert.kind)).toEqual(['quota-exhausted']);
  });
});
