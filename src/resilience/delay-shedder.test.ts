import { describe, expect, test } from 'vitest';
import { DelayShedder } from './delay-shedder.ts';

const SAMPLE_MS = 100;
const OPTIONS = { targetMs: 50, sustainedMs: 500 };

/** What the sockets of all callers hold: more than that waits where nobody sees it. */
const MAX_BACKLOG_MS = 1_000;

/**
 * A loop that does what came since it last looked, one second of work a second: its delay is what has piled up. `load` is
 * work that comes a second; what is shed costs a fiftieth.
 */
function loop(shedder: DelayShedder, loadAt: (now: number) => number, seconds: number) {
  const seen: { now: number; delayMs: number; share: number; doneShare: number }[] = [];
  let now = 0;
  let backlogMs = 0;
  while (now < seconds * 1000) {
    const turnMs = SAMPLE_MS + backlogMs;
    const load = loadAt(now);
    const come = load * turnMs * (1 - shedder.share) + load * turnMs * shedder.share * 0.02;
    backlogMs = Math.min(MAX_BACKLOG_MS, Math.max(0, backlogMs + come - turnMs));
    now += turnMs;
    shedder.measured(backlogMs, now);
    const good = load * turnMs * (1 - shedder.share);
    seen.push({ now, delayMs: backlogMs, share: shedder.share, doneShare: Math.min(1, good / turnMs) });
  }
  return seen;
}

const since = <T extends { now: number }>(seen: readonly T[], ms: number) => seen.filter(({ now }) => now >= ms);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a shedder by delay', () => {
  test('sheds nothing while the loop keeps up', () => {
    const seen = loop(new DelayShedder(OPTIONS), () => 0.95, 30);
    expect(Math.max(...seen.map(({ share }) => share))).toBe(0);
  });

  test.each([
    ['one long pause, such as a frozen process', [5_000]],
    ['pauses with good moments between', [80, 90, 0, 200, 10, 90, 90, 0, 400]],
  ])('takes %s for no overload', (_, delays) => {
    const shedder = new DelayShedder(OPTIONS);
    let now = 0;
    for (const delay of delays) {
      now += SAMPLE_MS + delay;
      shedder.measured(delay, now);
      expect(shedder.share).toBe(0);
    }
  });

  test('begins once every delay was above the target for the while, and not before', () => {
    const shedder = new DelayShedder(OPTIONS);
    let now = 0;
    const shares: number[] = [];
    for (let at = 0; at < 8; at += 1) {
      now += SAMPLE_MS;
      shedder.measured(60, now);
      shares.push(shedder.share);
    }
    expect(shares.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(shares[6]).toBeGreaterThan(0);
  });

  test('grows in steps, not at a stroke', () => {
    const seen = loop(new DelayShedder(OPTIONS), () => 3, 20);
    const steps = seen.slice(1).map(({ share }, at) => share - (seen[at]?.share ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(0.301);
  });

  test.each([1.5, 3, 8])(
    'at %s times what it can do, the delay settles near the target and the work goes on',
    (times) => {
      const seen = loop(new DelayShedder(OPTIONS), () => times, 60);
      const settled = since(seen, 20_000);
      expect(Math.max(...settled.map(({ delayMs }) => delayMs))).toBeLessThan(6 * OPTIONS.targetMs);
      const overhead = (times - 1) * 0.02;
      expect(mean(settled.map(({ doneShare }) => doneShare))).toBeGreaterThan(0.9 - overhead);
    },
  );

  test('lets everybody in again within ten seconds after it is over', () => {
    const shedder = new DelayShedder(OPTIONS);
    const seen = loop(shedder, (now) => (now < 20_000 ? 3 : 0.8), 40);
    expect(Math.min(...since(seen, 12_000).map(({ share }) => share))).toBe(0);
    expect(Math.max(...since(seen, 30_000).map(({ share }) => share))).toBe(0);
  });

  test('never shuts the door altogether', () => {
    const shedder = new DelayShedder(OPTIONS);
    for (let now = 0; now < 600_000; now += 1_000) shedder.measured(900, now);
    expect(shedder.share).toBeGreaterThan(0.9);
    expect(shedder.share).toBeLessThan(1);
  });

  test('follows another target', () => {
    const shedder = new DelayShedder(OPTIONS);
    shedder.retarget(500);
    for (let now = 0; now < 10_000; now += 100) shedder.measured(300, now);
    expect(shedder.share).toBe(0);
  });

  test.each([
    [{ targetMs: 0, sustainedMs: 1 }, 'targetMs'],
    [{ targetMs: 1, sustainedMs: -1 }, 'sustainedMs'],
  ])('refuses %j', (options, name) => {
    expect(() => new DelayShedder(options)).toThrow(new RegExp(name));
  });
});
