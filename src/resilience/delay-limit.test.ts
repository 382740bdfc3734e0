import { describe, expect, test } from 'vitest';
import { DelayLimit } from './delay-limit.ts';

const SAMPLE_MS = 50;
const OPTIONS = { targetMs: 50, sustainedMs: 300, least: 16 };
/** Requests that a loop of the simulation carries at once. */
const CAPACITY = 300;
const ANSWER_MS = 2_000;

interface Seen {
  readonly now: number;
  readonly delayMs: number;
  readonly open: number;
  readonly limit: number;
}

/**
 * A loop whose work is spread over the time of the answers: a turn takes as long as those who are served need in it, and
 * of everybody who comes as many are let in as the limit has room for. `loadAt` is in capacities that come.
 */
function loop(limit: DelayLimit, loadAt: (now: number) => number, { seconds = 30, sleepers = 0 } = {}): Seen[] {
  const seen: Seen[] = [];
  const work = { open: 0, left: 0 };
  let now = 0;
  let turnMs = SAMPLE_MS;
  while (now < seconds * 1000) {
    const come = loadAt(now) * CAPACITY * (turnMs / ANSWER_MS);
    const letIn = Math.max(0, Math.min(come, limit.limit - sleepers - work.open));
    work.open += letIn;
    work.left += letIn * ANSWER_MS;
    // What falls due in a turn is what is open; a turn lasts until it is done, at most a second as the sockets' buffers fill.
    const due = (work.open * SAMPLE_MS) / CAPACITY;
    turnMs = Math.min(1_000, Math.max(SAMPLE_MS, due));
    work.open -= work.open * Math.min(1, SAMPLE_MS / ANSWER_MS);
    now += turnMs;
    const delayMs = turnMs - SAMPLE_MS;
    limit.measured({ delayMs, now, open: work.open + sleepers, refused: letIn < come });
    seen.push({ now, delayMs, open: work.open, limit: limit.limit });
  }
  return seen;
}

const since = (seen: readonly Seen[], ms: number) => seen.filter(({ now }) => now >= ms);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a limit by delay', () => {
  test('is none while the loop keeps up', () => {
    const seen = loop(new DelayLimit(OPTIONS), () => 0.95);
    expect(new Set(seen.map(({ limit }) => limit))).toEqual(new Set([Number.POSITIVE_INFINITY]));
  });

  test.each([
    ['one long pause, such as a frozen process', [5_000]],
    ['pauses with good moments between', [80, 90, 0, 200, 10, 90, 90, 0, 400]],
  ])('takes %s for no overload', (_, delays) => {
    const limit = new DelayLimit(OPTIONS);
    let now = 0;
    for (const delayMs of delays) {
      now += SAMPLE_MS + delayMs;
      limit.measured({ delayMs, now, open: 500, refused: false });
      expect(limit.limit).toBe(Number.POSITIVE_INFINITY);
    }
  });

  test('begins once every delay was above the target for the while, with as many as the loop kept up with', () => {
    const limit = new DelayLimit(OPTIONS);
    limit.measured({ delayMs: 10, now: 1_000, open: 280, refused: false });
    limit.measured({ delayMs: 150, now: 1_200, open: 350, refused: false });
    expect(limit.limit).toBe(Number.POSITIVE_INFINITY);
    limit.measured({ delayMs: 200, now: 1_450, open: 500, refused: false });
    expect(limit.limit).toBe(280);
  });

  test('of a crowd that met an idle gateway, half is no excess', () => {
    const limit = new DelayLimit(OPTIONS);
    limit.measured({ delayMs: 0, now: 0, open: 0, refused: false });
    for (const now of [300, 600]) limit.measured({ delayMs: 250, now, open: 600, refused: false });
    expect(limit.limit).toBe(300);
  });

  test('does not shrink while more are served than it allows: the delay is theirs', () => {
    const limit = new DelayLimit(OPTIONS);
    for (const now of [300, 600, 900, 1_200, 1_500]) limit.measured({ delayMs: 250, now, open: 600, refused: true });
    expect(limit.limit).toBe(300);
    limit.measured({ delayMs: 150, now: 1_700, open: 300, refused: true });
    expect(limit.limit).toBe(270);
  });

  test.each([1.5, 3, 8])('at %s times what it can do, the delay settles and the work goes on', (times) => {
    const settled = since(
      loop(new DelayLimit(OPTIONS), () => times),
      6_000,
    );
    expect(Math.max(...settled.map(({ delayMs }) => delayMs))).toBeLessThan(3 * OPTIONS.targetMs);
    expect(mean(settled.map(({ open }) => Math.min(1, open / CAPACITY)))).toBeGreaterThan(0.95);
  });

  test('a burst of eight times the load is over before long', () => {
    const seen = loop(new DelayLimit(OPTIONS), (now) => (now < 5_000 ? 0.5 : 8), { seconds: 20 });
    expect(Math.max(...since(seen, 8_000).map(({ delayMs }) => delayMs))).toBeLessThan(4 * OPTIONS.targetMs);
  });

  test('requests that only wait do not keep the others out', () => {
    const limit = new DelayLimit(OPTIONS);
    const settled = since(
      loop(limit, () => 3, { seconds: 60, sleepers: 3_000 }),
      10_000,
    );
    expect(mean(settled.map(({ open }) => Math.min(1, open / CAPACITY)))).toBeGreaterThan(0.8);
  });

  test('is gone within ten seconds after it is over', () => {
    const seen = loop(new DelayLimit(OPTIONS), (now) => (now < 20_000 ? 3 : 0.8), { seconds: 40 });
    expect(since(seen, 12_000)[0]?.limit).toBeLessThan(1_000);
    expect(new Set(since(seen, 30_000).map(({ limit }) => limit))).toEqual(new Set([Number.POSITIVE_INFINITY]));
  });

  test('never falls below the few whose number cannot be the reason', () => {
    const limit = new DelayLimit(OPTIONS);
    for (let now = 0; now < 600_000; now += 1_000) limit.measured({ delayMs: 900, now, open: 10, refused: true });
    expect(limit.limit).toBe(OPTIONS.least);
  });

  test('follows another target', () => {
    const limit = new DelayLimit(OPTIONS);
    limit.retarget(500);
    for (let now = 0; now < 10_000; now += 100) limit.measured({ delayMs: 300, now, open: 100, refused: false });
    expect(limit.limit).toBe(Number.POSITIVE_INFINITY);
  });

  test.each([
    [{ ...OPTIONS, targetMs: 0 }, 'targetMs'],
    [{ ...OPTIONS, sustainedMs: -1 }, 'sustainedMs'],
    [{ ...OPTIONS, least: 0 }, 'least'],
  ])('refuses %j', (options, name) => {
    expect(() => new DelayLimit(options)).toThrow(new RegExp(name));
  });
});
