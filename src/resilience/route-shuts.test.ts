import { expect, test } from 'vitest';
import { MAX_ROUTE_SHUTS, RouteShuts } from './route-shuts.ts';

test('a route is shut until the moment named, the others never are', () => {
  const shuts = new RouteShuts();
  expect(shuts.of('reply', 0)).toBeUndefined();
  shuts.shut('reply', 100, 'answers got worse');
  expect(shuts.of('reply', 99)).toEqual({ route: 'reply', until: 100, reason: 'answers got worse' });
  expect(shuts.of('other', 99)).toBeUndefined();
  expect(shuts.list(99)).toHaveLength(1);
  expect(shuts.list(100)).toEqual([]);
  expect(shuts.of('reply', 100)).toBeUndefined();
  expect(shuts.of('reply', 50)).toBeUndefined();
});

test('a later end extends, an earlier or equal one changes nothing, and reopening ends it', () => {
  const shuts = new RouteShuts();
  shuts.shut('reply', 100, 'first');
  shuts.shut('reply', 100, 'second');
  shuts.shut('reply', 50, 'third');
  expect(shuts.of('reply', 0)?.reason).toBe('first');
  shuts.shut('reply', 200, 'fourth');
  expect(shuts.of('reply', 150)).toMatchObject({ until: 200, reason: 'fourth' });
  shuts.reopen('reply');
  expect(shuts.of('reply', 150)).toBeUndefined();
});

test('beyond the limit the one that would open soonest is let in', () => {
  const shuts = new RouteShuts();
  for (let i = 0; i < MAX_ROUTE_SHUTS; i += 1) shuts.shut(`route ${i}`, i === 7 ? 10 : 1_000 - i, 'bad');
  shuts.shut('route 3', 5_000, 'worse');
  expect(shuts.list(0)).toHaveLength(MAX_ROUTE_SHUTS);
  shuts.shut('new', 2_000, 'bad');
  expect(shuts.list(0)).toHaveLength(MAX_ROUTE_SHUTS);
  expect(shuts.of('route 7', 0)).toBeUndefined();
  expect(shuts.of(`route ${MAX_ROUTE_SHUTS - 1}`, 0)).toBeDefined();
  expect(shuts.of('new', 0)).toBeDefined();
});

test('an end that is no number is refused', () => {
  expect(() => new RouteShuts().shut('reply', Number.NaN, 'bad')).toThrow('untilMs must be a finite number, got NaN');
});
