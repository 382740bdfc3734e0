import { describe, expect, it } from 'vitest';
import { engine, route, routeTarget } from '../../test/kit/engine-kit.ts';
import { UNKNOWN_CAPABILITIES } from '../model/capability.ts';
import { applyOrder, lossesWithout, ORDER_DEFAULT_MS, restoreOrders } from './operator-orders.ts';
import type { OperatorAction } from './record.ts';

const MINUTE = 60_000;
const A = routeTarget('a/1');
const B = routeTarget('b/1');

function world() {
  const built = engine({
    'a/1': () => ({ kind: 'answer', text: 'A' }),
    'b/1': () => ({ kind: 'answer', text: 'B' }),
  });
  const house = route([A, B]);
  const servedBy = async () => {
    const result = await built.clock.until(built.send(house).result);
    return result.kind === 'served' ? result.summary.servedBy : result.kind;
  };
  return { ...built, house, servedBy };
}

describe('an order ends by itself', () => {
  it.each(['drain', 'hold'] as const)('a %s, on the minute', async (action) => {
    const { clock, deps, servedBy } = world();
    applyOrder(deps.lanes.of(A, clock.now()), action, clock.now(), 30 * MINUTE);
    expect(await servedBy()).toBe('b/1');
    await clock.advance(30 * MINUTE - 1_000);
    expect(await servedBy()).toBe('b/1');
    await clock.advance(1_000);
    expect(await servedBy()).toBe('a/1');
  });

  it('an open breaker, with a probe and the ramp', async () => {
    const { clock, deps, servedBy, moves } = world();
    applyOrder(deps.lanes.of(A, clock.now()), 'breaker-open', clock.now(), 10 * MINUTE);
    await clock.advance(10 * MINUTE - 1);
    expect(await servedBy()).toBe('b/1');
    await clock.advance(1);
    expect(await servedBy()).toBe('a/1');
    expect(moves).toEqual(['a/1 closed→open', 'a/1 open→half-open', 'a/1 half-open→ramping']);
  });

  it.each([
    ['drain', 'undrain'],
    ['hold', 'release'],
    ['breaker-open', 'breaker-close'],
  ] as const)('or when it is taken back: %s by %s', async (first, second) => {
    const { clock, deps, servedBy } = world();
    const lane = deps.lanes.of(A, clock.now());
    applyOrder(lane, first, clock.now(), ORDER_DEFAULT_MS[first]);
    expect(await servedBy()).toBe('b/1');
    applyOrder(lane, second, clock.now(), 0);
    expect(await servedBy()).toBe('a/1');
  });
});

describe('orders after a restart', () => {
  it('last until the moment of the wall clock that they were given', async () => {
    const { clock, deps, servedBy } = world();
    const order = (target: string, until: number): OperatorAction => ({
      id: `op_${target}`,
      at: clock.wallNow() - MINUTE,
      target,
      lane: target,
      action: 'drain',
      until,
      by: 'admin',
      forced: false,
    });
    const orders = [order('a/1', clock.wallNow() + MINUTE), order('b/1', clock.wallNow()), order('gone/1', Infinity)];
    const targetOf = (id: string) => [A, B].find(({ target }) => target.id === id);
    expect(restoreOrders(orders, { ...deps, targetOf }).map(({ target }) => target)).toEqual(['gone/1']);
    expect(await servedBy()).toBe('b/1');
    await clock.advance(MINUTE);
    expect(await servedBy()).toBe('a/1');
  });
});

describe('what routes lose without a lane', () => {
  const able = (id: string, vision: 'yes' | 'no', contextWindow: number) =>
    routeTarget(id, {
      of: { capabilities: { abilities: { ...UNKNOWN_CAPABILITIES.abilities, vision }, contextWindow } },
    });
  const big = able('big/1', 'yes', 1_000_000);
  const small = able('small/1', 'no', 128_000);

  it('is told by abilities and by window, for every route that asks it', () => {
    const { deps } = world();
    const routes = [
      route([big, small], { name: 'both' }),
      route([big], { name: 'alone' }),
      route([small], { name: 'other' }),
      route([small, big], { name: 'single', policy: { kind: 'single' } }),
    ];
    expect(lossesWithout('big/1', routes, { lanes: deps.lanes, now: 0 })).toEqual([
      { route: 'both', left: ['small/1'], abilities: ['vision'], window: { from: 1_000_000, to: 128_000 } },
      { route: 'alone', left: [], abilities: [] },
    ]);
    expect(lossesWithout('small/1', routes, { lanes: deps.lanes, now: 0 })).toEqual([
      { route: 'both', left: ['big/1'], abilities: [] },
      { route: 'other', left: [], abilities: [] },
      { route: 'single', left: [], abilities: [] },
    ]);
  });

  it('counts nobody as left whose lane is shut', () => {
    const { deps } = world();
    deps.lanes.of(small, 0).openFor(0, MINUTE);
    expect(lossesWithout('big/1', [route([big, small])], { lanes: deps.lanes, now: 0 })).toMatchObject([{ left: [] }]);
  });
});
