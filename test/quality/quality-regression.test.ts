import { describe, expect, it } from 'vitest';
import { QualityHealth } from '../../src/engine/quality-health.ts';
import type { QualityMoved, QualityPolicy } from '../../src/engine/quality-watch.ts';
import { chatRequest, engine, route, routeTarget } from '../kit/engine-kit.ts';
import { seededChance } from '../kit/seeded-chance.ts';

const POLICY: QualityPolicy = {
  sources: ['contract', 'feedback', 'shadow'],
  margin: 0.02,
  learnFrom: 500,
  scoresPerFalseAlarm: 1_000_000,
  shutMs: 900_000,
};
const PRIMARY = 'alpha/one';
const [A, B] = [routeTarget(PRIMARY), routeTarget('beta/two')];
const over = { qualityWatch: POLICY, hold: { kind: 'whole-answer' } } as const;
const REPLY = route([A, B], over);
const OTHER = route([A, B], { ...over, name: 'other' });
const SCHEMA = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
const asked = () =>
  chatRequest({ response_format: { type: 'json_schema', json_schema: { name: 'reply', schema: SCHEMA } } });

/** The real engine in virtual time; answers of the primary keep the contract, but a share of those for `reply`. */
function house(seed: number) {
  const chance = seededChance(seed);
  const state = { broken: 0, route: '' };
  const moved: QualityMoved[] = [];
  const world = engine(
    {
      [PRIMARY]: () => {
        const broken = state.route === 'reply' && chance.next() < state.broken;
        return { kind: 'answer', text: broken ? '{"result":true}' : '{"ok":true}' };
      },
      'beta/two': () => ({ kind: 'answer', text: '{"ok":true}' }),
    },
    { observer: { qualityMoved: (info) => moved.push(info) } },
  );
  const routes = new Map([REPLY, OTHER].map((one) => [one.name, one]));
  const { lanes, parity, alerts, observer } = world.deps;
  const quality = new QualityHealth({ lanes, parity, alerts, observer, routeOf: (name) => routes.get(name) });
  Object.assign(world.deps, { quality });
  const ask = async (over = REPLY) => {
    state.route = over.name;
    const result = await world.clock.until(world.send(over, asked()).result);
    return result.kind === 'served' ? result.summary.servedBy : result.kind;
  };
  return { world, state, moved, quality, ask };
}

describe('one in ten answers of the primary breaks the contract', () => {
  it('shuts its lane for that route alone within a bounded number of requests; it comes back by a trial', async () => {
    const { world, state, moved, quality, ask } = house(7);
    for (let i = 0; i < 600; i += 1) expect([await ask(), await ask(OTHER)]).toEqual([PRIMARY, PRIMARY]);
    state.broken = 0.1;
    let until = 0;
    while (moved.length === 0 && until < 1_000) {
      await ask();
      await ask(OTHER);
      until += 1;
    }
    process.stdout.write(`quality regression: the lane was shut after ${until} requests\n`);
    expect(until).toBeLessThan(600);
    expect(moved).toMatchObject([{ to: 'fell', route: 'reply', target: PRIMARY, source: 'contract', shutMs: 900_000 }]);
    expect(world.alerts).toMatchObject([{ kind: 'quality-fell', target: PRIMARY, route: 'reply' }]);
    expect([await ask(), await ask(OTHER)]).toEqual(['beta/two', PRIMARY]);
    const skipped = world.ledger.ended.at(-2)?.decisions.find(({ type }) => type === 'skipped');
    expect(skipped).toMatchObject({ target: PRIMARY, reason: 'quality' });

    await world.clock.advance(900_001);
    let again = 0;
    while (moved.length < 3 && again < 1_000) {
      await ask();
      again += 1;
    }
    expect(moved.map(({ to }) => to)).toEqual(['fell', 'trial', 'fell']);
    expect(moved.at(-1)?.shutMs).toBe(1_800_000);
    expect(again).toBeLessThan(200);

    state.broken = 0;
    world.deps.lanes.of(A, world.clock.now()).close(world.clock.now());
    for (let i = 0; i < 200; i += 1) expect(await ask()).toBe(PRIMARY);
    expect(moved.slice(3).map(({ to }) => to)).toEqual(['trial', 'recovered']);
    expect(quality.rows().find((row) => row.route === 'reply' && row.target === PRIMARY)).toMatchObject({
      state: 'watched',
    });
    expect(moved.every((one) => one.route === 'reply')).toBe(true);
  });

  it('is an alert alone where nobody else could serve', async () => {
    const { world, state, moved, ask } = house(3);
    world.deps.lanes.of(B, 0).drain(0, 86_400_000);
    for (let i = 0; i < 500; i += 1) await ask();
    state.broken = 0.2;
    for (let i = 0; i < 1_000 && moved.length === 0; i += 1) await ask();
    expect(moved).toMatchObject([{ to: 'fell' }]);
    expect(moved[0]).not.toHaveProperty('shutMs');
    expect(world.alerts).toMatchObject([{ kind: 'quality-fell' }]);
    state.broken = 0;
    expect(await ask()).toBe(PRIMARY);
  });
});
