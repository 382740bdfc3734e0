import { describe, expect, test } from 'vitest';
import { Breaker, DEFAULT_BREAKER } from './breaker.ts';
import { SPIKE_MS } from './breaker-policy.ts';

const EVEN = 0.5;
const { probeIntervalMs: PROBE, returnDwellMs: DWELL, ramp } = DEFAULT_BREAKER;
const RAMP = ramp.dwellMs * ramp.shares.length;

function failAt(breaker: Breaker, now: number, times = DEFAULT_BREAKER.consecutive): void {
  for (let index = 0; index < times; index += 1) breaker.failure(now, 'pass', EVEN);
}

/** Ill at `now`, and well again when the first probe comes; gives the moment at which the ramp began. */
function outageAt(breaker: Breaker, now: number): number {
  failAt(breaker, now);
  expect(breaker.peek(now)).toBe('open');
  const probed = now + PROBE;
  expect(breaker.admit(probed, EVEN).kind).toBe('probe');
  breaker.success(probed, 'probe');
  return probed;
}

describe('a lane that falls ill again soon after it came back', () => {
  test('has all of its traffic back no earlier than the dwell after the last time', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    const first = outageAt(breaker, 0);
    const fullAt = first + RAMP - ramp.dwellMs;
    expect(breaker.snapshot(fullAt).rampShare).toBe(1);
    const again = outageAt(breaker, first + RAMP + 1_000);
    const due = fullAt + DWELL;
    expect(breaker.snapshot(again).rampShare).toBe(0.01);
    expect(breaker.snapshot(again + RAMP).state).toBe('ramping');
    expect(breaker.snapshot(due - 1).rampShare).toBe(0.25);
    expect(breaker.snapshot(due).rampShare).toBe(1);
    const lastStage = (due - again) / 3;
    expect(breaker.peek(due + lastStage - 1)).toBe('ramping');
    expect(breaker.peek(due + lastStage)).toBe('closed');
  });

  test('counts a return although the last stage of its ramp broke off', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    const first = outageAt(breaker, 0);
    const fullAt = first + RAMP - ramp.dwellMs;
    const again = outageAt(breaker, fullAt + 1);
    expect(breaker.snapshot(fullAt + DWELL - 1).rampShare).toBe(0.25);
    expect(breaker.snapshot(fullAt + DWELL).rampShare).toBe(1);
    expect(again).toBeLessThan(fullAt + DWELL);
  });

  test('counts no return where an earlier stage broke off', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    const first = outageAt(breaker, 0);
    const again = outageAt(breaker, first + ramp.dwellMs);
    expect(breaker.peek(again + RAMP)).toBe('closed');
  });

  test('long after it came back its ramp is as long as any', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    const again = outageAt(breaker, outageAt(breaker, 0) + RAMP + DWELL);
    expect(breaker.peek(again + RAMP)).toBe('closed');
  });

  test('is not held back where the dwell is 0, nor after an operator closed it', () => {
    const eager = new Breaker({ ...DEFAULT_BREAKER, returnDwellMs: 0 }, 0);
    const second = outageAt(eager, outageAt(eager, 0) + RAMP);
    expect(eager.peek(second + RAMP)).toBe('closed');
    const closed = new Breaker(DEFAULT_BREAKER, 0);
    const back = outageAt(closed, 0) + RAMP;
    closed.peek(back);
    closed.reset(back);
    expect(closed.peek(outageAt(closed, back + 1) + RAMP)).toBe('closed');
  });

  test('returns at once where its ramp has one stage', () => {
    const abrupt = new Breaker({ ...DEFAULT_BREAKER, ramp: { shares: [1], dwellMs: 1_000 } }, 0);
    expect(abrupt.snapshot(outageAt(abrupt, outageAt(abrupt, 0) + 1_000)).rampShare).toBe(1);
  });

  test('a dwell below 0 is refused by name', () => {
    expect(() => new Breaker({ ...DEFAULT_BREAKER, returnDwellMs: -1 }, 0)).toThrow(/returnDwellMs/);
  });
});

describe('all tries of one request', () => {
  const again = { again: true };

  test('are one failure in a row', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    for (let request = 1; request < DEFAULT_BREAKER.consecutive; request += 1) {
      breaker.failure(0, 'pass', EVEN);
      for (let retry = 0; retry < 9; retry += 1) breaker.failure(0, 'pass', EVEN, again);
    }
    expect(breaker.snapshot(0)).toMatchObject({ state: 'closed', windowFailed: 4, consecutiveFailures: 4 });
    breaker.failure(0, 'pass', EVEN);
    expect(breaker.peek(0)).toBe('open');
  });

  test('that fail for longer than a spike lasts open a lane that nobody else asks', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    breaker.failure(0, 'pass', EVEN);
    for (const at of [500, 1_500]) breaker.failure(at, 'pass', EVEN, again);
    breaker.failure(SPIKE_MS - 1, 'pass', EVEN);
    breaker.failure(SPIKE_MS - 1, 'pass', EVEN, again);
    expect(breaker.snapshot(SPIKE_MS - 1)).toMatchObject({ state: 'closed', consecutiveFailures: 2 });
    breaker.failure(SPIKE_MS, 'pass', EVEN, again);
    expect(breaker.peek(SPIKE_MS)).toBe('open');
  });

  test('count from the last success on', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    for (const at of [0, 500, 1_000, 1_500]) breaker.failure(at, 'pass', EVEN, again);
    breaker.success(2_000, 'pass');
    for (const at of [2_500, 3_000, 3_500, 4_000, 5_499]) breaker.failure(at, 'pass', EVEN, again);
    expect(breaker.peek(5_499)).toBe('closed');
    breaker.failure(5_500, 'pass', EVEN, again);
    expect(breaker.peek(5_500)).toBe('open');
  });

  test('end no ramp by themselves', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    const now = outageAt(breaker, 0);
    breaker.failure(now, 'pass', EVEN);
    breaker.failure(now, 'pass', EVEN, again);
    expect(breaker.peek(now)).toBe('ramping');
    breaker.failure(now, 'pass', EVEN);
    expect(breaker.peek(now)).toBe('open');
  });

  test('end a probe, whichever of them it was', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    failAt(breaker, 0);
    breaker.admit(PROBE, EVEN);
    breaker.failure(PROBE, 'probe', EVEN, again);
    expect(breaker.peek(PROBE)).toBe('open');
  });
});
