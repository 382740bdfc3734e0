import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Headroom, type LimitTold, MAX_HEADROOM_MS, MAX_LIMITS, UNTOLD_RESET_MS } from './headroom.ts';
import { MAX_RETRY_AFTER_MS } from './retry-after.ts';

const NONE = { reserve: 0 };
const requests = (over: Partial<LimitTold> = {}): LimitTold => ({
  name: 'requests',
  kind: 'requests',
  limit: 60,
  remaining: 0,
  resetMs: 30_000,
  refill: 'at-once',
  ...over,
});
const tokens = (over: Partial<LimitTold> = {}): LimitTold =>
  requests({ name: 'tokens', kind: 'tokens', limit: 10_000, remaining: 500, ...over });

function told(limits: readonly LimitTold[], policy = NONE, at = 0): Headroom {
  const headroom = new Headroom(policy);
  headroom.learn(limits, headroom.countSent(), at);
  return headroom;
}

describe('a limit of requests', () => {
  test('is no obstacle while one remains, and one until its reset when none does', () => {
    expect(told([requests({ remaining: 1 })]).refusal(0, undefined)).toBeUndefined();
    const headroom = told([requests()]);
    expect(headroom.refusal(0, undefined)).toEqual({ name: 'requests', kind: 'requests', waitMs: 30_000 });
    expect(headroom.refusal(29_999, undefined)?.waitMs).toBe(1);
    expect(headroom.refusal(30_000, undefined)).toBeUndefined();
  });

  test('requests that went out since count against what remains', () => {
    const headroom = told([requests({ remaining: 3 })]);
    headroom.countSent();
    headroom.countSent();
    expect(headroom.refusal(0, undefined)).toBeUndefined();
    headroom.countSent();
    expect(headroom.refusal(0, undefined)?.waitMs).toBe(30_000);
    expect(headroom.snapshot(0)).toEqual([{ name: 'requests', limit: 60, remaining: 0, resetMs: 30_000 }]);
  });

  test('an answer that was overtaken by one to a later request says nothing new', () => {
    const headroom = new Headroom(NONE);
    const [first, second] = [headroom.countSent(), headroom.countSent()];
    headroom.learn([requests({ remaining: 5 })], second, 0);
    headroom.learn([requests({ remaining: 0 })], first, 10);
    expect(headroom.snapshot(10)[0]?.remaining).toBe(5);
    headroom.learn([requests({ remaining: 4 })], second, 20);
    expect(headroom.snapshot(20)[0]?.remaining).toBe(4);
  });

  test('a slow answer tells what remained when its request was sent, and what was sent since is taken off', () => {
    const headroom = new Headroom(NONE);
    const slow = headroom.countSent();
    for (let i = 0; i < 10; i += 1) headroom.countSent();
    headroom.learn([requests({ remaining: 59 })], slow, 0);
    expect(headroom.snapshot(0)[0]?.remaining).toBe(49);
  });

  test('once what was known is over, whatever answer comes is believed', () => {
    const headroom = new Headroom(NONE);
    const [first, second] = [headroom.countSent(), headroom.countSent()];
    headroom.learn([requests({ remaining: 5, resetMs: 100 })], second, 0);
    headroom.learn([requests({ remaining: 1 })], first, 100);
    expect(headroom.snapshot(100)[0]?.remaining).toBe(0);
  });

  test('an answer to a request that was not counted is taken as of now', () => {
    const headroom = new Headroom(NONE);
    for (let i = 0; i < 10; i += 1) headroom.countSent();
    headroom.learn([requests({ remaining: 5 })], undefined, 0);
    expect(headroom.snapshot(0)[0]?.remaining).toBe(5);
  });
});

describe('a limit that is refilled all the time', () => {
  const bucket = requests({ refill: 'gradual', limit: 60, remaining: 0, resetMs: 60_000 });

  test('lets the next request through as soon as one is there', () => {
    const headroom = told([bucket]);
    expect(headroom.refusal(0, undefined)?.waitMs).toBe(1_000);
    expect(headroom.refusal(400, undefined)?.waitMs).toBeCloseTo(600, 6);
    expect(headroom.refusal(1_000, undefined)).toBeUndefined();
    headroom.countSent();
    expect(headroom.refusal(1_000, undefined)?.waitMs).toBeCloseTo(1_000, 6);
  });

  test('is full at its reset, and not before', () => {
    const headroom = told([requests({ refill: 'gradual', limit: 60, remaining: 40, resetMs: 10_000 })]);
    expect([0, 5_000, 9_999].map((at) => headroom.snapshot(at)[0]?.remaining)).toEqual([40, 50, 59]);
  });

  test('the pace is that of what was used, not of the whole limit', () => {
    const headroom = told([tokens({ refill: 'gradual', limit: 6_000, remaining: 4_000, resetMs: 20_000 })]);
    expect(headroom.refusal(0, { input: 4_100, output: 0 })?.waitMs).toBeCloseTo(1_000, 6);
  });
});

describe('limits of tokens', () => {
  test('a request that takes more than remains is an obstacle, one that takes just that is none', () => {
    const headroom = told([tokens()]);
    expect(headroom.refusal(0, { input: 400, output: 100 })).toBeUndefined();
    expect(headroom.refusal(0, { input: 400, output: 101 })).toEqual({
      name: 'tokens',
      kind: 'tokens',
      waitMs: 30_000,
    });
    expect(headroom.refusal(0, undefined)).toBeUndefined();
    expect(told([tokens({ remaining: 0 })]).refusal(0, undefined)).toBeDefined();
  });

  test('input alone counts against a limit of input, and output against none before it comes', () => {
    const input = told([tokens({ kind: 'input-tokens' })]);
    expect(input.refusal(0, { input: 500, output: 9_000 })).toBeUndefined();
    expect(input.refusal(0, { input: 501, output: 0 })).toBeDefined();
    expect(input.refusal(0, { input: 0, output: 0 })).toBeUndefined();
    const output = told([tokens({ kind: 'output-tokens', remaining: 1 })]);
    expect(output.refusal(0, { input: 9_000, output: 9_000 })).toBeUndefined();
    expect(told([tokens({ kind: 'output-tokens', remaining: 0 })]).refusal(0, undefined)).toBeDefined();
  });

  test('a request larger than the whole limit is let go when all of it is there', () => {
    expect(told([tokens({ remaining: 10_000 })]).refusal(0, { input: 50_000, output: 0 })).toBeUndefined();
    expect(told([tokens({ remaining: 9_999 })]).refusal(0, { input: 50_000, output: 0 })).toBeDefined();
    expect(told([tokens({ remaining: 10_000 })], { reserve: 0.1 }).refusal(0, { input: 50_000, output: 0 })).toBe(
      undefined,
    );
  });

  test('requests under way are taken to use what answers have used', () => {
    const headroom = new Headroom(NONE);
    headroom.countTokens(100);
    headroom.countTokens(200);
    headroom.countTokens(0);
    headroom.countTokens(Number.NaN);
    headroom.countTokens(Number.POSITIVE_INFINITY);
    headroom.learn([tokens({ remaining: 500 })], headroom.countSent(), 0);
    expect(headroom.tokensLeft(0)).toBe(500);
    headroom.countSent();
    headroom.countSent();
    expect(headroom.tokensLeft(0)).toBeCloseTo(500 - 2 * 110, 6);
  });

  test('tokensLeft is the tightest of them, less the reserve, and infinite where none is known', () => {
    expect(new Headroom(NONE).tokensLeft(0)).toBe(Number.POSITIVE_INFINITY);
    expect(told([requests()]).tokensLeft(0)).toBe(Number.POSITIVE_INFINITY);
    const headroom = told(
      [tokens({ remaining: 4_000 }), tokens({ name: 'input-tokens', kind: 'input-tokens', remaining: 900 })],
      { reserve: 0.05 },
    );
    expect(headroom.tokensLeft(0)).toBe(400);
    expect(headroom.tokensLeft(30_000)).toBe(Number.POSITIVE_INFINITY);
  });

  test('the longest wait of all limits counts', () => {
    const headroom = told([requests({ resetMs: 1_000 }), tokens({ remaining: 0, resetMs: 9_000 })]);
    expect(headroom.refusal(0, undefined)).toMatchObject({ name: 'tokens', waitMs: 9_000 });
    const other = told([tokens({ remaining: 0, resetMs: 1_000 }), requests({ resetMs: 9_000 })]);
    expect(other.refusal(0, undefined)).toMatchObject({ name: 'requests', waitMs: 9_000 });
  });
});

describe('the reserve', () => {
  test('is left alone, in whole units: the last request of a small limit is not in it', () => {
    expect(told([requests({ limit: 100, remaining: 3 })], { reserve: 0.02 }).refusal(0, undefined)).toBeUndefined();
    expect(told([requests({ limit: 100, remaining: 2 })], { reserve: 0.02 }).refusal(0, undefined)).toBeDefined();
    expect(told([requests({ limit: 49, remaining: 1 })], { reserve: 0.02 }).refusal(0, undefined)).toBeUndefined();
  });

  test.each([-0.1, 1, Number.NaN])('%s is no share', (reserve) => {
    expect(() => new Headroom({ reserve })).toThrow(`reserve must be 0 or more and below 1, got ${reserve}`);
  });
});

describe('what makes no sense shuts nothing', () => {
  test.each<[string, Partial<LimitTold>]>([
    ['no limit', { limit: 0 }],
    ['a limit of -1', { limit: -1, remaining: -1 }],
    ['an endless limit', { limit: Number.POSITIVE_INFINITY }],
    ['a limit that is no number', { limit: Number.NaN }],
    ['less than nothing remains', { remaining: -1 }],
    ['more remains than there is', { remaining: 61 }],
    ['what remains is no number', { remaining: Number.NaN }],
    ['a reset that is past', { resetMs: -5 }],
    ['a reset right now', { resetMs: 0 }],
    ['a reset a day away', { resetMs: MAX_RETRY_AFTER_MS }],
  ])('%s', (_, over) => {
    const headroom = told([requests(over)]);
    expect(headroom.refusal(0, undefined)).toBeUndefined();
    expect(headroom.snapshot(0)).toEqual([]);
  });

  test('a reset hours away shuts for five minutes at a time, none told for five seconds', () => {
    const daily = told([requests({ resetMs: 6 * 3_600_000 })]);
    expect(daily.refusal(0, undefined)?.waitMs).toBe(MAX_HEADROOM_MS);
    expect(daily.refusal(MAX_HEADROOM_MS - 1, undefined)).toBeDefined();
    expect(daily.refusal(MAX_HEADROOM_MS, undefined)).toBeUndefined();
    const untold = told([requests({ resetMs: undefined, refill: 'gradual' })]);
    expect(untold.refusal(0, undefined)?.waitMs).toBe(UNTOLD_RESET_MS);
    expect(untold.refusal(UNTOLD_RESET_MS, undefined)).toBeUndefined();
    expect(untold.snapshot(0)[0]?.resetMs).toBe(UNTOLD_RESET_MS);
  });

  test('of more limits than any provider has the first are kept', () => {
    const many = Array.from({ length: MAX_LIMITS + 3 }, (_, at) => requests({ name: `limit ${at}`, remaining: 60 }));
    const headroom = told(many);
    expect(headroom.snapshot(0)).toHaveLength(MAX_LIMITS);
    headroom.learn([requests({ name: 'limit 0', remaining: 7 })], undefined, 1);
    expect(headroom.snapshot(1)[0]?.remaining).toBe(7);
  });
});

test('a provider that counts as it says is never asked for more than it grants, however answers overtake each other', () => {
  const step = fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 60 }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 200 }), fc.integer({ min: 2, max: 12 }), (steps, limit) => {
      const headroom = new Headroom(NONE);
      const windowMs = 500;
      let now = 0;
      let windowAt = 0;
      let used = 0;
      let heardInWindow = false;
      let open: { at: number; request: number; remaining: number; windowAt: number }[] = [];
      for (const [wait, delay] of steps) {
        now += wait;
        for (const answer of open.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)) {
          // What a header says holds for the window it was told in; one of an older window tells its own reset.
          const resetMs = answer.windowAt + windowMs - answer.at;
          headroom.learn([requests({ limit, remaining: answer.remaining, resetMs })], answer.request, answer.at);
          heardInWindow ||= answer.windowAt === windowAt && answer.remaining < limit;
        }
        open = open.filter(({ at }) => at > now);
        if (now - windowAt >= windowMs) {
          windowAt = now - ((now - windowAt) % windowMs);
          used = 0;
          heardInWindow = false;
        }
        if (headroom.refusal(now, undefined)) continue;
        // Before the first answer of a window nobody can know; from then on the limit must hold.
        if (heardInWindow) expect(used).toBeLessThan(limit);
        const request = headroom.countSent();
        used += 1;
        open.push({ at: now + delay, request, remaining: Math.max(0, limit - used), windowAt });
      }
    }),
    { numRuns: 500 },
  );
});
