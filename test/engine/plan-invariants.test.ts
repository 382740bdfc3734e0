import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { structuralGrades } from '../../src/engine/grader.ts';
import { BALANCES, type Hold, type Policy } from '../../src/engine/route.ts';
import { chatRequest, engine, route, routeTarget, textOf } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

/** Every target answers with its own letter, so that one foreign character in an answer is seen. */
const LETTERS = ['a', 'b', 'c'] as const;
type Letter = (typeof LETTERS)[number];
const TEXT = 24;
const idOf = (letter: Letter) => `${letter}/model`;
const wholeOf = (letter: Letter) => letter.repeat(TEXT);

const delay = fc.integer({ min: 0, max: 2_000 });
const acts = (letter: Letter): fc.Arbitrary<Act> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('answer' as const),
        text: fc.constant(wholeOf(letter)),
        afterMs: delay,
        gapMs: fc.integer({ min: 0, max: 400 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('status' as const),
        status: fc.constantFrom(400, 401, 404, 429, 500, 503),
        afterMs: delay,
      }),
    },
    { weight: 1, arbitrary: fc.constant<Act>({ kind: 'hang' }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('breaks' as const),
        text: fc.constant(wholeOf(letter)),
        pieces: fc.integer({ min: 0, max: 4 }),
        fault: fc.constant({ kind: 'bad-response' as const, what: 'cut' as const, message: 'cut' }),
      }),
    },
  );

const policies: fc.Arbitrary<Policy> = fc.oneof(
  fc.constant<Policy>({ kind: 'hot-cold' }),
  fc.record({
    kind: fc.constant('quorum' as const),
    size: fc.integer({ min: 2, max: 3 }),
    pick: fc.constantFrom('first' as const, 'best' as const),
    share: fc.constantFrom(0.5, 1),
    patienceMs: fc.integer({ min: 1, max: 3_000 }),
    grader: fc.constant(structuralGrades),
  }),
  fc.record(
    {
      kind: fc.constant('cascade' as const),
      stepBudgetMs: fc.integer({ min: 300, max: 5_000 }),
      onRefusal: fc.constant('escalate' as const),
      selfCheck: fc.constant({ ask: 'Is it right?', accept: 'a', maxTokens: 16, withinMs: 700 }),
    },
    { requiredKeys: ['kind', 'stepBudgetMs', 'onRefusal'] },
  ),
  fc.record(
    {
      kind: fc.constant('same-model' as const),
      balance: fc.constantFrom(...BALANCES),
      hedge: fc.record({
        after: fc.record({ ms: fc.integer({ min: 1, max: 1_500 }) }),
        budget: fc.constantFrom(0.5, 1),
      }),
    },
    { requiredKeys: ['kind', 'balance'] },
  ),
);

const worlds = fc.record({
  policy: policies,
  hold: fc.constantFrom<Hold>({ kind: 'first-content' }, { kind: 'tokens', count: 3 }, { kind: 'whole-answer' }),
  recovery: fc.constantFrom('error' as const, 'resume' as const),
  concurrency: fc.constantFrom(1, 2, 256),
  scripts: fc.record({
    a: fc.array(acts('a'), { minLength: 1, maxLength: 4 }),
    b: fc.array(acts('b'), { minLength: 1, maxLength: 4 }),
    c: fc.array(acts('c'), { minLength: 1, maxLength: 4 }),
  }),
  requests: fc.array(
    fc.record({
      stream: fc.boolean(),
      atMs: fc.integer({ min: 0, max: 3_000 }),
      leavesAfterMs: fc.option(fc.integer({ min: 0, max: 3_000 }), { freq: 5 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
});

async function play(drawn: typeof worlds extends fc.Arbitrary<infer T> ? T : never) {
  const script =
    (letter: Letter) =>
    (_: unknown, nth: number): Act => {
      const acts = drawn.scripts[letter];
      return acts[(nth - 1) % acts.length] ?? { kind: 'hang' };
    };
  const world = engine(
    { 'a/model': script('a'), 'b/model': script('b'), 'c/model': script('c') },
    { seed: drawn.seed },
  );
  const gate = { concurrency: drawn.concurrency, queue: 2, queueMs: 300 };
  const targets = LETTERS.map((letter) => routeTarget(idOf(letter), { gate, weight: 1 }));
  const used = route(targets, { policy: drawn.policy, hold: drawn.hold, recovery: drawn.recovery });
  const sent = drawn.requests.map(async ({ stream, atMs, leavesAfterMs }) => {
    await new Promise<void>((resolve) => world.clock.setTimer(atMs, resolve));
    const seen = world.send(used, chatRequest({ stream }));
    const cancel = leavesAfterMs === null ? undefined : world.clock.setTimer(leavesAfterMs, () => seen.gone.abort());
    const result = await seen.result;
    cancel?.();
    return { seen, result };
  });
  return { world, targets, outcomes: await world.clock.until(Promise.all(sent)) };
}

describe('whatever the policy, the faults, the delays and the callers that leave', () => {
  it('one answer comes from one target, every attempt is accounted, and nothing is left behind', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (drawn) => {
        const { world, targets, outcomes } = await play(drawn);
        const { ledger } = world;
        for (const { seen, result } of outcomes) {
          const text = textOf(seen.events);
          const switched = seen.events.some(({ type }) => type === 'switch');
          if (!switched) expect(new Set(text).size).toBeLessThanOrEqual(1);
          if (result.kind === 'served') {
            expect(text).toHaveLength(TEXT);
            if (!switched) expect(idOf(text[0] as Letter)).toBe(result.summary.servedBy);
            if (seen.opened && !switched) expect(seen.opened.servedBy).toBe(result.summary.servedBy);
          }
          expect(getEventListeners(seen.gone.signal, 'abort')).toHaveLength(0);
        }
        expect(world.clock.pending).toBe(0);
        expect([...world.upstream.active.values()].every((active) => active === 0)).toBe(true);
        for (const target of targets) {
          const { gate } = world.deps.lanes.of(target, world.clock.now());
          expect([gate.active, gate.waiting]).toEqual([0, 0]);
        }
        expect(ledger.ended).toHaveLength(outcomes.length);
        const rowOf = ({ requestId, seq }: { requestId: string; seq: number }) => `${requestId}#${seq}`;
        expect(ledger.attempts.map(rowOf).sort()).toEqual(ledger.started.map(rowOf).sort());
        expect(world.upstream.requests).toHaveLength(ledger.started.length);
        for (const { requestId, attempts, costUsd } of ledger.ended) {
          const rows = ledger.attempts.filter((row) => row.requestId === requestId);
          expect(rows).toHaveLength(attempts);
          const known = rows.every((row) => row.costUsd !== undefined);
          const sum = rows.reduce((total, row) => total + (row.costUsd ?? 0), 0);
          expect(costUsd).toEqual(known ? expect.closeTo(sum, 9) : undefined);
          expect(rows.filter(({ committed }) => committed).length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 400 },
    );
  });
});
