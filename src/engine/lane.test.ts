import { describe, expect, it } from 'vitest';
import { FAULT_KINDS, type Fault, type FaultKind } from '../model/fault.ts';
import { DEFAULT_BREAKER } from '../resilience/breaker-policy.ts';
import { DEFAULT_RETRY_BUDGET } from '../resilience/retry-budget.ts';
import { QUOTA_HOLD_MS, UNNAMED_HOLD_MS } from './engine-defaults.ts';
import { FAULT_TABLE } from './fault-table.ts';
import { Lane, type Permit } from './lane.ts';

const POLICY = { breaker: { ...DEFAULT_BREAKER, jitter: 0 }, retryBudget: DEFAULT_RETRY_BUDGET };
const PASS: Permit = { kind: 'pass', admittedAt: 0 };
const BEFORE_COMMIT = { random: 0.5, committed: false };

function lane(moves: string[] = []): Lane {
  const limits = { concurrency: 2, queue: 2, queueMs: 100 };
  return new Lane('alpha/one', limits, POLICY, 0, {
    onMove: ({ from, to }) => moves.push(`${from}→${to}`),
    target: 'alpha/one',
  });
}

const fault = (kind: FaultKind, more: object = {}): Fault => ({ message: 'said', ...more, kind }) as Fault;

/** As many faults in a row as open a breaker. */
function beat(one: Lane, given: Fault, when = BEFORE_COMMIT): void {
  for (let i = 0; i < DEFAULT_BREAKER.consecutive; i += 1) one.faulted(0, PASS, given, when);
}

describe('faults and the breaker', () => {
  it.each(FAULT_KINDS)('%s moves it as the fault table says', (kind) => {
    const one = lane();
    beat(one, fault(kind));
    const expected = { no: 'closed', yes: 'open', slow: 'open', isolated: 'isolated' }[FAULT_TABLE[kind].breaker];
    expect(one.breakerState(0)).toBe(expected);
  });

  it.each(FAULT_KINDS)('%s after the commit point counts, unless it is ours or the caller’s', (kind) => {
    const one = lane();
    beat(one, fault(kind), { random: 0.5, committed: true });
    const notTheProviders = ['caller-gone', 'outrun', 'deadline-exceeded', 'contract-broken', 'unproven-model'];
    if (notTheProviders.includes(kind)) expect(one.breakerState(0)).toBe('closed');
    else expect(one.breakerState(0)).not.toBe('closed');
  });

  it('every change of state is told once', () => {
    const moves: string[] = [];
    const one = lane(moves);
    beat(one, fault('server-error'));
    expect(one.admit(1_000, 0.5)).toMatchObject({ ok: false, reason: 'breaker-open', retryAfterMs: 29_000 });
    const probe = one.admit(30_000, 0.5);
    expect(probe).toMatchObject({ ok: true, permit: { kind: 'probe' } });
    expect(one.admit(30_000, 0.5)).toMatchObject({ ok: false, reason: 'breaker-open' });
    if (probe.ok) one.succeeded(30_001, probe.permit);
    expect(one.breakerState(90_000)).toBe('closed');
    one.admit(90_000, 0.5);
    expect(moves).toEqual(['closed→open', 'open→half-open', 'half-open→ramping', 'ramping→closed']);
  });

  it('a probe whose result says nothing frees the place for the next one', () => {
    const one = lane();
    beat(one, fault('server-error'));
    const probe = one.admit(30_000, 0.5);
    if (probe.ok) one.faulted(30_010, probe.permit, fault('caller-gone'), BEFORE_COMMIT);
    expect(one.admit(30_020, 0.5)).toMatchObject({ ok: true, permit: { kind: 'probe' } });
  });

  it('refusal tells what admit would say, without taking the probe’s place', () => {
    const one = lane();
    expect(one.refusal(0)).toBeUndefined();
    beat(one, fault('server-error'));
    expect(one.refusal(10_000)).toMatchObject({ reason: 'breaker-open', retryAfterMs: 20_000 });
    expect(one.refusal(30_000)).toBeUndefined();
    expect(one.admit(30_000, 0.5)).toMatchObject({ ok: true, permit: { kind: 'probe' } });
  });
});

describe('holds', () => {
  it('a 429 holds the lane until the moment it names; a later one extends, an earlier one never shortens', () => {
    const one = lane();
    one.faulted(0, PASS, fault('rate-limited', { retryAfterMs: 3_000 }), BEFORE_COMMIT);
    expect(one.admit(1_000, 0.5)).toMatchObject({ ok: false, reason: 'lane-held', retryAfterMs: 2_000 });
    one.faulted(1_000, PASS, fault('rate-limited', { retryAfterMs: 500 }), BEFORE_COMMIT);
    expect(one.held(2_000)?.retryAfterMs).toBe(1_000);
    one.faulted(1_000, PASS, fault('rate-limited', { retryAfterMs: 9_000 }), BEFORE_COMMIT);
    expect(one.held(2_000)?.retryAfterMs).toBe(8_000);
    expect(one.admit(10_000, 0.5).ok).toBe(true);
  });

  it('a 429 without a moment, and a used-up quota, hold it for the published times', () => {
    const one = lane();
    one.faulted(0, PASS, fault('rate-limited'), BEFORE_COMMIT);
    expect(one.held(0)?.retryAfterMs).toBe(UNNAMED_HOLD_MS);
    const two = lane();
    two.faulted(0, PASS, fault('quota-exhausted', { retryAfterMs: 1_000 }), BEFORE_COMMIT);
    expect(two.held(0)).toMatchObject({ retryAfterMs: QUOTA_HOLD_MS, detail: 'quota-exhausted' });
    two.faulted(0, PASS, fault('quota-exhausted', { retryAfterMs: QUOTA_HOLD_MS * 2 }), BEFORE_COMMIT);
    expect(two.held(0)?.retryAfterMs).toBe(QUOTA_HOLD_MS * 2);
  });

  it('a timer that fires a millisecond early does not find its own hold still standing', () => {
    const one = lane();
    one.faulted(0, PASS, fault('rate-limited', { retryAfterMs: 3_000 }), BEFORE_COMMIT);
    expect(one.admit(2_999, 0.5).ok).toBe(true);
  });
});

describe('what operators say', () => {
  it('a drained lane takes nothing new until it is said to, or the time is over', () => {
    const one = lane();
    one.drain(0, 60_000);
    expect(one.refusal(10_000)).toMatchObject({ reason: 'drained', retryAfterMs: 50_000 });
    expect(one.admit(10_000, 0.5)).toMatchObject({ ok: false, reason: 'drained' });
    expect(one.barred(10_000)?.reason).toBe('drained');
    one.undrain();
    expect(one.admit(10_000, 0.5).ok).toBe(true);
    one.drain(20_000, 1_000);
    expect(one.refusal(21_000)).toBeUndefined();
  });

  it('said again it replaces what was said before, shorter or longer', () => {
    const one = lane();
    one.drain(0, 60_000);
    one.drain(0, 10_000);
    expect(one.refusal(10_000)).toBeUndefined();
    one.holdFor(0, 60_000, 'maintenance');
    one.holdFor(0, 10_000, 'shorter maintenance');
    expect(one.held(5_000)).toMatchObject({ detail: 'shorter maintenance', retryAfterMs: 5_000 });
    expect(one.held(10_000)).toBeUndefined();
  });

  it('of its hold and the provider’s the later one counts, and a release ends both', () => {
    const one = lane();
    one.faulted(0, PASS, fault('rate-limited', { retryAfterMs: 9_000 }), BEFORE_COMMIT);
    one.holdFor(0, 5_000, 'maintenance');
    expect(one.held(0)).toMatchObject({ detail: 'rate-limited', retryAfterMs: 9_000 });
    one.holdFor(0, 20_000, 'maintenance');
    expect(one.held(0)).toMatchObject({ reason: 'lane-held', detail: 'maintenance', retryAfterMs: 20_000 });
    one.release();
    expect([one.held(0), one.refusal(0)]).toEqual([undefined, undefined]);
  });

  it('an opened breaker comes back by probe and ramp, one that is closed is closed at once', () => {
    const moves: string[] = [];
    const one = lane(moves);
    one.openFor(0, 5_000);
    expect(one.refusal(1_000)).toMatchObject({ reason: 'breaker-open', retryAfterMs: 4_000 });
    expect(one.snapshot(1_000).breaker).toMatchObject({ state: 'open', cause: 'operator' });
    expect(one.barred(1_000)).toBeUndefined();
    expect(one.admit(5_000, 0.5)).toMatchObject({ ok: true, permit: { kind: 'probe' } });
    one.close(5_000);
    expect(one.breakerState(5_000)).toBe('closed');
    expect(moves).toEqual(['closed→open', 'open→half-open', 'half-open→closed']);
  });

  it.each([
    ['drain', (one: Lane) => one.drain(0, 0)],
    ['hold', (one: Lane) => one.holdFor(0, -1, 'no')],
    ['open', (one: Lane) => one.openFor(0, Number.NaN)],
    ['shut', (one: Lane) => one.shutFor('reply', 0, 0, 'no')],
  ])('a time to %s that is none is refused', (_, act) => {
    expect(() => act(lane())).toThrow('ms must be a finite number above 0');
  });
});

describe('a lane that is shut for a route', () => {
  it('is shut for that one alone, and no panic opens it', () => {
    const one = lane();
    one.shutFor('reply', 0, 60_000, 'answers got worse');
    expect(one.refusal(0, 'reply')).toEqual({
      reason: 'quality',
      detail: 'answers got worse',
      retryAfterMs: 60_000,
    });
    expect(one.barred(0, 'reply')?.reason).toBe('quality');
    expect(one.admit(0, 0.5, 'reply')).toMatchObject({ ok: false, reason: 'quality' });
    expect([one.refusal(0, 'other'), one.refusal(0)]).toEqual([undefined, undefined]);
    one.reopenFor('reply');
    expect(one.admit(0, 0.5, 'reply').ok).toBe(true);
  });
});

describe('rate limits that answers tell of', () => {
  const clock = (now: number) => ({ now: () => now, wallNow: () => 1_700_000_000_000, setTimer: () => () => {} });
  const headers = (remaining: number, reset = '30') => ({
    'x-ratelimit-limit-requests': '10',
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests': reset,
  });

  it('what is under way counts against what remains, and the lane is refused before its 429', () => {
    const one = lane();
    const first = one.admit(0, 0.5);
    if (first.ok) one.heard(headers(2), first.permit, clock(0));
    expect(one.admit(0, 0.5).ok).toBe(true);
    expect(one.admit(0, 0.5).ok).toBe(true);
    expect(one.refusal(1_000)).toEqual({
      reason: 'headroom',
      detail: 'too little remains of its rate limit (requests)',
      retryAfterMs: 29_000,
      limited: true,
    });
    expect(one.admit(1_000, 0.5)).toMatchObject({ ok: false, reason: 'headroom' });
    expect(one.barred(1_000)?.reason).toBe('headroom');
    expect(one.snapshot(1_000).headroom).toMatchObject([{ name: 'requests', limit: 10, remaining: 0 }]);
    expect(one.admit(30_000, 0.5).ok).toBe(true);
  });

  it('tokens count where the request says what it takes', () => {
    const one = lane();
    expect(one.tokensLeft(0)).toBe(Number.POSITIVE_INFINITY);
    const told = {
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '500',
      'x-ratelimit-reset-tokens': '30s',
    };
    one.heard(told, PASS, clock(0));
    expect(one.tokensLeft(0)).toBe(480);
    expect(one.refusal(0, 'reply', { input: 400, output: 80 })).toBeUndefined();
    expect(one.refusal(0, 'reply', { input: 400, output: 81 })).toMatchObject({ reason: 'headroom' });
    one.tokensUsed(100);
    one.admit(0, 0.5);
    expect(one.tokensLeft(0)).toBe(380);
  });
});

describe('what a lane learns and allows', () => {
  it('a window that the provider named is the window; otherwise the estimate bounds it, and only downwards', () => {
    const one = lane();
    one.faulted(0, PASS, fault('context-too-long'), { ...BEFORE_COMMIT, learnedTokens: 9_000 });
    expect(one.learnedWindow).toBe(9_000);
    one.faulted(0, PASS, fault('context-too-long', { limitTokens: 8_192 }), {
      ...BEFORE_COMMIT,
      learnedTokens: 20_000,
    });
    expect(one.learnedWindow).toBe(8_192);
    one.faulted(0, PASS, fault('context-too-long'), { ...BEFORE_COMMIT, learnedTokens: 30_000 });
    expect(one.learnedWindow).toBe(8_192);
    one.faulted(0, PASS, fault('context-too-long', { limitTokens: 0 }), BEFORE_COMMIT);
    expect(one.learnedWindow).toBe(8_192);
  });

  it('retries are bounded by traffic', () => {
    const one = lane();
    const retries = () => {
      let count = 0;
      while (count < 1_000 && one.takeRetry(0)) count += 1;
      return count;
    };
    expect(retries()).toBe(10);
    for (let i = 0; i < 50; i += 1) one.countAttempt(0);
    expect(retries()).toBe(10);
  });

  it('a snapshot shows all of it', () => {
    const one = lane();
    one.gate.tryEnter();
    one.faulted(0, PASS, fault('rate-limited', { retryAfterMs: 3_000 }), BEFORE_COMMIT);
    one.drain(0, 500);
    one.shutFor('reply', 0, 700, 'worse');
    one.firstContentCame(0, PASS, 20);
    expect(one.snapshot(0)).toMatchObject({
      lane: 'alpha/one',
      breaker: { state: 'closed' },
      held: { reason: 'lane-held', retryAfterMs: 3_000 },
      drained: { reason: 'drained', retryAfterMs: 500 },
      shuts: [{ route: 'reply', reason: 'worse', retryAfterMs: 700 }],
      latency: { firstContent: { samples: 1 }, total: undefined },
      headroom: [],
      active: 1,
      waiting: 0,
      concurrency: 2,
      retryBudget: 10,
      learnedWindow: undefined,
    });
  });
});
