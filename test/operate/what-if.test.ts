import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_DEMANDS } from '../../src/engine/demands.ts';
import type { Policy, Route } from '../../src/engine/route.ts';
import { parseNeeds } from '../../src/engine/stated-needs.ts';
import { type Outlook, whatIf } from '../../src/engine/what-if.ts';
import { UNKNOWN_CAPABILITIES } from '../../src/model/capability.ts';
import type { Usage } from '../../src/model/usage.ts';
import { chatRequest, engine, route, routeTarget } from '../kit/engine-kit.ts';

const TRI = ['yes', 'no', 'unknown'] as const;
const SHUT = ['open', 'drained', 'held', 'isolated', 'shut for the route'] as const;
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const someTarget = fc.record({
  tools: fc.constantFrom(...TRI),
  vision: fc.constantFrom(...TRI),
  streaming: fc.constantFrom(...TRI),
  window: fc.constantFrom(undefined, 4_000, 400_000),
  region: fc.constantFrom(undefined, 'eu', 'us'),
  retentionDays: fc.constantFrom(undefined, 0, 30),
  tier: fc.constantFrom(undefined, 'frontier' as const, 'small' as const),
  accepted: fc.boolean(),
  price: fc.constantFrom(undefined, 1, 3),
  shut: fc.option(fc.constantFrom(...SHUT), { nil: undefined, freq: 1 }),
  down: fc.boolean(),
});

const someWorld = fc.record({
  targets: fc.array(someTarget, { minLength: 1, maxLength: 4 }),
  policy: fc.constantFrom<Policy>(
    { kind: 'hot-cold' },
    { kind: 'single' },
    { kind: 'cascade', stepBudgetMs: 5_000, onRefusal: 'escalate' },
    { kind: 'same-model', balance: 'least-loaded' },
  ),
  parity: fc.constantFrom('none' as const, 'strict' as const),
  tier: fc.constantFrom('any' as const, 'same-or-better' as const),
  residency: fc.constantFrom(undefined, ['eu']),
  maxCostMultiple: fc.constantFrom(undefined, 2),
  needs: fc.record({
    tools: fc.boolean(),
    vision: fc.boolean(),
    streaming: fc.boolean(),
    long: fc.boolean(),
    region: fc.constantFrom(undefined, 'eu'),
    retention: fc.constantFrom(undefined, 0),
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
      case 'isolated':
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
          if (over.policy.kind !== 'same-model') expect(outlook.serves).toHaveLength(1);
        } else {
          refused += 1;
          expect(outlook.serves).toEqual([]);
        }
        if (result.kind === 'failed')
          expect(reasonsOf(outlook, down)).toEqual(reasonsTold(result.failure.targets, down));
      }),
      { numRuns: 500 },
    );
    // Neither side of the property may be idle.
    expect(served).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(50);
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
