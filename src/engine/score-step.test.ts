import { describe, expect, test } from 'vitest';
import { engine, route, routeTarget } from '../../test/kit/engine-kit.ts';
import type { Act } from '../../test/kit/scripted-upstream.ts';
import type { ScorePolicy } from '../resilience/score.ts';

const SCORE: ScorePolicy = {
  weights: { latency: 1, failure: 1, cost: 1 },
  gain: 0.25,
  dwellMs: 60_000,
  windowMs: 300_000,
  samples: 1,
};
const house = route([routeTarget('alpha/one'), routeTarget('beta/two')], { score: SCORE, attempts: 1 });

/** What is known of both targets once these were played, one a request. */
async function readings(acts: readonly Act[]) {
  const world = engine({
    'alpha/one': (_, nth) => acts[nth - 1] ?? { kind: 'answer', text: 'x' },
    'beta/two': () => ({ kind: 'answer', text: 'x', afterMs: 300 }),
  });
  for (const _ of acts) await world.clock.until(world.send(house).result);
  await world.clock.advance(60_000);
  const scores = world.deps.preference.scoresOf(house, world.clock.now());
  scores?.first(world.clock.now());
  return { readings: scores?.told.readings, world };
}

describe('an attempt', () => {
  test('that is answered counts with its latency and its price', async () => {
    const { readings: [alpha] = [] } = await readings([{ kind: 'answer', text: 'x', afterMs: 200 }]);
    expect(alpha).toMatchObject({ samples: 1, failedShare: 0 });
    expect(alpha?.firstContent.meanMs).toBeCloseTo(200);
    expect(alpha?.usdPerThousandTokens).toBeCloseTo((0.005 / 15) * 1_000);
  });

  test.each([
    ['a server error', { kind: 'status', status: 503 }],
    ['a rate limit', { kind: 'status', status: 429, headers: { 'retry-after': '1' } }],
    ['a quota that is used up', { kind: 'status', status: 402 }],
    ['a refused credential', { kind: 'status', status: 401 }],
  ] as [string, Act][])('that meets %s counts as failed, and its stand-in as answered', async (_name, act) => {
    const { readings: [alpha, beta] = [] } = await readings([act]);
    expect(alpha).toMatchObject({ samples: 1, failedShare: 1 });
    expect(beta).toMatchObject({ samples: 1, failedShare: 0 });
  });

  test('that is the caller’s own mistake counts neither way', async () => {
    const { readings: [alpha] = [] } = await readings([{ kind: 'status', status: 400 }]);
    expect(alpha).toMatchObject({ samples: 0 });
  });
});

test('a request that finds the lane of its target held counts as failed', async () => {
  const limited: Act = { kind: 'status', status: 429, headers: { 'retry-after': '30' } };
  const { readings: [alpha, beta] = [] } = await readings([limited, limited, limited]);
  expect(alpha).toMatchObject({ samples: 3, failedShare: 1 });
  expect(beta).toMatchObject({ samples: 3 });
});

test('a request that finds the breaker open counts as failed', async () => {
  const down: Act = { kind: 'status', status: 503 };
  const { readings: [alpha] = [], world } = await readings(Array<Act>(9).fill(down));
  expect(world.upstream.to('alpha/one').length).toBeLessThan(9);
  expect(alpha).toMatchObject({ samples: 9, failedShare: 1 });
});
