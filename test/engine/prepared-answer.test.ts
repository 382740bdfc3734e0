import { describe, expect, it } from 'vitest';
import type { DegradedRule } from '../../src/engine/degraded-rule.ts';
import { run } from '../../src/engine/run.ts';
import { chatRequest, engine, route, routeTarget, textOf } from '../kit/engine-kit.ts';

const rule: DegradedRule = {
  substantial: [],
  onRefused: 'error',
  whenNobodyServes: 'static',
  prepared: { text: new Map([['en', 'Later, please.']]) },
};
const down = { kind: 'status', status: 503 } as const;
const dead = route([routeTarget('alpha/one'), routeTarget('beta/two')], { attempts: 1, degraded: rule });

describe('an answer that was prepared', () => {
  it('is nobody’s: the failover has no target, the answer no tokens, and every attempt stays on record', async () => {
    const world = engine({ 'alpha/one': () => down, 'beta/two': () => down });
    const result = await world.clock.until(world.send(dead).result);
    expect(result).toMatchObject({
      kind: 'prepared',
      summary: { servedBy: 'static', attempts: 2, usage: { outputTokens: 0 }, adapted: [] },
    });
    expect(result.kind === 'prepared' && textOf(result.events)).toBe('Later, please.');
    expect(world.ledger.ended).toEqual([
      expect.objectContaining({
        outcome: 'served',
        servedBy: 'static',
        attempts: 2,
        degraded: expect.objectContaining({ reason: 'static', cause: 'all_targets_failed', primary: 'alpha/one' }),
        failure: expect.objectContaining({ code: 'all_targets_failed' }),
      }),
    ]);
    expect(world.ledger.ended[0]?.failover).toMatchObject({ primary: 'alpha/one', error: 'server-error' });
    expect(world.ledger.ended[0]?.failover?.target).toBeUndefined();
  });

  it('is not for a job, which comes back later', async () => {
    const world = engine({ 'alpha/one': () => down, 'beta/two': () => down });
    const { signal } = new AbortController();
    const order = { requestId: 'req_1', request: chatRequest({ stream: false }), route: dead, signal, startedAt: 0 };
    const sink = { open() {}, write() {} };
    const result = await world.clock.until(run({ ...order, patient: true }, sink, world.deps));
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'all_targets_failed' } });
  });

  it('is not given after part of another answer was', async () => {
    const fault = { kind: 'bad-response', what: 'cut', message: 'cut' } as const;
    const world = engine({ 'alpha/one': () => ({ kind: 'breaks', text: 'One, two.', pieces: 2, fault }) });
    const result = await world.clock.until(world.send(dead).result);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'stream_interrupted' } });
  });

  it('is not given in the place of what a provider says of the request itself', async () => {
    const world = engine({ 'alpha/one': () => ({ kind: 'status', status: 400 }) });
    const result = await world.clock.until(world.send(dead).result);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'upstream_refused' } });
  });
});
