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
  return new Lane('alpha/one', limits, POLICY, 0, ({ from, to }) => moves.push(`${from}→${to}`));
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
    const notTheProviders = ['caller-gone', 'outrun', 'deadline-exceeded', 'contract-broken'];
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
    expect(one.snapshot(0)).toMatchObject({
      lane: 'alpha/one',
      breaker: { state: 'closed' },
      held: { reason: 'lane-held', retryAfterMs: 3_000 },
      active: 1,
      waiting: 0,
      concurrency: 2,
      retryBudget: 10,
      learnedWindow: undefined,
    });
  });
});
