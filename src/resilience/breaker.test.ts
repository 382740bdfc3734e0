import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Breaker, type BreakerPolicy, type BreakerStateName, DEFAULT_BREAKER } from './breaker.ts';

/** The middle of the jitter: intervals are exactly as long as their policy says. */
const EVEN = 0.5;

function failTimes(breaker: Breaker, times: number, now: number): void {
  for (let index = 0; index < times; index += 1) breaker.failure(now, 'pass', EVEN);
}

/** Opened at 0; its first probe is due at 30,000. */
function opened(policy: BreakerPolicy = DEFAULT_BREAKER): Breaker {
  const breaker = new Breaker(policy, 0);
  failTimes(breaker, policy.consecutive, 0);
  return breaker;
}

/** Its probe succeeded at 30,000. */
function ramping(): Breaker {
  const breaker = opened();
  breaker.admit(30_000, 0);
  breaker.success(30_000, 'probe');
  return breaker;
}

describe('a request that went past an open breaker', () => {
  test('is as good as a probe when it is answered', () => {
    const breaker = opened();
    breaker.success(5_000, 'past', 4_000);
    expect(breaker.peek(5_000)).toBe('ramping');
  });

  test('changes nothing when it fails', () => {
    const breaker = opened();
    for (const now of [1_000, 2_000, 3_000]) breaker.failure(now, 'past', EVEN, { admittedAt: now });
    expect(breaker.snapshot(3_000)).toMatchObject({ state: 'open', nextProbeAt: 30_000 });
    breaker.admit(30_000, 0);
    breaker.failure(30_100, 'past', EVEN, { admittedAt: 30_050 });
    expect(breaker.peek(30_100)).toBe('half-open');
  });

  test('says nothing of an outage that began after it', () => {
    const breaker = opened();
    breaker.success(1_000, 'past', 900);
    failTimes(breaker, 2, 2_000);
    expect(breaker.peek(2_000)).toBe('open');
    breaker.success(2_500, 'past', 1_500);
    expect(breaker.peek(2_500)).toBe('open');
    breaker.success(2_600, 'past', 2_100);
    expect(breaker.peek(2_600)).toBe('ramping');
  });

  test('ends an isolation, and neither an order of an operator nor an outage of slowness', () => {
    const isolated = new Breaker(DEFAULT_BREAKER, 0);
    isolated.isolate(0);
    isolated.success(100, 'past', 50);
    expect(isolated.peek(100)).toBe('ramping');
    const ordered = new Breaker(DEFAULT_BREAKER, 0);
    ordered.forceOpen(0, 60_000);
    ordered.success(100, 'past', 50);
    expect(ordered.peek(100)).toBe('open');
    const slow = new Breaker(DEFAULT_BREAKER, 0);
    slow.slow(0, EVEN);
    slow.success(100, 'past', 50);
    expect(slow.peek(100)).toBe('open');
  });
});

describe('a closed breaker', () => {
  test('opens on the fifth failure in a row', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    failTimes(breaker, 4, 0);
    expect(breaker.peek(0)).toBe('closed');
    failTimes(breaker, 1, 0);
    expect(breaker.peek(0)).toBe('open');
  });

  test('a success in between starts the row anew', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    failTimes(breaker, 4, 0);
    breaker.success(0, 'pass');
    failTimes(breaker, 4, 0);
    expect(breaker.snapshot(0)).toEqual({ state: 'closed', consecutiveFailures: 4, windowOk: 1, windowFailed: 8 });
  });

  test('opens when half of ten or more results are failures', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    for (let pair = 0; pair < 4; pair += 1) {
      breaker.failure(0, 'pass', EVEN);
      breaker.success(0, 'pass');
    }
    breaker.success(0, 'pass');
    expect(breaker.peek(0)).toBe('closed');
    breaker.failure(0, 'pass', EVEN);
    expect(breaker.peek(0)).toBe('open');
  });

  test('failures of an hour ago do not count towards the share', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    for (let pair = 0; pair < 4; pair += 1) {
      breaker.success(0, 'pass');
      breaker.failure(0, 'pass', EVEN);
    }
    breaker.success(3_600_000, 'pass');
    breaker.failure(3_600_000, 'pass', EVEN);
    expect(breaker.snapshot(3_600_000)).toMatchObject({ state: 'closed', windowOk: 1, windowFailed: 1 });
  });

  test('what says nothing about health counts nothing', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    for (let index = 0; index < 100; index += 1) breaker.forget(0, 'pass');
    expect(breaker.snapshot(0)).toEqual({ state: 'closed', consecutiveFailures: 0, windowOk: 0, windowFailed: 0 });
  });
});

describe('an open breaker', () => {
  test('refuses, and tells when the probe is due', () => {
    const breaker = opened();
    expect(breaker.admit(10_000, 0)).toEqual({ kind: 'refused', reason: 'open', retryAfterMs: 20_000 });
    expect(breaker.snapshot(10_000)).toMatchObject({ state: 'open', openedAt: 0, nextProbeAt: 30_000 });
  });

  test('a late result of a request from before does not change it', () => {
    const breaker = opened();
    for (let index = 0; index < 20; index += 1) {
      breaker.success(1_000, 'pass');
      breaker.failure(1_000, 'pass', EVEN);
    }
    expect(breaker.snapshot(1_000)).toMatchObject({ state: 'open', nextProbeAt: 30_000 });
  });

  test('probes come up to a tenth early or late', () => {
    const nextProbe = (random: number) => {
      const breaker = new Breaker({ ...DEFAULT_BREAKER, consecutive: 1 }, 0);
      breaker.failure(0, 'pass', random);
      return breaker.snapshot(0).nextProbeAt;
    };
    expect(nextProbe(0)).toBeCloseTo(27_000);
    expect(nextProbe(0.5)).toBeCloseTo(30_000);
    expect(nextProbe(1)).toBeCloseTo(33_000);
  });

  test('probes stay 30 s apart for ten minutes, then the interval doubles up to five minutes', () => {
    const breaker = opened();
    const intervals: number[] = [];
    let now = 30_000;
    while (now < 3_600_000) {
      expect(breaker.admit(now, 0)).toEqual({ kind: 'probe' });
      breaker.failure(now, 'probe', EVEN);
      const next = breaker.snapshot(now).nextProbeAt ?? 0;
      intervals.push(next - now);
      now = next;
    }
    expect(intervals.slice(0, 19)).toEqual(new Array(19).fill(30_000));
    expect(intervals.slice(19, 25)).toEqual([60_000, 120_000, 240_000, 300_000, 300_000, 300_000]);
    expect(breaker.snapshot(now).openedAt).toBe(0);
  });
});

describe('a half-open breaker', () => {
  test('500 waiting callers: exactly one probe, and the others refused at once', () => {
    const breaker = opened();
    const admitted = Array.from({ length: 500 }, () => breaker.admit(30_000, 0));
    expect(admitted.filter(({ kind }) => kind === 'probe')).toHaveLength(1);
    expect(admitted.filter(({ kind }) => kind === 'refused')).toHaveLength(499);
    expect(admitted[499]).toEqual({ kind: 'refused', reason: 'half-open', retryAfterMs: 1_000 });
  });

  test('looking does not take the place of the probe', () => {
    const breaker = opened();
    for (let index = 0; index < 9; index += 1) expect(breaker.peek(30_000)).toBe('half-open');
    expect(breaker.admit(30_000, 0)).toEqual({ kind: 'probe' });
  });

  test('late results of passes neither close it nor open it', () => {
    const breaker = opened();
    breaker.admit(30_000, 0);
    breaker.success(30_001, 'pass');
    failTimes(breaker, 20, 30_001);
    breaker.forget(30_001, 'pass');
    expect(breaker.peek(30_001)).toBe('half-open');
    expect(breaker.admit(30_001, 0).kind).toBe('refused');
  });

  test('a probe whose outcome says nothing frees its place', () => {
    const breaker = opened();
    breaker.admit(30_000, 0);
    breaker.forget(30_100, 'probe');
    expect(breaker.admit(30_100, 0)).toEqual({ kind: 'probe' });
  });

  test('a probe that never reports frees its place after its lease', () => {
    const breaker = opened();
    breaker.admit(30_000, 0);
    expect(breaker.admit(89_500, 0)).toEqual({ kind: 'refused', reason: 'half-open', retryAfterMs: 500 });
    expect(breaker.admit(90_000, 0)).toEqual({ kind: 'probe' });
  });

  test('the result of a probe whose lease had run out says nothing about the one under way', () => {
    const breaker = opened();
    breaker.admit(30_000, 0);
    breaker.admit(90_000, 0);
    breaker.failure(91_000, 'probe', EVEN, { admittedAt: 30_000 });
    breaker.forget(91_000, 'probe', 30_000);
    expect(breaker.admit(91_000, 0)).toMatchObject({ kind: 'refused', reason: 'half-open' });
    breaker.success(92_000, 'probe', 90_000);
    expect(breaker.peek(92_000)).toBe('ramping');
  });
});

describe('a ramping breaker', () => {
  test('lets a hundredth through, then more, and is closed after 30 s with a clean window', () => {
    const breaker = ramping();
    expect(breaker.admit(30_001, 0.009)).toEqual({ kind: 'pass' });
    expect(breaker.admit(30_001, 0.02)).toEqual({ kind: 'refused', reason: 'ramping', retryAfterMs: 1_875 });
    expect(breaker.snapshot(37_500)).toMatchObject({ state: 'ramping', rampShare: 0.05, openedAt: 0 });
    breaker.failure(52_500, 'pass', EVEN);
    expect(breaker.snapshot(59_999)).toMatchObject({ state: 'ramping', rampShare: 1, windowFailed: 1 });
    expect(breaker.snapshot(60_000)).toEqual({ state: 'closed', consecutiveFailures: 0, windowOk: 0, windowFailed: 0 });
  });

  test('two failures in a row open it again at once', () => {
    const breaker = ramping();
    breaker.failure(31_000, 'pass', EVEN);
    expect(breaker.peek(31_000)).toBe('ramping');
    breaker.failure(31_000, 'pass', EVEN);
    expect(breaker.snapshot(31_000)).toMatchObject({ state: 'open', openedAt: 0, nextProbeAt: 61_000 });
  });

  test('a share of failures opens it again, without two in a row', () => {
    const breaker = ramping();
    for (let pair = 0; pair < 5; pair += 1) {
      breaker.success(31_000, 'pass');
      breaker.failure(31_000, 'pass', EVEN);
    }
    expect(breaker.peek(31_000)).toBe('open');
  });

  test('failures of requests admitted before the outage do not abort it', () => {
    const breaker = ramping();
    for (let index = 0; index < 50; index += 1) breaker.failure(31_000, 'pass', EVEN, { admittedAt: 0 });
    expect(breaker.snapshot(31_000)).toMatchObject({ state: 'ramping', windowFailed: 0 });
  });
});

describe('an isolated breaker', () => {
  test('admits nobody for its time, then one probe', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    breaker.isolate(1_000);
    expect(breaker.admit(2_000, 0)).toEqual({ kind: 'refused', reason: 'isolated', retryAfterMs: 299_000 });
    expect(breaker.admit(301_000, 0)).toEqual({ kind: 'probe' });
  });

  test('results do not end it, opening by force does not shorten it', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    breaker.isolate(0, 60_000);
    breaker.success(1, 'pass');
    breaker.success(1, 'probe');
    failTimes(breaker, 9, 1);
    breaker.forceOpen(1, 10);
    breaker.isolate(1, 10);
    expect(breaker.snapshot(1)).toMatchObject({ state: 'isolated', nextProbeAt: 60_000 });
  });
});

describe('an operator', () => {
  test('opens by force, and never shortens what stands', () => {
    const breaker = opened();
    breaker.forceOpen(0, 5_000);
    expect(breaker.snapshot(0).nextProbeAt).toBe(30_000);
    breaker.forceOpen(0, 90_000);
    expect(breaker.snapshot(0).nextProbeAt).toBe(90_000);
  });

  test('resets, and what was under way does not count', () => {
    const breaker = opened();
    breaker.reset(1_000);
    for (let index = 0; index < 9; index += 1) breaker.failure(1_001, 'pass', EVEN, { admittedAt: 999 });
    expect(breaker.snapshot(1_001)).toEqual({ state: 'closed', consecutiveFailures: 0, windowOk: 0, windowFailed: 0 });
  });
});

describe('nonsense', () => {
  test.each<[Partial<BreakerPolicy>, string]>([
    [{ consecutive: 0 }, 'consecutive must be an integer of 1 or more, got 0'],
    [{ failureShare: 1.5 }, 'failureShare must be above 0 and at most 1, got 1.5'],
    [{ minimumSamples: 0.5 }, 'minimumSamples must be an integer of 1 or more, got 0.5'],
    [{ windowMs: 0 }, 'windowMs must be a finite number above 0, got 0'],
    [{ probeIntervalMs: -1 }, 'probeIntervalMs must be a finite number above 0, got -1'],
    [{ probeIntervalMaxMs: 5 }, 'probeIntervalMaxMs must not be below probeIntervalMs, got 5 < 30000'],
    [{ flatMs: Number.NaN }, 'flatMs must be a finite number of 0 or more, got NaN'],
    [{ jitter: 1 }, 'jitter must be 0 or more and below 1, got 1'],
    [{ ramp: { shares: [2], dwellMs: 1 } }, 'ramp.shares must be above 0 and at most 1, got 2'],
    [{ probeLeaseMs: 0 }, 'probeLeaseMs must be a finite number above 0, got 0'],
    [{ isolateMs: Number.POSITIVE_INFINITY }, 'isolateMs must be a finite number above 0, got Infinity'],
  ])('refuses %j', (part, message) => {
    expect(() => new Breaker({ ...DEFAULT_BREAKER, ...part }, 0)).toThrow(new RangeError(message));
  });

  test('refuses times and chances that would never end', () => {
    expect(() => new Breaker(DEFAULT_BREAKER, Number.NaN)).toThrow('now must be a finite number, got NaN');
    const breaker = new Breaker({ ...DEFAULT_BREAKER, consecutive: 1 }, 0);
    expect(() => breaker.isolate(0, Number.NaN)).toThrow('ms must be a finite number above 0, got NaN');
    expect(() => breaker.forceOpen(0, -1)).toThrow('ms must be a finite number above 0, got -1');
    expect(() => breaker.failure(0, 'pass', Number.NaN)).toThrow('random must be between 0 and 1, got NaN');
  });
});

type Act =
  | { do: 'admit'; after: number; random: number }
  | { do: 'success' | 'forget'; after: number; permit: 'pass' | 'probe' }
  | { do: 'failure'; after: number; permit: 'pass' | 'probe'; random: number; again: boolean };

/** The breaker once more: no windows, no classes, everything recomputed from lists. */
function reference(policy: BreakerPolicy) {
  let state: BreakerStateName = 'closed';
  let [openedAt, until, interval, since, lastPass, probeAt] = [-1, 0, 0, 0, 0, -1];
  let [stage, returnedAt] = [policy.ramp.dwellMs, -1];
  let results: { at: number; ok: boolean; again: boolean }[] = [];
  const width = policy.windowMs / 10;
  const settle = (now: number) => {
    if (state === 'open' && now >= until) [state, probeAt] = ['half-open', -1];
    if (state === 'half-open' && probeAt >= 0 && now - probeAt >= policy.probeLeaseMs) probeAt = -1;
    if (state !== 'ramping' || now < since + 4 * stage) return;
    [state, openedAt, results, returnedAt] = ['closed', -1, [], since + 3 * stage];
  };
  const trips = (now: number, row: number) => {
    const recent = results.filter(({ at, again }) => !again && Math.floor(at / width) > Math.floor(now / width) - 10);
    const failed = recent.filter(({ ok }) => !ok).length;
    const inARow = results.slice(results.findLastIndex(({ ok }) => ok) + 1);
    const lasts = now - (inARow[0]?.at ?? now) >= 3_000;
    if (inARow.filter(({ again }) => !again).length >= row || (inARow.length >= row && lasts)) return true;
    return recent.length >= policy.minimumSamples && failed / recent.length >= policy.failureShare;
  };
  const open = (now: number, random: number, ms: number) => {
    if (openedAt < 0) openedAt = now;
    if (state === 'ramping' && now >= since + 3 * stage) returnedAt = since + 3 * stage;
    [state, interval, until] = ['open', ms, now + ms * (1 + policy.jitter * (2 * random - 1))];
  };
  return (act: Act, now: number): string => {
    settle(now);
    if (act.do === 'admit') {
      if (state === 'closed') return 'pass';
      if (state === 'half-open' && probeAt < 0) {
        probeAt = now;
        return 'probe';
      }
      if (state !== 'ramping') return 'refused';
      const share = policy.ramp.shares[Math.floor((now - since) / stage)] ?? 1;
      if (act.random >= share && now - lastPass < stage / 4) return 'refused';
      lastPass = now;
      return 'pass';
    }
    const counts = state === 'closed' || state === 'ramping';
    if (counts && act.do !== 'forget')
      results.push({ at: now, ok: act.do === 'success', again: act.do === 'failure' && act.again });
    if (counts && act.do === 'failure' && trips(now, state === 'closed' ? policy.consecutive : 2)) {
      open(now, act.random, policy.probeIntervalMs);
    } else if (state === 'half-open' && act.permit === 'probe') {
      if (act.do === 'forget') probeAt = -1;
      if (act.do === 'success') {
        [state, since, lastPass, results] = ['ramping', now, now, []];
        const untilFull = returnedAt < 0 ? 0 : returnedAt + policy.returnDwellMs - now;
        stage = Math.max(policy.ramp.dwellMs, untilFull / 3);
      }
      if (act.do === 'failure') {
        const late = now - openedAt >= policy.flatMs;
        open(now, act.random, late ? Math.min(policy.probeIntervalMaxMs, interval * 2) : policy.probeIntervalMs);
      }
    }
    return state;
  };
}

test('whatever happens in whatever order, the breaker does what the reference model does', () => {
  const after = fc.oneof(fc.nat(50), fc.nat(3_000), fc.nat(70_000));
  const random = fc.double({ min: 0, max: 0.999, noNaN: true });
  const permit = fc.constantFrom('pass' as const, 'probe' as const);
  const again = fc.nat(9).map((n) => n === 0);
  const act: fc.Arbitrary<Act> = fc.oneof(
    fc.record({ do: fc.constant('admit' as const), after, random }),
    fc.record({ do: fc.constant('success' as const), after, permit }),
    fc.record({ do: fc.constant('forget' as const), after, permit }),
    fc.record({ do: fc.constant('failure' as const), after, permit, random, again }),
    fc.record({
      do: fc.constant('failure' as const),
      after: fc.nat(50),
      permit: fc.constant('pass' as const),
      random,
      again: fc.constant(false),
    }),
  );
  const policy = { ...DEFAULT_BREAKER, consecutive: 3, minimumSamples: 4, flatMs: 60_000 };
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200, size: 'max' }), (acts) => {
      const breaker = new Breaker(policy, 0);
      const model = reference(policy);
      let now = 0;
      for (const next of acts) {
        now += next.after;
        const expected = model(next, now);
        if (next.do === 'admit') expect(breaker.admit(now, next.random).kind).toBe(expected);
        if (next.do === 'success') breaker.success(now, next.permit);
        if (next.do === 'forget') breaker.forget(now, next.permit);
        if (next.do === 'failure') breaker.failure(now, next.permit, next.random, { again: next.again });
        if (next.do !== 'admit') expect(breaker.peek(now)).toBe(expected);
        seen.add(breaker.peek(now));
      }
    }),
    { numRuns: 500 },
  );
  expect([...seen].sort()).toEqual(['closed', 'half-open', 'open', 'ramping']);
});

describe('what an outage rests on', () => {
  const open = () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    for (let i = 0; i < DEFAULT_BREAKER.consecutive; i += 1) breaker.failure(0, 'pass', 0.5);
    return breaker;
  };

  test('nothing while the breaker is closed', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    expect([breaker.cause, 'cause' in breaker.snapshot(0)]).toEqual([undefined, false]);
  });

  test('failures, slowness, a refusal or an operator', () => {
    expect(open().cause).toBe('failures');
    const slow = new Breaker(DEFAULT_BREAKER, 0);
    slow.slow(0, 0.5);
    expect(slow.snapshot(0)).toMatchObject({
      state: 'open',
      cause: 'slow',
      nextProbeAt: DEFAULT_BREAKER.probeIntervalMs,
    });
    const refused = new Breaker(DEFAULT_BREAKER, 0);
    refused.isolate(0);
    expect(refused.cause).toBe('refused');
    const operator = new Breaker(DEFAULT_BREAKER, 0);
    operator.forceOpen(0, 1_000);
    expect(operator.cause).toBe('operator');
  });

  test('it stays through failed probes and the ramp, and ends with the outage', () => {
    const breaker = new Breaker(DEFAULT_BREAKER, 0);
    breaker.slow(0, 0.5);
    let now = DEFAULT_BREAKER.probeIntervalMs;
    breaker.admit(now, 0.5);
    breaker.failure(now, 'probe', 0.5);
    expect(breaker.snapshot(now)).toMatchObject({ state: 'open', cause: 'slow', openedAt: 0 });
    now += DEFAULT_BREAKER.probeIntervalMs;
    breaker.admit(now, 0.5);
    breaker.success(now, 'probe');
    expect(breaker.snapshot(now)).toMatchObject({ state: 'ramping', cause: 'slow' });
    now += DEFAULT_BREAKER.ramp.dwellMs * DEFAULT_BREAKER.ramp.shares.length;
    expect(breaker.peek(now)).toBe('closed');
    expect(breaker.cause).toBeUndefined();
  });

  test('failures within the ramp of another outage are what it rests on then; slowness ends a ramp too', () => {
    const ramping = () => {
      const breaker = new Breaker(DEFAULT_BREAKER, 0);
      breaker.forceOpen(0, 1_000);
      breaker.admit(1_000, 0.5);
      breaker.success(1_000, 'probe');
      expect(breaker.peek(1_001)).toBe('ramping');
      return breaker;
    };
    const failing = ramping();
    failing.failure(1_001, 'pass', 0.5);
    failing.failure(1_002, 'pass', 0.5);
    expect(failing.snapshot(1_002)).toMatchObject({ state: 'open', cause: 'failures', openedAt: 0 });
    const slow = ramping();
    slow.slow(1_001, 0.5);
    expect(slow.snapshot(1_001)).toMatchObject({ state: 'open', cause: 'slow', openedAt: 0 });
  });

  test('slowness says nothing of a lane that is shut already', () => {
    const breaker = open();
    breaker.slow(10, 0.5);
    expect(breaker.snapshot(10)).toMatchObject({ cause: 'failures', nextProbeAt: DEFAULT_BREAKER.probeIntervalMs });
    breaker.isolate(20);
    breaker.slow(30, 0.5);
    expect(breaker.peek(30)).toBe('isolated');
    const probing = open();
    probing.admit(DEFAULT_BREAKER.probeIntervalMs, 0.5);
    probing.slow(DEFAULT_BREAKER.probeIntervalMs, 0.5);
    expect(probing.peek(DEFAULT_BREAKER.probeIntervalMs)).toBe('half-open');
  });
});
