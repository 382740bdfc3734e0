import { expect, test } from 'vitest';
import { NO_DEMANDS } from '../../src/engine/demands.ts';
import { type CapabilityName, type Tri, UNKNOWN_CAPABILITIES } from '../../src/model/capability.ts';
import type { Target } from '../../src/model/target.ts';
import { chatRequest, engine, route, routeTarget } from '../kit/engine-kit.ts';
import { PIXEL } from '../kit/pixel.ts';
import { seededChance } from '../kit/seeded-chance.ts';

/** Everything that a model card may say, and everything that a request or its route may ask. */
const DIMENSIONS = {
  tools: ['yes', 'no', 'unknown'],
  vision: ['yes', 'no', 'unknown'],
  streaming: ['yes', 'no', 'unknown'],
  window: [3_000, 100_000, undefined],
  region: ['eu', 'us', undefined],
  retentionDays: [0, 30, undefined],
  languages: ['de', 'en', undefined],
  tier: ['frontier', 'small', undefined],
  asksTools: [true, false],
  asksVision: [true, false],
  asksStream: [true, false],
  asksLong: [true, false],
  asksRegion: ['route', 'request', undefined],
  asksRetention: ['route', 'request', undefined],
  asksLanguage: ['route', 'request', undefined],
  asksTier: [true, false],
} as const;
type Dimension = keyof typeof DIMENSIONS;
type World = { readonly [D in Dimension]: (typeof DIMENSIONS)[D][number] };
const NAMES = Object.keys(DIMENSIONS) as Dimension[];
const valuesOf = (name: Dimension): readonly unknown[] => DIMENSIONS[name];

/** One world for every pair of values of every two dimensions; what is left open is drawn. */
function* worlds(): Generator<World> {
  const chance = seededChance(13);
  const draw = (name: Dimension) => {
    const values = valuesOf(name);
    return values[Math.floor(chance.next() * values.length)];
  };
  for (const [at, first] of NAMES.entries()) {
    for (const second of NAMES.slice(at + 1)) {
      for (const one of valuesOf(first)) {
        for (const other of valuesOf(second)) {
          const drawn = Object.fromEntries(NAMES.map((name) => [name, draw(name)]));
          yield { ...drawn, [first]: one, [second]: other } as unknown as World;
        }
      }
    }
  }
}

function targetOf(world: World): Partial<Target> {
  const abilities: Record<CapabilityName, Tri> = {
    ...UNKNOWN_CAPABILITIES.abilities,
    tools: world.tools,
    vision: world.vision,
    streaming: world.streaming,
  };
  return {
    capabilities: { abilities, ...(world.window !== undefined && { contextWindow: world.window }) },
    ...(world.region !== undefined && { region: world.region }),
    ...(world.retentionDays !== undefined && { retentionDays: world.retentionDays }),
    ...(world.languages !== undefined && { languages: [world.languages] }),
    ...(world.tier !== undefined && { tier: world.tier }),
  };
}

function requestOf(world: World) {
  const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } };
  const text = world.asksLong ? 'word '.repeat(10_000) : 'Say it.';
  const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}`, detail: 'low' } };
  const content = world.asksVision ? [{ type: 'text', text }, image] : text;
  return chatRequest(
    { messages: [{ role: 'user', content }], stream: world.asksStream, ...(world.asksTools && { tools: [tool] }) },
    {
      ...(world.asksRegion === 'request' && { residency: ['eu'] }),
      ...(world.asksRetention === 'request' && { maxRetentionDays: 7 }),
      ...(world.asksLanguage === 'request' && { languages: ['de'] }),
    },
  );
}

function demandsOf(world: World) {
  return {
    ...NO_DEMANDS,
    ...(world.asksRegion === 'route' && { residency: ['eu'] }),
    ...(world.asksRetention === 'route' && { maxRetentionDays: 7 }),
    ...(world.asksLanguage === 'route' && { languages: ['de'] }),
    ...(world.asksTier && { tier: 'same-or-better' as const }),
  };
}

/** What may not be, said once more and apart from the code under test. */
function breaches(world: World): string[] {
  return [
    world.asksTools && world.tools === 'no' ? 'capability(tools)' : '',
    world.asksVision && world.vision === 'no' ? 'capability(vision)' : '',
    world.asksStream && world.streaming === 'no' ? 'capability(streaming)' : '',
    world.asksLong && world.window === 3_000 ? 'context-window' : '',
    world.asksRegion && world.region !== 'eu' ? 'residency' : '',
    world.asksRetention && world.retentionDays !== 0 ? 'retention' : '',
    world.asksLanguage && world.languages === 'en' ? 'language' : '',
    world.asksTier && world.tier === 'small' ? 'tier' : '',
  ].filter((breach) => breach !== '');
}

test('for every pair of what a card says and a request asks: served within the constraints, or left out with one of the reasons', async () => {
  let served = 0;
  let left = 0;
  for (const world of worlds()) {
    const primary = routeTarget('alpha/one', { of: { tier: 'frontier', region: 'eu', retentionDays: 0 } });
    const house = route([primary, routeTarget('beta/two', { of: targetOf(world) })], {
      attempts: 1,
      demands: demandsOf(world),
    });
    const { clock, ledger, upstream, send } = engine({
      'alpha/one': () => ({ kind: 'status', status: 503 }),
      'beta/two': () => ({ kind: 'answer', text: 'yes' }),
    });
    const result = await clock.until(send(house, requestOf(world)).result);
    const expected = breaches(world);
    const skip = ledger.ended[0]?.decisions.find((step) => step.type === 'skipped' && step.target === 'beta/two');
    if (expected.length === 0) {
      expect(result, JSON.stringify(world)).toMatchObject({ kind: 'served', summary: { servedBy: 'beta/two' } });
      served += 1;
    } else {
      expect(upstream.to('beta/two'), JSON.stringify(world)).toHaveLength(0);
      expect(expected, JSON.stringify(world)).toContain(skip?.type === 'skipped' ? skip.reason : undefined);
      left += 1;
    }
  }
  expect(served).toBeGreaterThan(50);
  expect(left).toBeGreaterThan(300);
}, 60_000);
