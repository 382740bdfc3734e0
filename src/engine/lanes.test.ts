import { describe, expect, it } from 'vitest';
import { routeTarget } from '../../test/kit/engine-kit.ts';
import { DEFAULT_BREAKER } from '../resilience/breaker-policy.ts';
import { DEFAULT_RETRY_BUDGET } from '../resilience/retry-budget.ts';
import { MAX_LANES } from './engine-defaults.ts';
import { Lanes } from './lanes.ts';

const lanes = () => new Lanes({ breaker: DEFAULT_BREAKER, retryBudget: DEFAULT_RETRY_BUDGET }, () => {});
const on = (lane: string) => routeTarget('alpha/one', { of: { lane } });

describe('lanes', () => {
  it('two routes to the same credential and model share one lane', () => {
    const all = lanes();
    const one = all.of(on('a'), 0);
    expect(all.of(on('a'), 5)).toBe(one);
    expect(all.of(on('b'), 5)).not.toBe(one);
    expect(all.find('a')).toBe(one);
    expect(all.find('c')).toBeUndefined();
    expect(all.snapshots(5).map((snapshot) => snapshot.lane)).toEqual(['a', 'b']);
  });

  it('beyond the limit the longest idle goes, and none that is in use', () => {
    const all = lanes();
    for (let i = 0; i < MAX_LANES; i += 1) all.of(on(`lane ${i}`), i);
    const busy = all.find('lane 0');
    busy?.gate.tryEnter();
    all.find('lane 1')?.admit(MAX_LANES, 0.5);
    all.of(on('new'), MAX_LANES);
    expect(all.find('lane 2')).toBeUndefined();
    expect([all.find('lane 0'), all.find('lane 1') !== undefined, all.find('new') !== undefined]).toEqual([
      busy,
      true,
      true,
    ]);
  });

  it('a lane that is held stays, although it is the longest idle', () => {
    const all = lanes();
    const held = all.of(on('held'), 0);
    const limited = { kind: 'rate-limited', message: 'slow down', retryAfterMs: 60_000_000 } as const;
    held.faulted(0, { kind: 'pass', admittedAt: 0 }, limited, { random: 0.5, committed: false });
    for (let i = 1; i < MAX_LANES; i += 1) all.of(on(`lane ${i}`), i);
    all.of(on('new'), MAX_LANES);
    expect([all.find('held'), all.find('lane 1')]).toEqual([held, undefined]);
  });

  it('a lane that is shut for a route, or drained, stays too', () => {
    const all = lanes();
    const [shut, drained] = [all.of(on('shut'), 0), all.of(on('drained'), 0)];
    shut.shutFor('reply', 0, 60_000_000, 'worse');
    drained.drain(0, 60_000_000);
    for (let i = 2; i < MAX_LANES; i += 1) all.of(on(`lane ${i}`), i);
    all.of(on('new'), MAX_LANES);
    expect([all.find('shut'), all.find('drained'), all.find('lane 2')]).toEqual([shut, drained, undefined]);
  });

  it('what a provider calls too slow wins over what holds for all', () => {
    const all = lanes();
    const slow = all.of(routeTarget('alpha/one', { of: { lane: 'a' }, slow: { firstContentMs: 1_000 } }), 0);
    const plain = all.of(on('b'), 0);
    for (let now = 0; now <= 60_000; now += 1_000) {
      for (const lane of [slow, plain]) lane.firstContentCame(now, { kind: 'pass', admittedAt: now }, 2_000);
    }
    expect([slow.breakerState(60_000), plain.breakerState(60_000)]).toEqual(['open', 'closed']);
  });

  it('when all are in use there is one more rather than one too few', () => {
    const all = lanes();
    for (let i = 0; i < MAX_LANES; i += 1) all.of(on(`lane ${i}`), i).gate.tryEnter();
    all.of(on('new'), 0);
    expect(all.snapshots(0)).toHaveLength(MAX_LANES + 1);
  });
});
