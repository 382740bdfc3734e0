import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { seededChance } from '../../test/kit/seeded-chance.ts';
import { Admission, type SheddingMoved, type ShedReason } from './admission.ts';
import { Connections } from './connections.ts';
import type { MemoryUse } from './load-sampler.ts';
import { OpenStreams, type Place } from './open-streams.ts';
import { descriptorLimit, roomFor } from './room.ts';
import type { ServerLimits } from './settings.ts';

const SAMPLE_MS = 50;
const CALM: MemoryUse = { used: 100, limit: 1_000 };

/** An admission in virtual time, with so many requests open already. */
function house({ open: already = 100, streams = 1_000 } = {}) {
  const limits = { streams, loopDelayMs: 50, connections: 100, connectionsPerAddress: 100 } as ServerLimits;
  const open = new OpenStreams(() => limits.streams);
  const moves: SheddingMoved[] = [];
  const chance = seededChance(3);
  const admission = new Admission({
    open,
    connections: new Connections(() => limits),
    limits: () => limits,
    random: () => chance.next(),
    onMove: (moved) => moves.push(moved),
  });
  const others = Array.from({ length: already }, () => admission.enter('others'));
  const socket = new Socket();
  let now = 0;
  const someoneLeaves = () => admission.leave(others.shift() as Place);
  return {
    admission,
    open,
    someoneLeaves,
    moves,
    limits,
    now: () => now,
    /** Lets time go by at one delay, `came` requests of the same caller between two samples; how many were let in. */
    pass(ms: number, delayMs: number, came = 0, memory: readonly MemoryUse[] = [CALM]): number {
      let letIn = 0;
      for (const until = now + ms; now < until; ) {
        now += SAMPLE_MS + delayMs;
        for (let one = 0; one < came; one += 1) if (admission.refuses('others', socket) === undefined) letIn += 1;
        admission.measured({ delayMs, now, memory });
      }
      return letIn;
    },
    ask: (caller: string): ShedReason | undefined => admission.refuses(caller, socket),
  };
}

describe('admission by the delay of the event loop', () => {
  it('refuses nobody while the loop keeps up; once it has not for a while, lets in as many as it kept up with', () => {
    const { admission, pass, ask, someoneLeaves, open } = house({ open: 100 });
    pass(5_000, 20, 10);
    expect(admission.refused['loop-delay']).toBe(0);
    pass(2_000, 150);
    expect(ask('others')).toBe('loop-delay');
    while (ask('others') === 'loop-delay') someoneLeaves();
    expect(open.count).toBeGreaterThan(30);
    expect(open.count).toBeLessThan(100);
  });

  it('takes the refusals from whoever holds most: others have an even part of the places', () => {
    const { pass, ask, admission } = house({ open: 100 });
    pass(2_000, 150);
    let letIn = 0;
    for (; ask('modest') === undefined; letIn += 1) admission.enter('modest');
    expect(letIn).toBeGreaterThan(15);
    expect(letIn).toBeLessThan(55);
    expect(ask('others')).toBe('loop-delay');
  });

  it('tells what share of what comes it refuses', () => {
    const { admission, pass } = house();
    pass(2_000, 300, 10);
    const first = admission.share;
    pass(6_000, 300, 10);
    expect(first).toBeGreaterThan(0.1);
    expect(admission.share).toBeGreaterThan(first);
    expect(admission.share).toBeLessThanOrEqual(1);
  });

  it('lets in whoever comes while few are being served, however late the loop is', () => {
    const { pass, ask } = house({ open: 5 });
    pass(5_000, 500);
    expect(Array.from({ length: 50 }, () => ask('others'))).toEqual(Array(50).fill(undefined));
  });

  it('refuses honestly: 503, worth trying again, at moments that are spread', () => {
    const { admission, pass } = house();
    pass(3_000, 300, 10);
    const failures = Array.from({ length: 40 }, () => admission.failure('loop-delay'));
    for (const failure of failures) {
      expect(failure).toMatchObject({ code: 'overloaded', status: 503, shouldRetry: true });
      expect(failure.retryAfterMs).toBeGreaterThanOrEqual(1_000);
      expect(failure.retryAfterMs).toBeLessThanOrEqual(15_000);
    }
    expect(new Set(failures.map(({ retryAfterMs }) => Math.ceil((retryAfterMs ?? 0) / 1000))).size).toBeGreaterThan(4);
  });

  it('is told once when it begins and once when it is over, with what it came to', () => {
    const { admission, pass, moves } = house();
    pass(4_000, 300, 10);
    expect(moves).toMatchObject([{ to: 'began', reason: 'loop-delay', ms: 0, loopDelayMs: 300 }]);
    pass(20_000, 0, 10);
    expect(admission.share).toBe(0);
    expect(moves).toHaveLength(2);
    expect(moves[1]).toMatchObject({ to: 'ended', reason: 'loop-delay', refused: admission.refused['loop-delay'] });
    expect(moves[1]?.ms).toBeGreaterThan(2_000);
  });

  it('asks a load balancer to look elsewhere only after ten seconds of it', () => {
    const { admission, pass, now } = house();
    pass(9_000, 300, 10);
    expect(admission.overloaded(now())).toBe(false);
    pass(6_000, 300, 10);
    expect(admission.overloaded(now())).toBe(true);
    pass(10_000, 0, 10);
    expect(admission.overloaded(now())).toBe(false);
  });

  it('follows a limit that was changed while it runs', () => {
    const { admission, pass, limits } = house();
    Object.assign(limits, { loopDelayMs: 1_000 });
    pass(5_000, 300, 10);
    expect(admission.share).toBe(0);
  });
});

describe('admission by memory', () => {
  it('refuses more the less there is, all at the end, and everybody is let in again when there is enough', () => {
    const { admission, pass, ask } = house({ open: 0 });
    pass(200, 0, 0, [{ used: 840, limit: 1_000 }]);
    expect([admission.share, ask('web')]).toEqual([0, undefined]);
    pass(200, 0, 0, [CALM, { used: 900, limit: 1_000 }]);
    expect(admission.share).toBeCloseTo(0.5, 5);
    pass(200, 0, 0, [{ used: 960, limit: 1_000 }, CALM]);
    expect(Array.from({ length: 30 }, () => ask('web'))).toEqual(Array(30).fill('memory'));
    pass(200, 0, 0, [CALM]);
    expect(ask('web')).toBeUndefined();
  });

  it('a sample without memory says nothing new of it', () => {
    const { admission, pass } = house();
    pass(200, 0, 0, [{ used: 900, limit: 1_000 }]);
    pass(200, 0, 0, []);
    expect(admission.share).toBeCloseTo(0.5, 5);
  });
});

describe('admission by places', () => {
  it('the limit and the fair part are told apart', () => {
    const { ask, admission } = house({ open: 79, streams: 100 });
    expect(ask('others')).toBeUndefined();
    admission.enter('web');
    expect(ask('others')).toBe('fair-share');
    for (let at = 0; at < 20; at += 1) admission.enter('web');
    expect(ask('web')).toBe('streams');
    expect(admission.refused).toMatchObject({ 'fair-share': 1, streams: 1 });
  });

  it('a route that has its part is refused with a failure of its own, after its caller was let in', () => {
    const { admission } = house({ open: 0, streams: 8 });
    for (let at = 0; at < 5; at += 1) admission.use(admission.enter('web'), at === 0 ? 'quick' : 'stuck');
    const sixth = admission.enter('web');
    expect(() => admission.use(sixth, 'stuck')).toThrow(
      expect.objectContaining({ failure: expect.objectContaining({ status: 503, code: 'overloaded' }) }),
    );
    expect(() => admission.use(sixth, 'quick')).not.toThrow();
  });
});

describe('room', () => {
  const GIB = 1_073_741_824;

  it.each([
    ['the heap decides', { heapBytes: 2 * GIB, descriptors: Number.POSITIVE_INFINITY }, undefined, 2_048, 3_072],
    ['a heap of 4 GiB', { heapBytes: 4 * GIB, descriptors: 1_000_000 }, undefined, 4_096, 5_120],
    ['a small heap', { heapBytes: GIB / 64, descriptors: 1_000_000 }, undefined, 64, 1_088],
    ['the operator decides', { heapBytes: 2 * GIB, descriptors: 1_000_000 }, 5_000, 5_000, 6_024],
    ['few descriptors', { heapBytes: 2 * GIB, descriptors: 1_024 }, undefined, 384, 576],
    ['hardly any', { heapBytes: 2 * GIB, descriptors: 10 }, 100, 1, 1],
  ])('%s', (_, room, asked, streams, connections) => {
    expect(roomFor(room, { streams: asked, planBytes: 524_288 })).toEqual({ streams, connections });
  });

  it('what the system allows is read, or has no end', () => {
    expect(descriptorLimit()).toBeGreaterThan(64);
  });
});
