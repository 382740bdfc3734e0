import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { structuralGrades } from '../../src/engine/grader.ts';
import { type Policy, RECOVERY_MODES, type Route } from '../../src/engine/route.ts';
import type { RequestOptions } from '../../src/model/chat-request.ts';
import type { DegradedReason } from '../../src/model/summary.ts';
import { chatRequest, engine, route, routeTarget } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

/** Every target gives the same text, so that a broken answer can be joined with another's. */
const TEXT = 'One, two, three, four.';
const IDS = ['alpha/one', 'beta/two', 'gamma/three'] as const;

const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Act>({ kind: 'answer', text: TEXT }) },
  { weight: 2, arbitrary: fc.constant<Act>({ kind: 'status', status: 503 }) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 0, max: 3 }).map((pieces): Act => {
      const fault = { kind: 'bad-response', what: 'cut', message: 'cut' } as const;
      return { kind: 'breaks', text: TEXT, pieces, fault };
    }),
  },
);

/** Nobody ever answers so: all but the last of a cascade are doubted. */
const NEVER_SURE = { ask: 'Are you sure?', accept: 'yes', maxTokens: 8, withinMs: 1_000 };

const policies: fc.Arbitrary<Policy> = fc.constantFrom<Policy>(
  { kind: 'hot-cold' },
  { kind: 'single' },
  { kind: 'quorum', size: 2, pick: 'first', share: 1, patienceMs: 100, grader: structuralGrades },
  { kind: 'quorum', size: 3, pick: 'best', share: 1, patienceMs: 100, grader: structuralGrades },
  { kind: 'cascade', stepBudgetMs: 5_000, onRefusal: 'escalate', selfCheck: NEVER_SURE },
  { kind: 'same-model', balance: 'weighted' },
  { kind: 'same-model', balance: 'fastest', hedge: { after: { ms: 50 }, budget: 1 } },
);

const worlds = fc.record({
  policy: policies,
  scripts: fc.tuple(acts, acts, acts),
  recovery: fc.constantFrom(...RECOVERY_MODES),
  parity: fc.constantFrom('none' as const, 'tolerant' as const),
  stream: fc.boolean(),
  whole: fc.boolean(),
  seed: fc.integer({ min: 1, max: 10_000 }),
});
type World = typeof worlds extends fc.Arbitrary<infer W> ? W : never;

function routeOf({ policy, recovery, parity, whole }: World): Route {
  const facts = [{ tier: 'frontier', region: 'eu' }, { tier: 'small', region: 'eu' }, { tier: 'frontier' }] as const;
  const shared = policy.kind === 'same-model' ? { sameModel: 'one' } : {};
  const targets = IDS.map((id, at) => routeTarget(id, { of: { ...facts[at], ...shared }, weight: 1 }));
  const none = route(targets).demands;
  return route(targets, {
    policy,
    recovery,
    attempts: 1,
    ...(whole && { hold: { kind: 'whole-answer' } }),
    demands: parity === 'none' ? none : { ...none, parity: { mode: 'tolerant', accepted: [] } },
  });
}

async function play(world: World, options: RequestOptions) {
  const made = engine(Object.fromEntries(IDS.map((id, at) => [id, () => world.scripts[at] ?? { kind: 'hang' }])), {
    seed: world.seed,
  });
  const seen = made.send(routeOf(world), chatRequest({ stream: world.stream }, options));
  const result = await made.clock.until(seen.result);
  const told = result.kind === 'served' ? result.summary.degraded : undefined;
  return { result, told: [seen.opened?.degraded, told], ledger: made.ledger };
}

describe('a caller who takes no degraded answers', () => {
  it('gets none of them, whatever the plan, the recovery and the faults', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const { told, result, ledger } = await play(world, { quality: 'strict' });
        expect(told).toEqual([undefined, undefined]);
        expect(ledger.ended[0]?.degraded).toBeUndefined();
        expect(['served', 'failed']).toContain(result.kind);
      }),
      { numRuns: 400, seed: 5 },
    );
  });

  it('would have been given every kind of them otherwise', async () => {
    const met = new Set<DegradedReason>();
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        for (const degraded of (await play(world, {})).told)
          for (const reason of degraded?.reasons ?? []) met.add(reason);
      }),
      { numRuns: 400, seed: 5 },
    );
    expect([...met].sort()).toEqual([
      'fallback',
      'lower-tier',
      'other-region',
      'parity-missing',
      'switched',
      'unconfident',
    ]);
  });
});

describe('a strict caller’s request that its primary cannot be told in full', () => {
  const lossy = { logit_bias: { 50256: -100 } };
  const other = { of: { dialect: 'anthropic-messages' } } as const;

  it('is sent to nobody, and the error says what would be lost', async () => {
    const world = engine({});
    const strict = chatRequest(lossy, { quality: 'strict' });
    const result = await world.clock.until(world.send(route([routeTarget('alpha/one', other)]), strict).result);
    expect(result).toMatchObject({
      kind: 'failed',
      failure: {
        code: 'no_eligible_target',
        status: 400,
        targets: [{ target: 'alpha/one', reason: 'quality-strict', message: expect.stringContaining('logit_bias') }],
      },
    });
    expect(world.upstream.requests).toHaveLength(0);
  });

  it('is sent where nothing is lost, and by everybody else with the loss told', async () => {
    const strict = { quality: 'strict' } as const;
    const same = engine({ 'alpha/one': () => ({ kind: 'answer', text: TEXT }) });
    const kept = same.send(route([routeTarget('alpha/one')]), chatRequest(lossy, strict));
    expect(await same.clock.until(kept.result)).toMatchObject({ kind: 'served' });
    const world = engine({ 'alpha/one': () => ({ kind: 'status', status: 503 }) });
    await world.clock.until(world.send(route([routeTarget('alpha/one', other)]), chatRequest(lossy)).result);
    expect(world.ledger.started[0]?.losses).toContainEqual(expect.objectContaining({ matters: true }));
  });
});
