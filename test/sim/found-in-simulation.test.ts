import { expect, test } from 'vitest';
import { engine, route, routeTarget } from '../kit/engine-kit.ts';

/** What worlds have shown, each in the smallest form. */

test('an operator holds a lane while a request that goes past its open breaker waits at the gate: it is not sent', async () => {
  const world = engine({ 'alpha/one': () => ({ kind: 'answer', text: 'Said.', afterMs: 1_000 }) });
  const narrow = route([routeTarget('alpha/one', { gate: { concurrency: 1, queue: 5, queueMs: 5_000 } })]);
  await world.clock.until(world.send(narrow).result);
  const lane = world.deps.lanes.find('alpha/one');
  lane?.openFor(world.clock.now(), 60_000);
  const first = world.send(narrow);
  const second = world.send(narrow);
  await world.clock.advance(500);
  lane?.holdFor(world.clock.now(), 10_000, 'held by an operator');
  expect((await world.clock.until(first.result)).kind).toBe('served');
  const late = await world.clock.until(second.result);
  expect(late).toMatchObject({ kind: 'failed', failure: { targets: [{ reason: 'lane-held' }] } });
  expect(world.upstream.requests).toHaveLength(2);
  expect(lane?.gate.active).toBe(0);
});

test('a request whose socket was stale earns no more of a retry than any other', async () => {
  const world = engine({
    'alpha/one': (_, nth) =>
      nth === 1
        ? { kind: 'fault', fault: { kind: 'stale-connection', message: 'closed' } }
        : { kind: 'answer', text: 'Said.' },
  });
  await world.clock.until(world.send(route([routeTarget('alpha/one')])).result);
  const lane = world.deps.lanes.find('alpha/one');
  expect(lane?.snapshot(world.clock.now()).retryBudget).toBeCloseTo(10.2);
});
