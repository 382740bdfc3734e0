import { describe, expect, it } from 'vitest';
import { type Grader, structuralGrades } from '../../src/engine/grader.ts';
import type { QuorumPolicy } from '../../src/engine/route.ts';
import { chatRequest, engine, route, routeTarget, textOf } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

const A = routeTarget('alpha/one');
const B = routeTarget('beta/two');
const C = routeTarget('gamma/three');
const ok = (text: string, afterMs = 0, gapMs = 0): Act => ({ kind: 'answer', text, afterMs, gapMs });
const down: Act = { kind: 'status', status: 503 };
const quorum = (over: Partial<QuorumPolicy> = {}): QuorumPolicy => ({
  kind: 'quorum',
  size: 2,
  pick: 'first',
  share: 1,
  patienceMs: 5_000,
  grader: structuralGrades,
  ...over,
});
const whole = (body: Record<string, unknown> = {}) => chatRequest({ stream: false, ...body });
const JSON_ASKED = { response_format: { type: 'json_object' } };

describe('a quorum that takes the first answer', () => {
  it('asks both at once, takes the first to begin, and cancels the other', async () => {
    const world = engine({
      'alpha/one': () => ok('from alpha', 900, 100),
      'beta/two': () => ok('from beta', 200, 100),
    });
    const seen = world.send(route([A, B], { policy: quorum() }));
    const result = await world.clock.until(seen.result);
    expect(result).toMatchObject({ kind: 'served', summary: { servedBy: 'beta/two', attempts: 2 } });
    expect(textOf(seen.events)).toBe('from beta');
    const [lost] = world.ledger.attempts;
    expect(lost).toMatchObject({ seq: 1, state: 'unknown', verdict: 'outrun by beta/two', committed: false });
    expect(lost?.fault).toMatchObject({ kind: 'outrun' });
    expect(world.upstream.to('alpha/one')[0]?.signal.aborted).toBe(true);
    expect(world.upstream.active.get('alpha/one')).toBe(0);
    expect(world.clock.pending).toBe(0);
  });

  it('cancels it at the commit point, not at the end of the answer', async () => {
    const world = engine({
      'alpha/one': () => ok('from alpha', 5_000),
      'beta/two': () => ok('from beta', 200, 1_000),
    });
    const seen = world.send(route([A, B], { policy: quorum() }));
    await world.clock.advance(1_300);
    expect(seen.opened?.servedBy).toBe('beta/two');
    expect(world.upstream.to('alpha/one')[0]?.signal.aborted).toBe(true);
    await world.clock.until(seen.result);
    expect(textOf(seen.events)).toBe('from beta');
  });

  it('two that begin at the same moment are not mixed: one of them is refused before its first byte', async () => {
    const world = engine({ 'alpha/one': () => ok('from alpha', 100), 'beta/two': () => ok('from beta', 100) });
    const seen = world.send(route([A, B], { policy: quorum() }));
    const result = await world.clock.until(seen.result);
    expect(result).toMatchObject({ summary: { servedBy: 'alpha/one' } });
    expect(textOf(seen.events)).toBe('from alpha');
    expect(world.ledger.attempts.find(({ seq }) => seq === 2)).toMatchObject({
      committed: false,
      verdict: 'outrun by alpha/one',
    });
  });

  it('is no fault of the one that was outrun: nothing of its health changes, and its place is free', async () => {
    const world = engine({ 'alpha/one': () => ok('slow', 900), 'beta/two': () => ok('quick', 10) });
    for (let at = 0; at < 12; at += 1) await world.clock.until(world.send(route([A, B], { policy: quorum() })).result);
    const lane = world.deps.lanes.of(A, world.clock.now());
    expect([lane.breakerState(world.clock.now()), lane.gate.active]).toEqual(['closed', 0]);
    expect(world.moves).toEqual([]);
  });

  it('neither of them is a fallback: the answer is not degraded and no failover is recorded', async () => {
    const world = engine({ 'alpha/one': () => ok('slow', 900), 'beta/two': () => ok('quick', 10) });
    const seen = world.send(route([A, B], { policy: quorum() }));
    const result = await world.clock.until(seen.result);
    expect(result.kind === 'served' && result.summary.degraded).toBeUndefined();
    expect(world.ledger.ended[0]?.failover).toBeUndefined();
  });

  it('of whole answers takes the first that keeps its contract', async () => {
    const world = engine({
      'alpha/one': () => ok('no JSON', 100),
      'beta/two': () => ok('{"n":1}', 300),
      'gamma/three': () => ok('{"n":2}', 900),
    });
    const seen = world.send(route([A, B, C], { policy: quorum({ size: 3 }) }), whole(JSON_ASKED));
    const result = await world.clock.until(seen.result);
    expect(result).toMatchObject({ kind: 'served', summary: { servedBy: 'beta/two' } });
    expect(textOf(seen.events)).toBe('{"n":1}');
    expect(world.ledger.attempts.map(({ seq, fault }) => [seq, fault?.kind])).toEqual([
      [1, 'contract-broken'],
      [2, undefined],
      [3, 'outrun'],
    ]);
  });

  it('fills the place of a target that is down with the next of the plan', async () => {
    const world = engine({
      'alpha/one': () => ({ kind: 'status', status: 401 }),
      'beta/two': () => ok('slow', 2_000),
      'gamma/three': () => ok('quick', 10),
    });
    const seen = world.send(route([A, B, C], { policy: quorum() }));
    expect(await world.clock.until(seen.result)).toMatchObject({ summary: { servedBy: 'gamma/three' } });
    expect(textOf(seen.events)).toBe('quick');
  });

  it('with fewer eligible targets than it wants goes on with those, and says so', async () => {
    const world = engine({ 'alpha/one': () => ok('from alpha'), 'beta/two': () => ok('from beta', 50) });
    await world.clock.until(world.send(route([A, B], { policy: quorum({ size: 3 }) })).result);
    expect(world.ledger.ended[0]?.decisions).toContainEqual(
      expect.objectContaining({ type: 'quorum', size: 3, asked: 2 }),
    );
  });

  it('fails only when all of them have failed, with a reason for each', async () => {
    const world = engine({ 'alpha/one': () => down, 'beta/two': () => down });
    const result = await world.clock.until(world.send(route([A, B], { policy: quorum(), attempts: 1 })).result);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'all_targets_failed' } });
    expect(result.kind === 'failed' && result.failure.targets.map(({ target, reason }) => [target, reason])).toEqual([
      ['alpha/one', 'server-error'],
      ['beta/two', 'server-error'],
    ]);
    expect(world.clock.pending).toBe(0);
  });

  it('ends for all when one of them refuses the content, unless the route goes on', async () => {
    const refused: Act = {
      kind: 'status',
      status: 400,
      body: '{"error":{"code":"content_filter","message":"no"}}',
    };
    const ask = async (onContentPolicy: 'stop' | 'next') => {
      const world = engine({ 'alpha/one': () => refused, 'beta/two': () => ok('from beta', 500) });
      return world.clock.until(world.send(route([A, B], { policy: quorum(), onContentPolicy })).result);
    };
    expect(await ask('stop')).toMatchObject({ kind: 'failed', failure: { code: 'upstream_refused' } });
    expect(await ask('next')).toMatchObject({ kind: 'served', summary: { servedBy: 'beta/two' } });
  });

  it('an answer that breaks after the commit point is not mixed with the other', async () => {
    const world = engine({
      'alpha/one': () => ({
        kind: 'breaks',
        text: 'one two three four',
        pieces: 2,
        fault: { kind: 'bad-response', what: 'cut', message: 'cut' },
      }),
      'beta/two': () => ok('from beta', 400),
    });
    const seen = world.send(route([A, B], { policy: quorum() }));
    expect(await world.clock.until(seen.result)).toMatchObject({ failure: { code: 'stream_interrupted' } });
    expect(textOf(seen.events)).toBe('one two th');
  });

  it('a caller that leaves cancels both', async () => {
    const world = engine({ 'alpha/one': () => ({ kind: 'hang' }), 'beta/two': () => ({ kind: 'hang' }) });
    const seen = world.send(route([A, B], { policy: quorum() }));
    await world.clock.advance(100);
    seen.gone.abort();
    expect(await world.clock.until(seen.result)).toEqual({ kind: 'caller-gone' });
    expect([...world.upstream.active.values()]).toEqual([0, 0]);
    expect(world.clock.pending).toBe(0);
  });
});

describe('a quorum that takes the best answer', () => {
  const best = (over: Partial<QuorumPolicy> = {}) =>
    route([A, B, C], { policy: quorum({ pick: 'best', size: 3, ...over }) });

  it('waits for all of them and takes what most of them say', async () => {
    const world = engine({
      'alpha/one': () => ok('{"total": 7}', 100),
      'beta/two': () => ok('{"total":8,"unit":"eur"}', 300),
      'gamma/three': () => ok('{"unit": "eur", "total": 8}', 200),
    });
    const seen = world.send(best(), whole(JSON_ASKED));
    expect(await world.clock.until(seen.result)).toMatchObject({ summary: { servedBy: 'beta/two', costUsd: 0.015 } });
    expect(world.ledger.ended[0]?.decisions.filter(({ type }) => type === 'chosen' || type === 'rejected')).toEqual([
      expect.objectContaining({
        type: 'chosen',
        seq: 2,
        why: 'graded alpha/one 6.33, beta/two 6.67, gamma/three 6.67',
      }),
      expect.objectContaining({ type: 'rejected', seq: 1, why: 'graded 6.33, beta/two 6.67' }),
      expect.objectContaining({ type: 'rejected', seq: 3, why: 'graded 6.67, beta/two 6.67' }),
    ]);
    expect(world.ledger.attempts.map(({ state }) => state)).toEqual(['settled', 'settled', 'settled']);
  });

  it('holds a stream back until it has chosen: the caller sees one answer', async () => {
    const world = engine({
      'alpha/one': () => ok('first', 10, 10),
      'beta/two': () => ok('second', 10, 50),
      'gamma/three': () => ok('third', 10, 20),
    });
    const grader: Grader = (answers) => answers.map(({ target }) => (target === 'beta/two' ? 1 : 0));
    const seen = world.send(best({ grader }));
    expect(await world.clock.until(seen.result)).toMatchObject({ kind: 'served', summary: { servedBy: 'beta/two' } });
    expect(textOf(seen.events)).toBe('second');
  });

  it('waits no longer than its patience after the first answer', async () => {
    const world = engine({
      'alpha/one': () => ok('slow', 20_000),
      'beta/two': () => ok('there', 500),
      'gamma/three': () => down,
    });
    const seen = world.send(best({ patienceMs: 2_000 }), whole());
    expect(await world.clock.until(seen.result)).toMatchObject({ summary: { servedBy: 'beta/two' } });
    expect(world.clock.now()).toBe(2_500);
    expect(world.ledger.attempts.find(({ seq }) => seq === 1)).toMatchObject({ verdict: 'outrun by beta/two' });
    expect(world.clock.pending).toBe(0);
  });

  it('a refusal does not win against an answer, nor one that was cut', async () => {
    const refusal = {
      choices: [
        { index: 0, message: { role: 'assistant', content: null, refusal: 'I will not.' }, finish_reason: 'stop' },
      ],
    };
    const cut = { choices: [{ index: 0, message: { role: 'assistant', content: 'half' }, finish_reason: 'length' }] };
    const world = engine({
      'alpha/one': () => ({ kind: 'json', value: refusal }),
      'beta/two': () => ({ kind: 'json', value: cut }),
      'gamma/three': () => ok('whole', 900),
    });
    const seen = world.send(best(), whole());
    expect(await world.clock.until(seen.result)).toMatchObject({ summary: { servedBy: 'gamma/three' } });
  });

  it('a grader that throws leaves the order of the route', async () => {
    const world = engine({ 'alpha/one': () => ok('a', 90), 'beta/two': () => ok('b'), 'gamma/three': () => ok('c') });
    const grader: Grader = () => {
      throw new Error('no opinion');
    };
    expect(await world.clock.until(world.send(best({ grader }), whole()).result)).toMatchObject({
      summary: { servedBy: 'alpha/one' },
    });
  });
});

describe('the share of a quorum', () => {
  it('sends only so many of the requests to several targets; the rest asks the primary alone', async () => {
    const world = engine({ 'alpha/one': () => ok('a'), 'beta/two': () => ok('b', 50) });
    for (let at = 0; at < 400; at += 1) {
      await world.clock.until(world.send(route([A, B], { policy: quorum({ share: 0.1 }) })).result);
    }
    expect(world.upstream.to('alpha/one')).toHaveLength(400);
    const doubled = world.upstream.to('beta/two').length;
    expect(doubled).toBeGreaterThan(20);
    expect(doubled).toBeLessThan(65);
  });

  it('outside of it the second target is a fallback, as on any route', async () => {
    const world = engine({ 'alpha/one': () => down, 'beta/two': () => ok('b') });
    const result = await world.clock.until(world.send(route([A, B], { policy: quorum({ share: 0 }) })).result);
    expect(result).toMatchObject({ summary: { degraded: { reason: 'fallback', cause: 'server-error' } } });
  });
});
