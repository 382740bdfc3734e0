import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../test/kit/virtual-clock.ts';
import type { Fault } from '../model/fault.ts';
import { AttemptClocks, type AttemptLimits } from './attempt-clocks.ts';
import { LATE_GRACE_MS, LATE_TIMER_MS } from './engine-defaults.ts';

const TIMEOUTS = {
  connectMs: 50,
  headersMs: 1_000,
  firstContentMs: 2_000,
  gapMs: 500,
  totalMs: 20_000,
  minCharsPerSecond: 0,
};

function start(over: Partial<AttemptLimits> = {}) {
  const clock = new VirtualClock();
  const expired: { at: number; fault: Fault }[] = [];
  const limits: AttemptLimits = {
    timeouts: TIMEOUTS,
    early: over.timeouts ?? TIMEOUTS,
    budgetMs: 5_000,
    deadlineRules: false,
    totalMs: 20_000,
    stream: true,
    committed: false,
    ...over,
  };
  const clocks = new AttemptClocks(clock, limits, (fault) => expired.push({ at: clock.now(), fault }));
  return { clock, clocks, expired };
}

const fired = (at: number, clock: string) => [{ at, fault: expect.objectContaining({ kind: 'timed-out', clock }) }];

describe('the timer', () => {
  it('stays where a new phase has its limit later: a healthy attempt arms one', async () => {
    const { clock, clocks, expired } = start({ timeouts: { ...TIMEOUTS, gapMs: 3_000 } });
    const armed = vi.spyOn(clock, 'setTimer');
    clocks.headersReceived();
    clocks.content(3);
    clocks.committed();
    expect(armed).not.toHaveBeenCalled();
    await clock.advance(2_999);
    expect(expired).toEqual([]);
    await clock.advance(1);
    expect(expired).toEqual(fired(3_000, 'gap'));
  });

  it('moves where a new phase has its limit sooner', async () => {
    const { clock, clocks, expired } = start({ timeouts: { ...TIMEOUTS, gapMs: 10 } });
    clocks.headersReceived();
    clocks.content(3);
    await clock.advance(10_000);
    expect(expired).toEqual(fired(10, 'gap'));
  });
});

describe('each clock', () => {
  it('headers: counts from the start', async () => {
    const { clock, expired } = start();
    await clock.advance(999);
    expect(expired).toEqual([]);
    await clock.advance(1);
    expect(expired).toEqual(fired(1_000, 'headers'));
  });

  it('first content: counts from the start as well, not from the headers', async () => {
    const { clock, clocks, expired } = start();
    await clock.advance(900);
    clocks.headersReceived();
    await clock.advance(10_000);
    expect(expired).toEqual(fired(2_000, 'first-content'));
  });

  it('gap: counts from the last content, even where an earlier clock had longer to run', async () => {
    const { clock, clocks, expired } = start();
    await clock.advance(100);
    clocks.headersReceived();
    clocks.content(3);
    clocks.committed();
    await clock.advance(400);
    clocks.content(3);
    await clock.advance(10_000);
    expect(expired).toEqual(fired(1_000, 'gap'));
  });

  it('budget: ends what no clock ended, under the name of what was waited for', async () => {
    const { clock, clocks, expired } = start({ budgetMs: 700 });
    clocks.headersReceived();
    await clock.advance(10_000);
    expect(expired).toEqual(fired(700, 'first-content'));
  });

  it('budget: does not apply any more once the caller has part of the answer', async () => {
    const { clock, clocks, expired } = start({ budgetMs: 300 });
    clocks.content(1);
    clocks.committed();
    await clock.advance(499);
    expect(expired).toEqual([]);
    await clock.advance(1);
    expect(expired).toEqual(fired(500, 'gap'));
  });

  it('the caller’s own deadline: is no fault of the target', async () => {
    const { clock, expired } = start({ budgetMs: 300, deadlineRules: true });
    await clock.advance(300);
    expect(expired).toEqual([{ at: 300, fault: expect.objectContaining({ kind: 'deadline-exceeded' }) }]);
  });

  it('total: ends a stream that never pauses, and leaves whole answers alone', async () => {
    for (const stream of [true, false]) {
      const { clock, clocks, expired } = start({ totalMs: 1_000, stream, committed: true });
      for (let at = 0; at < 3_000; at += 100) {
        clocks.content(1);
        await clock.advance(100);
      }
      if (stream) expect(expired[0]).toMatchObject({ at: 1_000, fault: { clock: 'total' } });
      else expect(expired).toEqual([]);
      clocks.stop();
    }
  });

  it('throughput: ends a trickle after a whole window of it, and nothing that flows', async () => {
    for (const [chars, slow] of [
      [1, true],
      [20, false],
    ] as const) {
      const { clock, clocks, expired } = start({
        timeouts: { ...TIMEOUTS, minCharsPerSecond: 10, totalMs: 100_000 },
        totalMs: 100_000,
        committed: true,
      });
      for (let at = 0; at < 30_000 && expired.length === 0; at += 400) {
        clocks.content(chars * 0.4);
        await clock.advance(400);
      }
      if (slow)
        expect(expired).toEqual([{ at: expect.any(Number), fault: expect.objectContaining({ clock: 'throughput' }) }]);
      else expect(expired).toEqual([]);
      if (slow) expect(expired[0]?.at).toBeGreaterThanOrEqual(10_000);
      clocks.stop();
    }
  });
});

describe('a slow reader', () => {
  it('stops the clocks; afterwards the provider has the whole gap again', async () => {
    const { clock, clocks, expired } = start({ committed: true });
    clocks.content(5);
    clocks.pause();
    await clock.advance(15_000);
    expect(expired).toEqual([]);
    clocks.resume();
    await clock.advance(499);
    expect(expired).toEqual([]);
    await clock.advance(1);
    expect(expired).toEqual(fired(15_500, 'gap'));
  });

  it('does not make the stream look slow', async () => {
    const { clock, clocks, expired } = start({
      timeouts: { ...TIMEOUTS, minCharsPerSecond: 100, gapMs: 60_000, totalMs: 100_000 },
      totalMs: 100_000,
      committed: true,
    });
    clocks.content(1_000);
    clocks.pause();
    await clock.advance(30_000);
    clocks.resume();
    clocks.content(1_000);
    await clock.advance(8_000);
    expect(expired).toEqual([]);
    clocks.stop();
    expect(clock.pending).toBe(0);
  });
});

describe('a frozen process', () => {
  it('gives what lies in the socket a moment before it blames the provider', async () => {
    const { clock, clocks, expired } = start();
    clock.freeze(1_000 + LATE_TIMER_MS + 1);
    await clock.advance(0);
    expect(expired).toEqual([]);
    clocks.headersReceived();
    await clock.advance(LATE_GRACE_MS);
    expect(expired).toEqual([]);
    clocks.stop();
  });

  it('gives it once', async () => {
    const { clock, expired } = start();
    clock.freeze(5_000);
    await clock.advance(LATE_GRACE_MS);
    expect(expired).toHaveLength(1);
  });
});

describe('whatever comes at whatever times', () => {
  type Step = readonly [wait: number, what: 'headers' | 'content' | 'commit' | 'nothing'];
  const steps = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 900 }), fc.constantFrom('headers', 'content', 'commit', 'nothing' as const)),
    { maxLength: 20 },
  ) as fc.Arbitrary<Step[]>;

  /** The same limits worked out by hand. */
  function limitOf(seen: { headers: boolean; content: number | undefined; committed: boolean }): number {
    const limits = [20_000];
    if (!seen.committed) limits.push(5_000);
    if (seen.content !== undefined) limits.push(seen.content + 500);
    else limits.push(seen.headers ? 2_000 : 1_000);
    return Math.min(...limits);
  }

  it('no clock fires early or late, none fires twice, and there is never more than one timer', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (story) => {
        const { clock, clocks, expired } = start();
        const seen = { headers: false, content: undefined as number | undefined, committed: false };
        for (const [wait, what] of story) {
          const due = limitOf(seen);
          await clock.advance(wait);
          expect(clock.pending).toBeLessThanOrEqual(1);
          if (due <= clock.now()) {
            expect(expired.map(({ at }) => at)).toEqual([due]);
            break;
          }
          expect(expired).toEqual([]);
          if (what === 'headers') {
            clocks.headersReceived();
            seen.headers = true;
          } else if (what === 'content') {
            clocks.content(1);
            seen.content = clock.now();
          } else if (what === 'commit') {
            clocks.committed();
            seen.committed = true;
          }
        }
        clocks.stop();
        expect(clock.pending).toBe(0);
        await clock.advance(30_000);
        expect(expired.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });
});

describe('limits that are tighter until the commit point', () => {
  const early = { headersMs: 100, firstContentMs: 200, gapMs: 50 };

  it('each of the three is the one that counts, and the fault names it', async () => {
    const headers = start({ early });
    await headers.clock.advance(100);
    expect(headers.expired).toEqual([
      { at: 100, fault: { kind: 'timed-out', clock: 'headers', message: 'no response headers within 100 ms' } },
    ]);
    const first = start({ early });
    first.clocks.headersReceived();
    await first.clock.advance(200);
    expect(first.expired).toEqual(fired(200, 'first-content'));
    const gap = start({ early });
    gap.clocks.content(1);
    await gap.clock.advance(50);
    expect(gap.expired).toEqual(fired(50, 'gap'));
  });

  it('after it the configured gap counts: a cut would cost the caller its answer', async () => {
    const { clock, clocks, expired } = start({ early });
    clocks.content(1);
    clocks.committed();
    await clock.advance(499);
    expect(expired).toEqual([]);
    await clock.advance(1);
    expect(expired).toEqual(fired(500, 'gap'));
  });
});

describe('what a lane learns of a stream', () => {
  it('the longest pause between two contents, without the wait for the first and the pauses of the caller', async () => {
    const { clock, clocks } = start();
    await clock.advance(400);
    clocks.content(1);
    expect(clocks.longestGapMs).toBe(0);
    await clock.advance(30);
    clocks.content(1);
    await clock.advance(20);
    clocks.content(1);
    expect(clocks.longestGapMs).toBe(30);
    clocks.pause();
    await clock.advance(300);
    clocks.resume();
    await clock.advance(10);
    clocks.content(1);
    expect(clocks.longestGapMs).toBe(30);
    await clock.advance(45);
    expect(clocks.silentMs(clock.now())).toBe(45);
  });
});
