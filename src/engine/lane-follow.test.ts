import { expect, test } from 'vitest';
import { DEFAULT_BREAKER } from '../resilience/breaker.ts';
import { DEFAULT_RETRY_BUDGET } from '../resilience/retry-budget.ts';
import type { LanePolicy } from './lane.ts';
import { Lanes } from './lanes.ts';
import type { RouteTarget } from './route.ts';

const POLICY: LanePolicy = { breaker: DEFAULT_BREAKER, retryBudget: DEFAULT_RETRY_BUDGET };
const SERVER_ERROR = { kind: 'server-error', message: 'no', status: 503 } as const;

function target(lane: string, concurrency: number, queue = 4): RouteTarget {
  return { target: { id: lane, lane }, gate: { concurrency, queue, queueMs: 10 } } as unknown as RouteTarget;
}

function fail(lanes: Lanes, of: RouteTarget, times: number): void {
  const lane = lanes.of(of, 0);
  for (let time = 0; time < times; time += 1) {
    lane.faulted(0, { kind: 'pass', admittedAt: 0 }, SERVER_ERROR, { random: 0.5, committed: false });
  }
}

test('fewer places: whoever is in stays, and a place that comes free stays empty until they fit', () => {
  const lanes = new Lanes(POLICY, () => {});
  const { gate } = lanes.of(target('a', 3), 0);
  for (const _ of [1, 2, 3]) gate.tryEnter();
  const woken: boolean[] = [];
  gate.enqueue((granted) => void woken.push(granted));
  lanes.follow(POLICY, () => target('a', 1), 0);
  expect(gate.active).toBe(3);
  gate.leave();
  gate.leave();
  expect([gate.active, gate.waiting, gate.tryEnter()]).toEqual([1, 1, false]);
  gate.leave();
  expect([gate.active, woken]).toEqual([1, [true]]);
});

test('more places: whoever waits is let in at once, as far as they go', () => {
  const lanes = new Lanes(POLICY, () => {});
  const { gate } = lanes.of(target('a', 1), 0);
  gate.tryEnter();
  const woken: boolean[] = [];
  for (const _ of [1, 2, 3]) gate.enqueue((granted) => void woken.push(granted));
  lanes.follow(POLICY, () => target('a', 3), 0);
  expect([gate.active, gate.waiting, woken]).toEqual([3, 1, [true, true]]);
});

test('another policy holds from now on, and what was counted stays', () => {
  const lanes = new Lanes(POLICY, () => {});
  const a = target('a', 1);
  fail(lanes, a, 2);
  lanes.follow({ ...POLICY, breaker: { ...DEFAULT_BREAKER, consecutive: 3 } }, () => a, 0);
  expect(lanes.of(a, 0).breakerState(0)).toBe('closed');
  fail(lanes, a, 1);
  expect(lanes.of(a, 0).breakerState(0)).toBe('open');
  lanes.follow(POLICY, () => a, 0);
  expect(lanes.of(a, 0).breakerState(0)).toBe('open');
});

test('a retry budget that shrinks to nothing gives no retry, and one that grows again does', () => {
  const lanes = new Lanes(POLICY, () => {});
  const a = target('a', 1);
  expect(lanes.of(a, 0).takeRetry(0)).toBe(true);
  const none = { ...POLICY, retryBudget: { ...DEFAULT_RETRY_BUDGET, ratio: 0, perSecond: 0 } };
  lanes.follow(none, () => a, 0);
  expect(lanes.of(a, 0).takeRetry(0)).toBe(false);
  lanes.follow(POLICY, () => a, 0);
  expect(lanes.of(a, 0).takeRetry(0)).toBe(true);
});

test('a threshold of slowness that is set later opens the breaker as one that was there from the start', () => {
  const lanes = new Lanes(POLICY, () => {});
  const a = target('a', 1);
  const slow = { firstContentMs: 100, tokenMs: 0, forMs: 1_000, minimumSamples: 2 };
  lanes.follow({ ...POLICY, slow }, () => a, 0);
  const lane = lanes.of(a, 0);
  lanes.follow({ ...POLICY, slow }, () => a, 0);
  for (let now = 0; now <= 1_500; now += 300) lane.firstContentCame(now, { kind: 'pass', admittedAt: now }, 500);
  expect(lane.breakerState(1_500)).toBe('open');
});

test('a lane of a target that is gone is forgotten, unless it is used, or has something to remember', () => {
  const lanes = new Lanes(POLICY, () => {});
  const [idle, used, open, raw] = ['idle', 'used', 'open', 'raw'].map((name) => target(name, 1)) as [
    RouteTarget,
    RouteTarget,
    RouteTarget,
    RouteTarget,
  ];
  for (const one of [idle, used, open, raw]) lanes.of(one, 0);
  lanes.of(used, 0).gate.tryEnter();
  fail(lanes, open, DEFAULT_BREAKER.consecutive);
  lanes.forgetGone([idle, used, open], [], 0);
  expect([idle, used, open, raw].map((one) => lanes.find(one.target.lane) !== undefined)).toEqual([
    false,
    true,
    true,
    true,
  ]);
  lanes.of(used, 0).gate.leave();
  lanes.forgetGone([], [open], 0);
  expect([used, open, raw].map((one) => lanes.find(one.target.lane) !== undefined)).toEqual([false, true, true]);
});
