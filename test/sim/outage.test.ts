import { beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/engine/run.ts';
import { DEFAULT_BREAKER } from '../../src/resilience/breaker-policy.ts';
import { chatRequest, engineDeps, route, routeTarget } from '../kit/engine-kit.ts';
import { MemoryLedger } from '../kit/memory-ledger.ts';
import { VirtualClock } from '../kit/virtual-clock.ts';
import type { ExchangeEnd } from '../kit/virtual-exchange.ts';
import { VirtualProvider, VirtualUpstream } from '../kit/virtual-provider.ts';

const PER_SECOND = 50;
const OUTAGE = { fromMs: 60_000, untilMs: 660_000 };
const END_MS = 780_000;
const SECONDARY_AT_ONCE = 20;
const TIMEOUT_MS = 120_000;

/** Ten minutes of 503 at fifty requests a second, with a minute before and two after. */
async function tenMinutes() {
  const clock = new VirtualClock();
  const ends: ExchangeEnd[] = [];
  const onEnd = (end: ExchangeEnd) => ends.push(end);
  const primary = new VirtualProvider(
    'alpha',
    { incidents: [{ ...OUTAGE, share: 1, fault: { kind: 'status', status: 503 } }] },
    { clock, seed: 1, onEnd },
  );
  const secondary = new VirtualProvider('beta', { pieces: [1, 1] }, { clock, seed: 2, onEnd });
  const moves: { readonly to: string; readonly atMs: number }[] = [];
  const ledger = new MemoryLedger();
  const deps = engineDeps({
    clock,
    upstream: new VirtualUpstream([primary, secondary]),
    ledger,
    seed: 3,
    observer: { breakerMoved: ({ lane, to }) => lane === 'alpha/one' && moves.push({ to, atMs: clock.now() }) },
  });
  const gate = { concurrency: SECONDARY_AT_ONCE, queue: 40, queueMs: 500 };
  const reply = route([routeTarget('alpha/one'), routeTarget('beta/two', { gate })]);
  let sent = 0;
  const send = () => {
    sent += 1;
    const request = chatRequest({ user: `req_${sent}` });
    const sink = { open() {}, write() {} };
    const { signal } = new AbortController();
    const order = { requestId: `req_${sent}`, request, route: reply, signal, startedAt: clock.now() };
    run(order, sink, deps);
    if (clock.now() < END_MS) clock.setTimer(1000 / PER_SECOND, send);
  };
  clock.setTimer(0, send);
  await clock.advance(END_MS + 60_000);
  const reachedPrimary = ends.filter(({ target }) => target === 'alpha/one').map(({ startedAt }) => startedAt);
  return { reachedPrimary, moves, ledger, sent, primary, secondary };
}

describe('a primary that answers 503 for ten minutes at fifty requests a second', () => {
  let seen: Awaited<ReturnType<typeof tenMinutes>>;
  beforeAll(async () => {
    seen = await tenMinutes();
  }, TIMEOUT_MS);

  /** Moments of the requests that reached the primary, in order. */
  const atPrimary = (fromMs: number, untilMs: number) =>
    seen.reachedPrimary.filter((at) => at >= fromMs && at < untilMs).length;
  const movedTo = (state: string) => seen.moves.filter(({ to }) => to === state).map(({ atMs }) => atMs);

  test('receives a fifth and one a second more than its requests, at most', () => {
    const windows = Array.from({ length: END_MS / 1000 }, (_, second) =>
      atPrimary(second * 1000, second * 1000 + 10_000),
    );
    expect(Math.max(...windows)).toBeLessThanOrEqual(PER_SECOND * 10 * 1.2 + 10);
  });

  test('is left alone within two seconds', () => {
    const [opened = Number.POSITIVE_INFINITY] = movedTo('open');
    expect(opened - OUTAGE.fromMs).toBeGreaterThan(0);
    expect(opened - OUTAGE.fromMs).toBeLessThan(2_000);
  });

  test('sees nothing but one probe about every half minute until it is well', () => {
    const [opened = 0] = movedTo('open');
    const probes = atPrimary(opened + 1_000, OUTAGE.untilMs);
    expect(probes).toBe(movedTo('half-open').filter((at) => at < OUTAGE.untilMs).length);
    expect(probes).toBeGreaterThanOrEqual(17);
    expect(probes).toBeLessThanOrEqual(21);
  });

  test('comes back by one probe and then by the ramp, within half a minute and a bit each', () => {
    const [ramping = 0] = movedTo('ramping');
    const [closed = 0] = movedTo('closed');
    const rampMs = DEFAULT_BREAKER.ramp.shares.length * DEFAULT_BREAKER.ramp.dwellMs;
    expect(ramping - OUTAGE.untilMs).toBeLessThan(DEFAULT_BREAKER.probeIntervalMs * 1.1 + 2_000);
    expect(closed - ramping).toBeGreaterThanOrEqual(rampMs);
    expect(closed - ramping).toBeLessThan(rampMs + 1_000);
    const shares = [0, 1, 2, 3].map((stage) => {
      const from = ramping + stage * DEFAULT_BREAKER.ramp.dwellMs;
      return (
        atPrimary(from, from + DEFAULT_BREAKER.ramp.dwellMs) / ((DEFAULT_BREAKER.ramp.dwellMs / 1000) * PER_SECOND)
      );
    });
    const [one = 1, five = 1, quarter = 1, all = 0] = shares;
    expect(one).toBeLessThan(0.03);
    expect(five).toBeLessThan(0.1);
    expect(quarter).toBeGreaterThan(0.17);
    expect(quarter).toBeLessThan(0.33);
    expect(all).toBeGreaterThan(0.97);
  });

  test('never pushes its understudy over what that can take', () => {
    expect(seen.secondary.meter.peak).toBeLessThanOrEqual(SECONDARY_AT_ONCE);
    expect(seen.secondary.meter.peak).toBe(SECONDARY_AT_ONCE);
  });

  test('every request has one end, and the ledger knows every exchange', () => {
    expect(seen.ledger.ended).toHaveLength(seen.sent);
    expect(seen.ledger.attempts).toHaveLength(seen.primary.meter.seen + seen.secondary.meter.seen);
    const served = seen.ledger.ended.filter(({ outcome }) => outcome === 'served').length;
    expect(served / seen.sent).toBeGreaterThan(0.85);
  });
});
