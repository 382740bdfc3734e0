import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpFailure } from './http-failure.ts';
import { OpenStreams, type Place } from './open-streams.ts';

function openFor(limit: number): OpenStreams {
  return new OpenStreams(() => limit);
}

/** Takes places for a caller for as long as it is let in, `most` of them at most. */
function fill(open: OpenStreams, caller: string, most: number): Place[] {
  const places: Place[] = [];
  while (places.length < most && open.lacks(caller) === undefined) places.push(open.enter(caller));
  return places;
}

function failureOf(call: () => unknown) {
  try {
    call();
  } catch (error) {
    if (error instanceof HttpFailure) return error.failure;
    throw error;
  }
  return undefined;
}

describe('places', () => {
  it('are counted, and free again when left, once however often', () => {
    const open = openFor(2);
    const one = open.enter('a');
    const two = open.enter('a');
    open.leave(one);
    open.leave(one);
    expect(open.count).toBe(1);
    open.leave(two);
    expect(open.count).toBe(0);
  });

  it('beyond the limit there are none, until one is left or the limit is raised', () => {
    let limit = 1;
    const open = new OpenStreams(() => limit);
    const one = open.enter('a');
    expect(open.lacks('a')).toBe('streams');
    limit = 2;
    expect(open.lacks('a')).toBeUndefined();
    limit = 1;
    open.leave(one);
    expect(open.lacks('a')).toBeUndefined();
  });

  it.each([0, -1, Number.NaN])('a limit of %s is refused', (limit) => {
    expect(() => openFor(limit)).toThrow(RangeError);
  });
});

describe('fair parts of the places', () => {
  it('a caller that is alone may have them all', () => {
    expect(fill(openFor(8), 'a', 99)).toHaveLength(8);
  });

  it('below the scarce share nobody is limited; above it whoever has more than its part finds none, and the others do', () => {
    const open = openFor(100);
    open.enter('modest');
    expect(fill(open, 'greedy', 99)).toHaveLength(74);
    expect(open.lacks('greedy')).toBe('fair-share');
    expect(fill(open, 'modest', 99)).toHaveLength(25);
    expect(open.lacks('modest')).toBe('streams');
  });

  it('what the greedy one gives back goes to the others, until all have as many', () => {
    const open = openFor(100);
    open.enter('modest');
    const held = fill(open, 'greedy', 99);
    fill(open, 'modest', 24);
    for (let round = 0; round < 200; round += 1) {
      const one = held.shift();
      if (one) open.leave(one);
      fill(open, 'modest', 1);
      held.push(...fill(open, 'greedy', 1));
    }
    expect(held.length).toBe(50);
  });

  it('a route that nobody answers does not take the places of the others', () => {
    const open = openFor(8);
    const takes = (route: string) => {
      const place = open.enter('a');
      const isLetIn = open.use(place, route);
      if (!isLetIn) open.leave(place);
      return isLetIn;
    };
    expect(takes('quick')).toBe(true);
    expect(Array.from({ length: 8 }, () => takes('stuck')).filter(Boolean)).toHaveLength(4);
    expect([takes('quick'), takes('quick')]).toEqual([true, true]);
  });

  it('whoever holds none is never told that it has its part, and the limit holds, whatever comes and goes', () => {
    const act = fc.record({ caller: fc.constantFrom('a', 'b', 'c', 'd'), leaves: fc.boolean() });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 80 }), fc.integer({ min: 1, max: 12 }), (acts, limit) => {
        const open = openFor(limit);
        const held = new Map<string, Place[]>();
        for (const { caller, leaves } of acts) {
          const own = held.get(caller) ?? [];
          held.set(caller, own);
          const last = leaves ? own.pop() : undefined;
          if (last) open.leave(last);
          if (leaves) continue;
          const lack = open.lacks(caller);
          if (lack === undefined) own.push(open.enter(caller));
          if (lack === 'fair-share') {
            const parties = [...held.values()].filter(({ length }) => length > 0).length;
            expect(own.length + 1).toBeGreaterThan(limit / parties);
            expect(open.count).toBeGreaterThanOrEqual(limit * 0.75);
          }
          if (lack === 'streams') expect(open.count).toBe(limit);
        }
        const all = [...held.values()].flat();
        expect(open.count).toBe(all.length);
        expect(all.length).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe('going down', () => {
  it('announced: readiness is to fail, and requests that still come are served', () => {
    const open = openFor(5);
    expect(open.draining).toBe(false);
    open.announceDrain();
    expect(open.draining).toBe(true);
    expect(open.lacks('a')).toBeUndefined();
  });

  it('draining: everybody new is refused, and an announcement does not open the door again', () => {
    const open = openFor(5);
    open.drain();
    open.announceDrain();
    expect(failureOf(() => open.lacks('a'))).toMatchObject({ code: 'gateway_draining', shouldRetry: true });
  });

  it('waits until the last one left', async () => {
    const open = openFor(5);
    const one = open.enter('a');
    const two = open.enter('b');
    const empty = open.empty(10_000);
    open.leave(one);
    expect(await Promise.race([empty, Promise.resolve('not yet')])).toBe('not yet');
    open.leave(two);
    expect(await empty).toBe(true);
    expect(await open.empty(10_000)).toBe(true);
  });

  it('waits no longer than it is told, and may wait again', async () => {
    const open = openFor(5);
    const one = open.enter('a');
    expect(await open.empty(5)).toBe(false);
    const again = open.empty(10_000);
    open.leave(one);
    expect(await again).toBe(true);
  });

  it('tells everybody who is still being served, and nobody who has left', () => {
    const open = openFor(5);
    const told: string[] = [];
    const one = open.enter('a');
    open.onHalt(one, ({ code }) => {
      told.push(`one ${code}`);
      // Whoever is told may leave at once.
      open.leave(one);
    });
    const two = open.enter('a');
    open.onHalt(two, ({ code }) => told.push(`two ${code}`));
    const three = open.enter('a');
    open.onHalt(three, () => told.push('three'));
    open.leave(three);
    open.haltAll();
    expect(told).toEqual(['one gateway_draining', 'two gateway_draining']);
    expect(open.count).toBe(1);
  });

  it('a request whose body was still on the way is told once it is there', () => {
    const open = openFor(5);
    const late = open.enter('a');
    open.haltAll();
    const told: string[] = [];
    open.onHalt(late, ({ code }) => told.push(code));
    expect(told).toEqual(['gateway_draining']);
  });
});
