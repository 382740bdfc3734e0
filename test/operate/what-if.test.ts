import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_DEMANDS } from '../../src/engine/demands.ts';
import { structuralGrades } from '../../src/engine/grader.ts';
import type { Policy, Route } from '../../src/engine/route.ts';
import { Spending } from '../../src/engine/spending.ts';
import { parseNeeds } from '../../src/engine/stated-needs.ts';
import { type Outlook, whatIf } from '../../src/engine/what-if.ts';
import { UNKNOWN_CAPABILITIES } from '../../src/model/capability.ts';
import type { Usage } from '../../src/model/usage.ts';
import { chatRequest, engine, route, routeTarget } from '../kit/engine-kit.ts';

const TRI = ['yes', 'no', 'unknown'] as const;
const SHUT = ['open', 'drained', 'held', 'shut for the route'] as const;
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Worlds in which nobody may serve are easily made, and tell little. */
const mostly = (usual: boolean) => fc.constantFrom(usual, usual, usual, !usual);
const seldom = <T>(value: T) => fc.constantFrom(undefined, undefined, undefined, value);

const someTarget = fc.record({
  tools: fc.constantFrom(...TRI),
  vision: fc.constantFrom(...TRI),
  streaming: fc.constantFrom(...TRI),
  window: fc.constantFrom(undefined, 4_000, 400_000),
  region: fc.constantFrom(undefined, 'eu', 'eu', 'us'),
  retentionDays: fc.constantFrom(undefined, 0, 0, 30),
  tier: fc.constantFrom(undefined, 'frontier' as const, 'small' as const),
  accepted: mostly(true),
  price: fc.constantFrom(undefined, 1, 1, 3),
  shut: seldom('shut').chain((is) => (is ? fc.constantFrom(...SHUT) : fc.constant(undefined))),
  down: mostly(false),
});

const someWorld = fc.record({
  targets: fc.array(someTarget, { minLength: 1, maxLength: 4 }),
  policy: fc.constantFrom<Policy>(
    { kind: 'hot-cold' },
    { kind: 'single' },
    { kind: 'cascade', stepBudgetMs: 5_000, onRefusal: 'escalate' },
    { kind: 'same-model', balance: 'least-loaded' },
  ),
  parity: fc.constantFrom('none' as const, 'none' as const, 'strict' as const),
  tier: fc.constantFrom('any' as const, 'any' as const, 'same-or-better' as const),
  residency: seldom(['eu']),
  maxCostMultiple: seldom(2),
  needs: fc.record({
    tools: mostly(false),
    vision: mostly(false),
    streaming: mostly(false),
    long: mostly(false),
    region: seldom('eu'),
    retention: seldom(0),
  }),
});
type World = typeof someWorld extends fc.Arbitrary<infer W> ? W : never;

const idOf = (at: number) => `p${at}/m`;

function routeOf({ targets, policy, parity, tier, residency, maxCostMultiple }: World): Route {
  const made = targets.map((one, at) =>
    routeTarget(idOf(at), {
      of: {
        ...(one.region && { region: one.region }),
        ...(one.retentionDays !== undefined && { retentionDays: one.retentionDays }),
        ...(one.tier && { tier: one.tier }),
        sameModel: 'm',
        capabilities: {
          abilities: {
            ...UNKNOWN_CAPABILITIES.abilities,
            tools: one.tools,
            vision: one.vision,
            streaming: one.streaming,
          },
          ...(one.window !== undefined && { contextWindow: one.window }),
        },
      },
    }),
  );
  const accepted = targets.flatMap((one, at) => (one.accepted ? [{ target: idOf(at), reason: 'tried by hand' }] : []));
  return route(made, {
    policy,
    attempts: 1,
    demands: {
      ...NO_DEMANDS,
      tier,
      parity: parity === 'none' ? { mode: 'none' } : { mode: 'strict', accepted, allowUnknown: false },
      ...(residency && { residency }),
      ...(maxCostMultiple && { spending: { maxCostMultiple, unknownPrice: 'refuse' } }),
    },
  });
}

const LONG = 50_000;

function needText({ needs }: World): string {
  return [
    ...(['tools', 'vision', 'streaming'] as const).filter((name) => needs[name]),
    ...(needs.long ? [`context=${LONG / 1_000}k`] : []),
    ...(needs.region ? [`region=${needs.region}`] : []),
    ...(needs.retention === undefined ? [] : [`retention=${needs.retention}`]),
  ].join(',');
}

/** A real request with the same needs. */
function requestWith({ needs }: World) {
  const text = needs.long ? 'word '.repeat(LONG) : 'Say it.';
  const content = needs.vision
    ? [
        { type: 'text', text },
        { type: 'image_url', image_url: { url: PIXEL } },
      ]
    : text;
  const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];
  return chatRequest(
    { messages: [{ role: 'user', content }], stream: needs.streaming, ...(needs.tools && { tools }) },
    {
      ...(needs.region && { residency: [needs.region] }),
      ...(needs.retention !== undefined && { maxRetentionDays: needs.retention }),
    },
  );
}

function build(world: World) {
  const down = world.targets.flatMap((one, at) => (one.down ? [`p${at}`] : []));
  const scripts = Object.fromEntries(
    world.targets.map((one, at) => [
      idOf(at),
      () => (one.down ? { kind: 'status' as const, status: 503 } : { kind: 'answer' as const, text: 'Here.' }),
    ]),
  );
  const built = engine(scripts);
  const price = ({ id }: { id: string }, usage: Usage) => {
    const each = world.targets[Number(id.slice(1, id.indexOf('/')))]?.price;
    return each === undefined ? undefined : each * ((usage.inputTokens ?? 0) + (usage.outputTokens ?? 0));
  };
  Object.assign(built.deps, { price });
  const over = routeOf(world);
  for (const [at, one] of world.targets.entries()) {
    const target = over.targets[at];
    if (!target) continue;
    const lane = built.deps.lanes.of(target, 0);
    switch (one.shut) {
      case 'open':
        lane.openFor(0, 60_000);
        break;
      case 'drained':
        lane.drain(0, 60_000);
        break;
      case 'held':
        lane.holdFor(0, 60_000, 'held by an operator');
        break;
      case 'shut for the route':
        lane.shutFor(over.name, 0, 60_000, 'parity lost');
        break;
      case undefined:
        break;
    }
  }
  return { ...built, over, down };
}

describe('who what-if names is who serves', () => {
  it('for any route, need and outage that breakers have seen', async () => {
    let served = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(someWorld, async (world) => {
        const { clock, deps, send, over, down } = build(world);
        const outlook = whatIf({ route: over, needs: parseNeeds(needText(world)), down }, deps);
        // As in the second minute of an outage.
        for (const target of over.targets) {
          const lane = deps.lanes.of(target, clock.now());
          if (down.includes(target.target.provider)) lane.openFor(clock.now(), 60_000);
        }
        const result = await clock.until(send(over, requestWith(world)).result);
        if (result.kind === 'served') {
          served += 1;
          expect(outlook.serves).toContain(result.summary.servedBy);
          if (over.policy.kind !== 'same-model' && !outlook.panic) expect(outlook.serves).toHaveLength(1);
        } else {
          refused += 1;
          // Who is asked although all are shut is drawn: it may be one that is down.
          if (!outlook.panic) expect(outlook.serves).toEqual([]);
        }
        if (result.kind === 'failed')
          expect(reasonsOf(outlook, down)).toEqual(reasonsTold(result.failure.targets, down));
      }),
      { numRuns: 500 },
    );
    // Neither side of the property may be idle.
    expect(served).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(20);
  }, 60_000);

  it('and asking changes nothing: lanes, spending and preference are as before', () => {
    fc.assert(
      fc.property(someWorld, (world) => {
        const { clock, deps, over, down } = build(world);
        const ask = () => whatIf({ route: over, needs: parseNeeds(needText(world)), down: [] }, deps);
        const first = ask();
        const before = JSON.stringify(deps.lanes.snapshots(clock.now()));
        whatIf({ route: over, needs: parseNeeds(''), down, moment: { at: 5, lanes: new Map() } }, deps);
        whatIf({ route: over, needs: parseNeeds(''), down }, deps);
        expect(JSON.stringify(deps.lanes.snapshots(clock.now()))).toBe(before);
        expect(ask()).toEqual(first);
      }),
      { numRuns: 100 },
    );
  });
});

function reasonsOf({ targets }: Outlook, down: readonly string[]): [string, string | undefined][] {
  const told = targets.map(({ target, reason }): [string, string | undefined] => [target, reason]);
  return told.filter(([target]) => !down.includes(target.slice(0, target.indexOf('/')))).sort();
}

function reasonsTold(targets: readonly { target: string; reason: string }[], down: readonly string[]) {
  const told = targets.map(({ target, reason }): [string, string] => [target, reason]);
  return told.filter(([target]) => !down.includes(target.slice(0, target.indexOf('/')))).sort();
}

const A = routeTarget('a/1');
const B = routeTarget('b/1');
const C = routeTarget('c/1');
const NOTHING = parseNeeds('');

describe('what the policy makes of it', () => {
  it('a quorum asks several of a share of the requests, and not those that are down', () => {
    const { deps } = engine({});
    const grader = structuralGrades;
    const policy = { kind: 'quorum', size: 2, pick: 'first', share: 0.1, patienceMs: 0, grader } as const;
    const over = route([A, B, C], { policy });
    expect(whatIf({ route: over, needs: NOTHING, down: [] }, deps)).toMatchObject({
      serves: ['a/1'],
      together: ['a/1', 'b/1'],
    });
    expect(whatIf({ route: over, needs: NOTHING, down: ['a'] }, deps)).toMatchObject({
      serves: ['b/1'],
      together: ['b/1', 'c/1'],
    });
  });

  it('hosts of one model may all be first, those without weight only when the others fail', () => {
    const { deps } = engine({});
    const spare = routeTarget('c/1', { weight: 0 });
    const over = route([A, B, spare], { policy: { kind: 'same-model', balance: 'weighted' } });
    const serves = (down: string[]) => whatIf({ route: over, needs: NOTHING, down }, deps).serves;
    expect(serves([])).toEqual(['a/1', 'b/1']);
    expect(serves(['a', 'b'])).toEqual(['c/1']);
  });

  it('a single target has nobody behind it', () => {
    const { deps } = engine({});
    const over = route([A, B], { policy: { kind: 'single' } });
    expect(whatIf({ route: over, needs: NOTHING, down: ['a/1'] }, deps)).toMatchObject({
      serves: [],
      targets: [{ target: 'a/1', verdict: 'out', reason: 'down' }],
    });
  });

  it('a target that is too slow for its route stands by with the reason, and serves when the others are down', () => {
    const { deps } = engine({});
    for (let n = 0; n < 30; n += 1) deps.lanes.of(A, 0).latency.firstContent.record(4_000, 0);
    const over = route([A, B], { demands: { ...NO_DEMANDS, maxFirstContentMs: 1_000 } });
    const ask = (down: string[]) => whatIf({ route: over, needs: parseNeeds('streaming'), down }, deps);
    expect(ask([])).toMatchObject({
      serves: ['b/1'],
      targets: [{ target: 'b/1' }, { target: 'a/1', verdict: 'stands-by', reason: 'latency-class' }],
    });
    expect(ask(['b']).serves).toEqual(['a/1']);
  });

  it('when every breaker is open one of them is asked all the same, unless it is supposed to be down', () => {
    const { deps } = engine({});
    for (const target of [A, B]) deps.lanes.of(target, 0).openFor(0, 60_000);
    const over = route([A, B]);
    const ask = (down: string[]) => whatIf({ route: over, needs: NOTHING, down }, deps);
    expect(ask([])).toMatchObject({ serves: ['a/1', 'b/1'], panic: true });
    expect(ask(['a'])).toMatchObject({ serves: ['b/1'], panic: true });
    expect(ask(['a', 'b'])).toMatchObject({ serves: [], panic: false });
  });
});

it('the limits of the caller that is asked for count', () => {
  const { deps } = engine({});
  const limits = { spending: { perHourUsd: 0.5, unknownPrice: 'refuse' } } as const;
  Object.assign(deps, { spending: new Spending(new Map([['broke', limits]])), price: () => 1 });
  const ask = (caller: string) => whatIf({ route: route([A, B]), needs: NOTHING, down: [], caller }, deps);
  expect(ask('rich').serves).toEqual(['a/1']);
  expect(ask('broke')).toMatchObject({ serves: [], targets: [{ reason: 'budget' }, { reason: 'budget' }] });
});

describe('what the fallback would cost and carry', () => {
  const peak = { at: 0, attempts: 60, active: 40, tokens: 90_000 };
  const dear = (usage: Usage) => ((usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)) / 1e6;

  function priced() {
    const { deps } = engine({});
    Object.assign(deps, { price: (of: { id: string }, usage: Usage) => dear(usage) * (of.id === 'b/1' ? 3 : 1) });
    return deps;
  }

  it('is told for a thousand requests, beside the primary', () => {
    const outlook = whatIf({ route: route([A, B]), needs: parseNeeds('context=7k,output=3k'), down: ['a'] }, priced());
    expect(outlook.targets.map(({ cost }) => cost)).toEqual([
      { inputTokens: 7_000, outputTokens: 3_000, perThousandUsd: 10, multiple: 1 },
      { inputTokens: 7_000, outputTokens: 3_000, perThousandUsd: 30, multiple: 3 },
    ]);
    const unknown = engine({});
    Object.assign(unknown.deps, { price: () => undefined });
    expect(whatIf({ route: route([A, B]), needs: NOTHING, down: [] }, unknown.deps).targets[0]?.cost).toMatchObject({
      perThousandUsd: null,
      multiple: null,
    });
  });

  it('and which budget breaks when it carries the peak', () => {
    const spending = { perHourUsd: 100, perDayUsd: 200, perIncidentUsd: 36, unknownPrice: 'refuse' } as const;
    const over = route([A, B], { demands: { ...NO_DEMANDS, spending } });
    const { budgets } = whatIf({ route: over, needs: parseNeeds('context=7k,output=3k'), down: ['a'], peak }, priced());
    // 60 requests a minute of 3 cents are $1.80, of which $1.20 come on top of what the primary would have cost.
    expect(budgets).toEqual([
      { name: 'an hour', limitUsd: 100, wouldCostUsd: expect.closeTo(108), lastsMinutes: expect.closeTo(55.56, 1) },
      { name: 'a day', limitUsd: 200, wouldCostUsd: expect.closeTo(2_592), lastsMinutes: expect.closeTo(111.1, 1) },
      { name: 'an incident', limitUsd: 36, wouldCostUsd: expect.closeTo(72), lastsMinutes: expect.closeTo(30) },
    ]);
    const calm = whatIf({ route: over, needs: NOTHING, down: [], peak }, priced());
    expect(calm.budgets.map(({ lastsMinutes }) => lastsMinutes)).toEqual([null, null, null]);
    expect(whatIf({ route: over, needs: NOTHING, down: ['a'] }, priced()).budgets[0]).toMatchObject({
      wouldCostUsd: null,
    });
  });

  it('and whether it has room for the peak', () => {
    const small = routeTarget('b/1', { gate: { concurrency: 20, queue: 0, queueMs: 0 } });
    const { targets } = whatIf({ route: route([A, small]), needs: NOTHING, down: ['a'], peak }, priced());
    expect(targets.map(({ headroom }) => headroom)).toMatchObject([
      { enough: true },
      { enough: false, limits: [{ name: 'concurrency', limit: 20, left: 20, peak: 40 }] },
    ]);
    const { targets: unknown } = whatIf({ route: route([A, small]), needs: NOTHING, down: ['a'] }, priced());
    expect(unknown[1]?.headroom.enough).toBeNull();
  });
});
