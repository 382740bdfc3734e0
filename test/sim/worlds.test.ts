import { describe, expect, test } from 'vitest';
import { drawWorld } from './draw-world.ts';
import { runWorld } from './run-world.ts';
import { shrink } from './shrink.ts';
import { storyOf } from './story.ts';

/** Seeds in one test; `npm run sim` goes through thousands more. */
const WORLDS = 500;
const TIMEOUT_MS = 300_000;

describe('every invariant holds', () => {
  test.each([1, 501, 1_001, 1_501])(
    `in the ${WORLDS} worlds from seed %i on`,
    async (first) => {
      for (let seed = first; seed < first + WORLDS; seed += 1) {
        const report = await runWorld(drawWorld(seed));
        expect(report.violations, storyOf(report).join('\n')).toEqual([]);
      }
    },
    TIMEOUT_MS,
  );
});

test('a seed replays exactly', async () => {
  const lives = [await runWorld(drawWorld(44)), await runWorld(drawWorld(44))];
  const [one, other] = lives.map(({ world, tally }) => ({
    tally,
    moves: world.moves,
    rows: [...world.ledger.rows.values()],
  }));
  expect(one?.tally.requests).toBeGreaterThan(20);
  expect(one).toEqual(other);
});

test('two seeds are two worlds', () => {
  expect(drawWorld(1)).not.toEqual(drawWorld(2));
});

describe('a world in which something breaks', () => {
  // Said to be calm, and it is not: requests fail over where nothing is supposed to fail.
  const broken = async () => {
    for (let seed = 1; ; seed += 1) {
      const report = await runWorld({ ...drawWorld(seed), calm: true });
      if (report.violations.some(({ invariant }) => invariant === 'calm-is-primary')) return report;
    }
  };

  test('is made smaller, and breaks the same invariant', async () => {
    const report = await broken();
    const small = await shrink(report);
    expect(small.world.plan.requests.length).toBeLessThanOrEqual(3);
    expect(small.violations[0]?.invariant).toBe(report.violations[0]?.invariant);
  });

  test('tells what happened to the request and to its lanes', async () => {
    const report = await broken();
    const story = storyOf(await shrink(report)).join('\n');
    const [violation] = report.violations;
    expect(story).toContain(`World ${report.world.plan.seed}:`);
    expect(story).toContain(`BROKEN ${violation?.invariant} at `);
    expect(story).toContain('Course');
    expect(story).toContain('Lanes');
  });
});
