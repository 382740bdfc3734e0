import { describe, expect, it } from 'vitest';
import { NO_DEMANDS } from '../../src/engine/demands.ts';
import { gateShare } from '../../src/engine/lanes.ts';
import { applyOrder } from '../../src/engine/operator-orders.ts';
import { PROBE_STEP_MS } from '../../src/engine/sharing.ts';
import { Contexts } from '../../src/engine/turn-keys.ts';
import { DEFAULT_BREAKER } from '../../src/resilience/breaker-policy.ts';
import { DEFAULT_RETRY_BUDGET } from '../../src/resilience/retry-budget.ts';
import { BATCH_MS } from '../../src/workers/outbox.ts';
import { route } from '../kit/engine-kit.ts';
import { RELAY_MS, TARGET, VirtualWorkers } from '../kit/lanes-of-workers.ts';
import { VirtualClock } from '../kit/virtual-clock.ts';

/** By then everybody has heard of everything. */
const HEARD_MS = BATCH_MS + RELAY_MS + 1;

function workers(count: number, over: ConstructorParameters<typeof VirtualWorkers>[2] = {}) {
  const clock = new VirtualClock();
  return { clock, house: new VirtualWorkers(clock, count, over) };
}

const states = (house: VirtualWorkers) =>
  house.workers.filter(({ alive }) => alive).map((one) => one.lane.breakerState(one.now));

async function opened(count: number) {
  const made = workers(count);
  for (let i = 0; i < DEFAULT_BREAKER.consecutive; i += 1) made.house.worker(0).request('server-error');
  await made.clock.advance(HEARD_MS);
  return made;
}

describe('a breaker that several workers share', () => {
  it('opened by the faults of one it is open at all within a relay', async () => {
    const { clock, house } = workers(4);
    for (let i = 0; i < DEFAULT_BREAKER.consecutive; i += 1) house.worker(2).request('server-error');
    await clock.advance(RELAY_MS);
    expect(states(house)).toEqual(['open', 'open', 'open', 'open']);
    const waits = house.workers.map((one) => one.lane.refusal(one.now)?.retryAfterMs ?? 0);
    expect(Math.max(...waits) - Math.min(...waits)).toBeLessThanOrEqual(RELAY_MS);
  });

  it('faults in a row at different workers are one row', async () => {
    const { clock, house } = workers(3);
    for (let i = 0; i < DEFAULT_BREAKER.consecutive; i += 1) {
      expect(new Set(states(house))).toEqual(new Set(['closed']));
      house.worker(i % 3).request('server-error');
      await clock.advance(HEARD_MS);
    }
    expect(states(house)).toEqual(['open', 'open', 'open']);
  });

  it('an answer at one worker ends the row at all', async () => {
    const { clock, house } = workers(2);
    for (let i = 0; i < DEFAULT_BREAKER.consecutive - 1; i += 1) house.worker(0).request('server-error');
    await clock.advance(HEARD_MS);
    house.worker(1).request('answered');
    await clock.advance(HEARD_MS);
    house.worker(0).request('server-error');
    await clock.advance(HEARD_MS);
    expect(states(house)).toEqual(['closed', 'closed']);
  });

  it('the last faults at two workers at the same moment open it at a third, whose own answer has just ended the row', async () => {
    const { clock, house } = workers(3);
    for (let i = 0; i < DEFAULT_BREAKER.consecutive - 2; i += 1) house.worker(0).request('server-error');
    await clock.advance(HEARD_MS);
    house.worker(2).request('answered');
    house.worker(0).request('server-error');
    house.worker(1).request('server-error');
    await clock.advance(HEARD_MS);
    expect(states(house)).toEqual(['open', 'open', 'open']);
  });

  it('one probe for all, however many requests come to each worker, and all ramp after it', async () => {
    const { clock, house } = await opened(4);
    await clock.advance(DEFAULT_BREAKER.probeIntervalMs - 100);
    let probes = 0;
    for (let ms = 0; ms < 400; ms += 5) {
      for (const worker of [...house.workers].reverse()) {
        const admission = worker.lane.admit(worker.now, 0.999);
        if (admission.ok && admission.permit.kind === 'probe') probes += 1;
      }
      await clock.advance(5);
    }
    expect(probes).toBe(1);
    expect(states(house)).toEqual(['half-open', 'half-open', 'half-open', 'half-open']);
    const prober = house.worker(0);
    prober.lane.succeeded(prober.now, { kind: 'probe', admittedAt: prober.now });
    await clock.advance(HEARD_MS);
    expect(states(house)).toEqual(['ramping', 'ramping', 'ramping', 'ramping']);
  });

  it('a probe that fails opens it for all once more', async () => {
    const { clock, house } = await opened(3);
    await clock.advance(DEFAULT_BREAKER.probeIntervalMs);
    expect(house.worker(0).request('server-error')).toBe('probe');
    await clock.advance(HEARD_MS);
    expect(states(house)).toEqual(['open', 'open', 'open']);
    await clock.advance(DEFAULT_BREAKER.probeIntervalMs - 2 * HEARD_MS);
    expect(house.workers.map((one) => one.request())).toEqual(['refused', 'refused', 'refused']);
  });

  it('a worker without traffic keeps nobody waiting for longer than its step', async () => {
    const { clock, house } = await opened(3);
    await clock.advance(DEFAULT_BREAKER.probeIntervalMs - HEARD_MS + 2 * PROBE_STEP_MS - 20);
    expect(house.worker(2).request()).toBe('refused');
    await clock.advance(2 * HEARD_MS + 20);
    expect(house.worker(2).request()).toBe('probe');
  });

  it('the probe of a worker that died is free again', async () => {
    const { clock, house } = await opened(2);
    await clock.advance(DEFAULT_BREAKER.probeIntervalMs);
    const dying = house.worker(0);
    expect(dying.lane.admit(dying.now, 0.5)).toMatchObject({ ok: true, permit: { kind: 'probe' } });
    await clock.advance(HEARD_MS);
    expect(house.worker(1).request()).toBe('refused');
    house.kill(0);
    await clock.advance(RELAY_MS + PROBE_STEP_MS);
    expect(house.worker(1).request()).toBe('probe');
  });

  it('isolated by one, it is isolated at all', async () => {
    const { clock, house } = workers(2);
    const one = house.worker(1);
    const when = { random: 0.5, committed: false };
    one.lane.faulted(
      one.now,
      { kind: 'pass', admittedAt: one.now },
      { kind: 'credential-refused', message: 'no' },
      when,
    );
    await clock.advance(RELAY_MS);
    expect(states(house)).toEqual(['isolated', 'isolated']);
  });
});

describe('what else stands at a lane', () => {
  it('a 429 with a wait holds it at all, for what is left of it', async () => {
    const { clock, house } = workers(3);
    const one = house.worker(1);
    const told = { kind: 'rate-limited', message: 'slow down', retryAfterMs: 9_000 } as const;
    one.lane.faulted(one.now, { kind: 'pass', admittedAt: one.now }, told, { random: 0.5, committed: false });
    await clock.advance(1_000);
    for (const { lane, now } of house.workers) {
      expect(lane.held(now)).toMatchObject({ reason: 'lane-held', detail: 'rate-limited' });
      expect(lane.held(now)?.retryAfterMs).toBeGreaterThan(7_900);
      expect(lane.held(now)?.retryAfterMs).toBeLessThanOrEqual(8_000 + RELAY_MS);
    }
  });

  it.each(['drain', 'hold', 'breaker-open'] as const)(
    'an operator’s %s at one worker stands at all, until it is taken back at another',
    async (action) => {
      const { clock, house } = workers(3);
      applyOrder(house.worker(0).lane, action, house.worker(0).now, 60_000);
      await clock.advance(RELAY_MS);
      expect(house.workers.map(({ lane, now }) => lane.refusal(now) !== undefined)).toEqual([true, true, true]);
      const back = ({ drain: 'undrain', hold: 'release', 'breaker-open': 'breaker-close' } as const)[action];
      applyOrder(house.worker(2).lane, back, house.worker(2).now, 0);
      await clock.advance(RELAY_MS);
      expect(house.workers.map(({ lane, now }) => lane.refusal(now))).toEqual([undefined, undefined, undefined]);
    },
  );

  it('answers that are bad for one route shut it for this route at all', async () => {
    const { clock, house } = workers(2);
    house.worker(0).lane.shutFor('reply', house.worker(0).now, 5_000, 'worse');
    await clock.advance(RELAY_MS);
    const other = house.worker(1);
    expect([other.lane.isShutFor('reply', other.now), other.lane.isShutFor('search', other.now)]).toEqual([
      true,
      false,
    ]);
    other.lane.reopenFor('reply');
    await clock.advance(RELAY_MS);
    expect(house.worker(0).lane.isShutFor('reply', house.worker(0).now)).toBe(false);
  });

  it('a rate limit that one answer told is counted down by the requests of all', async () => {
    const { clock, house } = workers(2);
    const [one, other] = [house.worker(0), house.worker(1)];
    const admission = one.lane.admit(one.now, 0.5);
    if (!admission.ok) throw new Error('a fresh lane lets everybody in');
    const headers = { 'x-ratelimit-limit-requests': '100', 'x-ratelimit-remaining-requests': '6' };
    one.lane.heard({ ...headers, 'x-ratelimit-reset-requests': '60s' }, admission.permit, one.clock);
    await clock.advance(HEARD_MS);
    expect(other.lane.refusal(other.now)).toBeUndefined();
    for (let i = 0; i < 2; i += 1) other.request();
    await clock.advance(HEARD_MS);
    for (let i = 0; i < 2; i += 1) one.request();
    await clock.advance(HEARD_MS);
    expect(house.workers.map(({ lane, now }) => lane.refusal(now)?.reason)).toEqual(['headroom', 'headroom']);
  });

  it('retries come out of one budget', async () => {
    const { clock, house } = workers(2);
    const reserve = DEFAULT_RETRY_BUDGET.perSecond * 10;
    for (let i = 0; i < reserve; i += 1) expect(house.worker(0).lane.takeRetry(house.worker(0).now)).toBe(true);
    await clock.advance(HEARD_MS);
    const other = house.worker(1);
    expect(other.lane.takeRetry(other.now)).toBe(false);
    for (let i = 0; i < 5; i += 1) house.worker(0).lane.countAttempt(house.worker(0).now);
    await clock.advance(HEARD_MS);
    expect(other.lane.takeRetry(other.now)).toBe(true);
  });

  it('an alert is raised once, whichever worker meets it first', async () => {
    const { clock, house } = workers(2);
    const alert = { kind: 'credential-refused', target: 'alpha/one', message: 'no' } as const;
    house.worker(0).parts.alerts.raise(alert, house.worker(0).now);
    await clock.advance(HEARD_MS);
    house.worker(1).parts.alerts.raise(alert, house.worker(1).now);
    expect(house.workers.map(({ alerts }) => alerts.length)).toEqual([1, 0]);
  });
});

describe('limits of all workers together', () => {
  it('the places of a lane are shared out, the remainder to the first', () => {
    const limits = { concurrency: 10, queue: 5, queueMs: 100 };
    const shares = [0, 1, 2, 3].map((index) => gateShare(limits, { index, count: 4 }));
    expect(shares.map(({ concurrency }) => concurrency)).toEqual([3, 3, 2, 2]);
    expect(shares.map(({ queue }) => queue)).toEqual([2, 1, 1, 1]);
    expect(() => gateShare({ ...limits, concurrency: 3 }, { index: 0, count: 4 })).toThrow(
      'a concurrency of 3 cannot be shared by 4 workers',
    );
  });

  it('a rate of requests is one for all', async () => {
    const callers = new Map([['app', { rate: { perMinute: 6 } }]]);
    const { clock, house } = workers(2, { callers });
    const admit = (index: number) => {
      const { parts, now } = house.worker(index);
      return parts.spending.admit(route([TARGET]), { caller: 'app', tags: undefined }, now) === undefined;
    };
    const seen: boolean[] = [];
    for (let i = 0; i < 8; i += 1) {
      seen.push(admit(i % 2));
      await clock.advance(HEARD_MS);
    }
    expect(seen).toEqual([true, true, true, true, true, true, false, false]);
  });

  it('a budget is one for all: what one worker sets aside the other cannot spend, and what it gives back it can', async () => {
    const callers = new Map([['app', { spending: { perHourUsd: 1, unknownPrice: 'refuse' as const } }]]);
    const { clock, house } = workers(2, { callers });
    const of = route([TARGET], { demands: NO_DEMANDS });
    const needs = {
      abilities: new Set<never>(),
      requirements: [],
      measure: {
        get: () => ({ textTokens: 10, images: [], pdfPages: 0, audioSeconds: 0 }),
        ceiling: 10,
        maxOutputTokens: 600,
        thinkingTokens: 0,
      },
    };
    const candidate = { target: TARGET, rank: 0, learnedWindow: undefined, tokens: { factor: 1, margin: 0 } };
    const reserve = (index: number) => {
      const { parts, clock: own } = house.worker(index);
      const purse = parts.spending.purse(
        { route: of, primaryRank: 0, caller: 'app', tags: undefined, needs },
        { price: (_, usage) => (usage.outputTokens ?? 0) / 1_000, now: () => own.now(), outageOf: () => undefined },
      );
      const taken = purse?.reserve(candidate);
      if (!taken) throw new Error('nothing limits this');
      return taken;
    };
    const first = reserve(0);
    await clock.advance(HEARD_MS);
    expect(reserve(1)).toMatchObject({ refusal: { reason: 'budget' } });
    if (!('reservation' in first)) throw new Error('there was money');
    first.reservation.settle({ state: 'settled', costUsd: 0.1, usage: { outputTokens: 100 } });
    await clock.advance(HEARD_MS);
    expect(reserve(1)).toHaveProperty('reservation');
    await clock.advance(HEARD_MS);
    // A worker that begins later knows what was spent.
    house.kill(0);
    house.replace(0);
    expect(reserve(0)).toMatchObject({ refusal: { reason: 'budget' } });
  });
});

describe('a worker that begins while others serve', () => {
  it('finds outages, holds, drains and shuts as they stand', async () => {
    const { clock, house } = await opened(2);
    const [one] = house.workers;
    if (!one) throw new Error('there are two');
    one.lane.shutFor('reply', one.now, 50_000, 'worse');
    applyOrder(one.lane, 'drain', one.now, 60_000);
    await clock.advance(5_000);
    house.kill(1);
    const made = house.replace(1);
    const was = one.lane.snapshot(one.now);
    const is = made.lane.snapshot(made.now);
    expect(is).toMatchObject({ drained: was.drained, shuts: was.shuts });
    expect(is.breaker).toMatchObject({ state: 'open', cause: 'failures' });
    expect((is.breaker.nextProbeAt ?? 0) - made.now).toBeCloseTo((was.breaker.nextProbeAt ?? 0) - one.now);
  });

  it('goes on with a ramp where the others are', async () => {
    const { clock, house } = await opened(2);
    await clock.advance(DEFAULT_BREAKER.probeIntervalMs);
    expect(house.worker(0).request()).toBe('probe');
    await clock.advance(10_000);
    house.kill(1);
    const made = house.replace(1);
    expect(made.lane.snapshot(made.now).breaker.rampShare).toBe(
      house.worker(0).lane.snapshot(house.worker(0).now).breaker.rampShare,
    );
  });
});

describe('what callers’ conversations need', () => {
  const served = (text: string) => ({
    caller: 'app',
    origin: 'alpha',
    before: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'Think.' }] }],
    parts: [
      { type: 'reasoning' as const, text: 'so', opaque: { dialect: 'anthropic-messages' as const, value: 'sealed' } },
      { type: 'text' as const, text },
    ],
    withPlainThinking: false,
  });
  const found = (house: VirtualWorkers, index: number, text: string) => {
    const { parts, now } = house.worker(index);
    const { before, parts: said } = served(text);
    const messages = [...before, { role: 'assistant' as const, parts: said.filter(({ type }) => type === 'text') }];
    return parts.memory.turnAt('app', messages, 1, now, new Contexts(messages))?.origin;
  };

  it('a turn with sealed thinking that one served is found at the other, and at one that begins later', async () => {
    const { clock, house } = workers(2);
    house.worker(0).parts.memory.remember(served('Done, after much thought.'), house.worker(0).now);
    await clock.advance(HEARD_MS);
    expect(found(house, 1, 'Done, after much thought.')).toBe('alpha');
    house.kill(1);
    house.replace(1);
    expect(found(house, 1, 'Done, after much thought.')).toBe('alpha');
    expect(found(house, 1, 'Something else.')).toBeUndefined();
  });
});
