import { describe, expect, test } from 'vitest';
import type { Route } from '../engine/route.ts';
import { parseConfig } from './parse.ts';
import { SCORE_DEFAULTS, SCORE_WEIGHTS } from './preference-defaults.ts';
import { resolveConfig } from './resolve.ts';
import { problemsOf } from './test-kit.ts';

const file = (failover: string, more = '') => `providers: { openai: {}, anthropic: {} }
routes:
  a:
    targets: [openai/gpt-5.6, anthropic/claude-opus-5-5]
    failover: ${failover}
${more}`;

function routeOf(failover: string, more = ''): Route {
  const route = resolveConfig(parseConfig(file(failover, more), 'test')).routes.get('a');
  if (!route) throw new Error('the route is not there');
  return route;
}

describe('the score', () => {
  test.each(['{}', '{ score: off }'])('is off with %s', (failover) => expect(routeOf(failover).score).toBe('off'));

  test.each(['interactive', 'background', 'internal', 'critical'] as const)(
    'of a route of the workload %s has its weights',
    (workload) => {
      const { score } = routeOf('{ score: on }', `    workload: ${workload}\n`);
      expect(score).toEqual({ ...SCORE_DEFAULTS, weights: SCORE_WEIGHTS[workload] });
    },
  );

  test('takes every number of the operator', () => {
    const written = '{ gain: 0.4, dwell: 10m, window: 20m, samples: 50, weights: { latency: 2, failure: 0, cost: 1 } }';
    expect(routeOf(`{ score: ${written} }`).score).toEqual({
      gain: 0.4,
      dwellMs: 600_000,
      windowMs: 1_200_000,
      samples: 50,
      weights: { latency: 2, failure: 0, cost: 1 },
    });
  });

  test('keeps the weights that the operator did not write', () => {
    const { score } = routeOf('{ score: { weights: { cost: 0 } } }');
    expect(score).toMatchObject({ weights: { ...SCORE_WEIGHTS.interactive, cost: 0 } });
  });
});

describe('affinity', () => {
  const DEFAULT = { keepMs: 3_600_000, maxAgeMs: 1_800_000 };
  test.each([
    ['{}', DEFAULT],
    ['{ affinity: on }', DEFAULT],
    ['{ affinity: off }', 'off'],
    ['{ affinity: { keep: 5m } }', { ...DEFAULT, keepMs: 300_000 }],
    ['{ affinity: { maxAge: 2h } }', { ...DEFAULT, maxAgeMs: 7_200_000 }],
  ])('with %s', (failover, affinity) => expect(routeOf(failover).affinity).toEqual(affinity));
});

describe('what has no effect is refused', () => {
  test.each([
    ['{ score: on, policy: same-model }', 'score', 'has no effect with the policy same-model'],
    ['{ score: on, policy: cascade }', 'score', 'has no effect with the policy cascade'],
    ['{ affinity: { keep: 1h }, policy: cascade }', 'affinity', 'has no effect with the policy cascade'],
    ['{ score: { weights: { latency: 0, failure: 0, cost: 0 } } }', 'score.weights', 'leave every part out'],
  ])('%s', (failover, option, message) => {
    const problems = problemsOf(file(failover));
    expect(problems).toContainEqual(expect.objectContaining({ path: `routes.a.failover.${option}`, message }));
  });

  test('a score of one target', () => {
    const alone = 'providers: { openai: {} }\nroutes: { a: { targets: [openai/x], failover: { score: on } } }\n';
    const problem = { path: 'routes.a.failover.score', message: 'has no effect with one target' };
    expect(problemsOf(alone)).toMatchObject([problem]);
  });

  test('an affinity that is off is nothing that could have an effect', () => {
    expect(problemsOf(file('{ affinity: off, score: off, policy: cascade }'))).toEqual([]);
  });
});

test.each([
  ['{ score: { gain: 1 } }', 'score'],
  ['{ score: { dwell: 30s } }', 'score'],
  ['{ score: { samples: 0 } }', 'score'],
  ['{ score: fast }', 'score'],
  ['{ affinity: { keep: 1 } }', 'affinity'],
  ['{ affinity: always }', 'affinity'],
])('%s is refused', (failover, option) => {
  expect(problemsOf(file(failover)).some(({ path }) => path.startsWith(`routes.a.failover.${option}`))).toBe(true);
});
