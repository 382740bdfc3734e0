import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_BREAKER } from '../../src/resilience/breaker.ts';
import { chatRequest, engine, route, routeTarget } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

const MINUTE = 60_000;
const DWELL_MINUTES = 3;
const RETURN_MINUTES = DEFAULT_BREAKER.returnDwellMs / MINUTE;
const SCORE = {
  weights: { latency: 0.9, failure: 3, cost: 0.1 },
  gain: 0.25,
  dwellMs: DWELL_MINUTES * MINUTE,
  windowMs: 5 * MINUTE,
  samples: 10,
};
const TARGETS = [routeTarget('alpha/one'), routeTarget('beta/two')];

type Weather = 'good' | 'failing' | 'slow';

const ok = (afterMs: number): Act => ({ kind: 'answer', text: 'x', afterMs });
const ACTS: Readonly<Record<Weather, Act>> = {
  good: ok(100),
  failing: { kind: 'status', status: 503 },
  slow: ok(500),
};

interface Minute {
  /** Who served most of its requests. */
  readonly by: string;
  /** Who stood first by the score at its end. */
  readonly first: number;
}

/** A request a second, each a conversation of its own; the primary's weather changes by the minute. */
async function play(weather: readonly Weather[], how: { seed: number; score: typeof SCORE | 'off' }) {
  let now: Weather = 'good';
  const world = engine({ 'alpha/one': () => ACTS[now], 'beta/two': () => ok(110) }, { seed: how.seed });
  const house = route(TARGETS, { score: how.score, attempts: 1 });
  const scores = world.deps.preference.scoresOf(house, 0);
  const minutes: Minute[] = [];
  let unserved = 0;
  for (const next of weather) {
    now = next;
    let byPrimary = 0;
    for (let second = 0; second < 60; second += 1) {
      const result = await world.clock.until(world.send(house, chatRequest()).result);
      if (result.kind !== 'served') unserved += 1;
      else if (result.summary.servedBy === 'alpha/one') byPrimary += 1;
      await world.clock.advance(1_000 - (world.clock.now() % 1_000));
    }
    minutes.push({ by: byPrimary > 30 ? 'alpha/one' : 'beta/two', first: scores?.first(world.clock.now()) ?? 0 });
  }
  return { minutes, unserved, moves: scores?.moves ?? 0, breaker: world.moves };
}

/** The minutes in which it is another than in the minute before. */
function switches<T>(minutes: readonly Minute[], of: (minute: Minute) => T): number[] {
  return minutes.flatMap((minute, at) => {
    const before = minutes[at - 1];
    return before === undefined || of(before) === of(minute) ? [] : [at];
  });
}

/** Most switches in as many minutes as a dwell has. */
function mostInADwell(at: readonly number[], dwell = DWELL_MINUTES): number {
  return Math.max(0, ...at.map((first) => at.filter((next) => next >= first && next < first + dwell).length));
}

const alternating = (bad: Weather, goodFor: number, badFor: number, minutes: number): Weather[] =>
  Array.from({ length: minutes }, (_, at) => (at % (goodFor + badFor) < goodFor ? 'good' : bad));

describe('good and bad minutes of the primary in turn, for hours', () => {
  it.each([
    [1, 1, 1],
    [1, 3, 2],
    [5, 5, 3],
  ])('slow ones: %i good, %i bad, seed %i: one switch a dwell at most', async (goodFor, badFor, seed) => {
    const { minutes, unserved } = await play(alternating('slow', goodFor, badFor, 120), { seed, score: SCORE });
    expect(unserved).toBe(0);
    const moved = switches(minutes, ({ by }) => by);
    expect(moved.length).toBeGreaterThan(0);
    expect(mostInADwell(moved)).toBe(1);
  });

  it.each([
    [1, 1, 1],
    [2, 2, 2],
  ])(
    'failing ones: %i good, %i bad, seed %i: the breaker serves the first of them, then nobody goes back and forth',
    async (goodFor, badFor, seed) => {
      const { minutes, unserved } = await play(alternating('failing', goodFor, badFor, 120), { seed, score: SCORE });
      expect(unserved).toBe(0);
      const settled = minutes.slice(4 * DWELL_MINUTES);
      expect(mostInADwell(switches(settled, ({ by }) => by))).toBeLessThanOrEqual(1);
      expect(switches(settled, ({ by }) => by).length).toBeLessThan(
        switches(minutes.slice(0, 4 * DWELL_MINUTES), ({ by }) => by).length,
      );
      expect(settled.filter(({ by }) => by === 'beta/two').length / settled.length).toBeGreaterThan(0.9);
    },
  );

  it.each([
    [1, 1, 1],
    [1, 3, 2],
    [2, 2, 3],
    [3, 1, 4],
    [4, 4, 5],
  ])(
    'without a score: %i good, %i failing, seed %i: whoever fails is left at once, and has everybody back once in a dwell',
    async (goodFor, badFor, seed) => {
      const weather = alternating('failing', goodFor, badFor, 120);
      const { minutes, unserved } = await play(weather, { seed, score: 'off' });
      expect(unserved).toBe(0);
      const returns = switches(minutes, ({ by }) => by).filter((at) => minutes[at]?.by === 'alpha/one');
      expect(mostInADwell(returns, RETURN_MINUTES)).toBeLessThanOrEqual(1);
    },
  );

  it('a primary that is good again for good has everybody back, once', async () => {
    const weather = [...alternating('slow', 1, 1, 30), ...Array<Weather>(30).fill('good')];
    const { minutes, moves } = await play(weather, { seed: 5, score: SCORE });
    expect(minutes.at(-1)).toEqual({ by: 'alpha/one', first: 0 });
    expect(moves).toBe(2);
  });

  it('whatever the weather, two moves of the score are a dwell apart', async () => {
    const weather = fc.array(fc.constantFrom<Weather>('good', 'failing', 'slow'), { minLength: 40, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(weather, fc.integer({ min: 1, max: 1_000 }), async (minutes, seed) => {
        const played = await play(minutes, { seed, score: SCORE });
        expect(played.unserved).toBe(0);
        expect(mostInADwell(switches(played.minutes, ({ first }) => first))).toBeLessThanOrEqual(1);
      }),
      { numRuns: 8 },
    );
  }, 60_000);
});
