import { describe, expect, it } from 'vitest';
import { DEFAULT_ADAPTIVE } from '../resilience/adaptive-limit.ts';
import { DEFAULT_BREAKER } from '../resilience/breaker-policy.ts';
import { DEFAULT_RETRY_BUDGET } from '../resilience/retry-budget.ts';
import { DEFAULT_SLOW } from '../resilience/slow-trigger.ts';
import { Lane, type Permit } from './lane.ts';

const POLICY = { breaker: { ...DEFAULT_BREAKER, jitter: 0 }, retryBudget: DEFAULT_RETRY_BUDGET };
const PASS: Permit = { kind: 'pass', admittedAt: 0 };
const GATE = { concurrency: 2, queue: 2, queueMs: 100 };
const plainLane = () => new Lane('alpha/one', GATE, POLICY, 0, { onMove: () => {}, target: 'alpha/one' });

describe('a lane that is too slow', () => {
  const SLOW = { ...DEFAULT_SLOW, firstContentMs: 1_000, tokenMs: 100, forMs: 10_000, minimumSamples: 3 };
  const slowLane = (moves: string[] = []) => {
    return new Lane('alpha/one', GATE, { ...POLICY, slow: SLOW }, 0, {
      onMove: ({ to, cause }) => moves.push(`${to} ${cause}`),
      target: 'alpha/one',
    });
  };
  /** A slow first content every two seconds, up to this moment. */
  const slowUntil = (one: Lane, end: number) => {
    for (let now = 0; now <= end; now += 2_000) one.firstContentCame(now, PASS, 1_500);
  };

  it('opens after it has been so for as long as the policy says, and names the cause', () => {
    const moves: string[] = [];
    const one = slowLane(moves);
    slowUntil(one, 8_000);
    expect(one.breakerState(8_000)).toBe('closed');
    slowUntil(one, 10_000);
    expect(moves).toEqual(['open slow']);
  });

  it('so it does where whole answers take too long a token', () => {
    const moves: string[] = [];
    const one = slowLane(moves);
    for (let now = 0; now <= 10_000; now += 2_000) one.wholeAnswerCame(now, PASS, 10_000, 50);
    expect(moves).toEqual(['open slow']);
    const short = slowLane(moves);
    for (let now = 0; now <= 10_000; now += 2_000) {
      short.wholeAnswerCame(now, PASS, 10_000, 31);
      short.wholeAnswerCame(now, PASS, 10_000, undefined);
    }
    expect(short.breakerState(10_000)).toBe('closed');
  });

  it('a slow probe is no sign of recovery, a fast one is, and two slow answers end the ramp', () => {
    const moves: string[] = [];
    const one = slowLane(moves);
    slowUntil(one, 10_000);
    const probe = one.admit(40_000, 0.5);
    if (probe.ok) {
      one.firstContentCame(40_001, probe.permit, 900);
      one.succeeded(40_001, probe.permit);
    }
    expect(one.breakerState(40_001)).toBe('open');
    const again = one.admit(70_001, 0.5);
    if (again.ok) {
      one.firstContentCame(70_002, again.permit, 800);
      one.succeeded(70_002, again.permit);
    }
    expect(one.breakerState(70_002)).toBe('ramping');
    const late: Permit = { kind: 'pass', admittedAt: 70_003 };
    one.firstContentCame(70_004, late, 1_500);
    one.firstContentCame(70_005, late, 500);
    one.firstContentCame(70_006, late, 1_500);
    expect(one.breakerState(70_006)).toBe('ramping');
    one.firstContentCame(70_007, late, 1_500);
    expect(one.breakerState(70_007)).toBe('open');
    expect(moves).toEqual(['open slow', 'half-open slow', 'open slow', 'half-open slow', 'ramping slow', 'open slow']);
  });

  it('after an outage of failures slow answers are no obstacle to coming back', () => {
    const one = slowLane();
    for (let i = 0; i < DEFAULT_BREAKER.consecutive; i += 1) {
      one.faulted(0, PASS, { kind: 'server-error', message: 'down' }, { random: 0.5, committed: false });
    }
    const probe = one.admit(30_000, 0.5);
    if (probe.ok) {
      one.firstContentCame(30_001, probe.permit, 5_000);
      one.succeeded(30_001, probe.permit);
    }
    for (let i = 0; i < 5; i += 1) one.firstContentCame(30_002, { kind: 'pass', admittedAt: 30_002 }, 5_000);
    expect(one.breakerState(30_002)).toBe('ramping');
  });

  it('what was measured before an outage does not count after it', () => {
    const one = slowLane();
    slowUntil(one, 8_000);
    one.openFor(9_000, 1_000);
    one.close(10_000);
    one.firstContentCame(10_001, { kind: 'pass', admittedAt: 10_001 }, 1_500);
    expect(one.breakerState(10_001)).toBe('closed');
  });

  it('nothing is too slow by default', () => {
    const one = plainLane();
    for (let now = 0; now < 600_000; now += 1_000) one.firstContentCame(now, PASS, 3_600_000);
    expect(one.breakerState(600_000)).toBe('closed');
  });
});

describe('limits that follow the lane', () => {
  const TIMEOUTS = {
    connectMs: 3_000,
    headersMs: 10_000,
    firstContentMs: 15_000,
    gapMs: 30_000,
    totalMs: 600_000,
    minCharsPerSecond: 0,
  };
  const fast = (one: Lane, now: number) => {
    for (let i = 0; i < 50; i += 1) {
      one.latency.headers.record(1_000, now);
      one.latency.firstContent.record(2_000, now);
      one.latency.gap.record(3_000, now);
    }
  };

  it('are three times what 99 of 100 answers take, each on its own, and the configured ones until that is known', () => {
    const one = plainLane();
    expect(one.tightened(TIMEOUTS, 0)).toBe(TIMEOUTS);
    fast(one, 0);
    const { headersMs, firstContentMs, gapMs } = one.tightened(TIMEOUTS, 0);
    for (const [limit, exact] of [
      [headersMs, 3_000],
      [firstContentMs, 6_000],
      [gapMs, 9_000],
    ] as const) {
      expect(Math.abs(limit - exact) / exact).toBeLessThan(0.051);
    }
  });

  it('hold for a second, for the limits that they were worked out from', () => {
    const one = plainLane();
    fast(one, 0);
    const first = one.tightened(TIMEOUTS, 0);
    for (let i = 0; i < 50; i += 1) one.latency.firstContent.record(4_000, 10);
    expect(one.tightened(TIMEOUTS, 999)).toBe(first);
    expect(one.tightened(TIMEOUTS, 1_000).firstContentMs).toBeGreaterThan(first.firstContentMs);
    expect(one.tightened({ ...TIMEOUTS, headersMs: 2_000 }, 1_001).headersMs).toBe(2_000);
  });

  it('not while the breaker is not closed, nor for five minutes after an outage', () => {
    const one = plainLane();
    fast(one, 0);
    one.openFor(0, 1_000);
    expect(one.tightened(TIMEOUTS, 10)).toBe(TIMEOUTS);
    one.close(20);
    expect(one.tightened(TIMEOUTS, 30)).toBe(TIMEOUTS);
    fast(one, 300_019);
    expect(one.tightened(TIMEOUTS, 300_019)).toBe(TIMEOUTS);
    expect(one.tightened(TIMEOUTS, 300_020)).not.toBe(TIMEOUTS);
  });

  it('not where they are switched off', () => {
    const policy = { ...POLICY, adaptive: { ...DEFAULT_ADAPTIVE, enabled: false } };
    const one = new Lane('alpha/one', GATE, policy, 0, { onMove: () => {}, target: 'alpha/one' });
    fast(one, 0);
    expect(one.tightened(TIMEOUTS, 0)).toBe(TIMEOUTS);
  });
});
