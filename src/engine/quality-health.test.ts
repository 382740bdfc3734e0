import { describe, expect, it } from 'vitest';
import { engine, route, routeTarget } from '../../test/kit/engine-kit.ts';
import { seededChance } from '../../test/kit/seeded-chance.ts';
import type { Parity } from './parity.ts';
import { MAX_QUALITY_SERIES, QualityHealth } from './quality-health.ts';
import type { QualityPolicy, QualitySample } from './quality-watch.ts';
import type { Route } from './route.ts';

const POLICY: QualityPolicy = {
  sources: ['contract', 'feedback', 'shadow'],
  margin: 0.02,
  learnFrom: 100,
  scoresPerFalseAlarm: 100_000,
  shutMs: 60_000,
};
const [A, B] = [routeTarget('alpha/one'), routeTarget('beta/two')];

function watchOver(over: Partial<Route> = {}, parity: Partial<Parity> = {}) {
  const reply = route([A, B], { qualityWatch: { ...POLICY, baseline: 0.99 }, ...over });
  const told: string[] = [];
  const world = engine(
    {},
    { observer: { qualityMoved: ({ to, route, target }) => told.push(`${to} ${route} ${target}`) } },
  );
  const { lanes, alerts, observer } = world.deps;
  const revoked: unknown[] = [];
  const whole: Parity = { ...world.deps.parity, revoke: (subject) => revoked.push(subject) > 0, ...parity };
  const quality = new QualityHealth({
    lanes,
    alerts,
    observer,
    parity: whole,
    routeOf: (name) => (name === 'reply' ? reply : undefined),
  });
  const say = (score: number, over: Partial<QualitySample> = {}, now = 0) =>
    quality.sample({ requestId: 'r', route: 'reply', target: A.target.id, source: 'contract', score, ...over }, now);
  const fall = (over: Partial<QualitySample> = {}, now = 0) => {
    for (let i = 0; i < 50; i += 1) say(0, over, now);
  };
  const shut = (target = A, now = 0) => lanes.of(target, now).isShutFor('reply', now);
  return { quality, say, fall, shut, told, revoked, alerts: world.alerts, lanes };
}

describe('what a fall does', () => {
  it('shuts the lane, revokes the receipt of this prompt version, and raises one alert', () => {
    const { fall, shut, told, revoked, alerts } = watchOver();
    fall({ promptVersion: 'greet@1' });
    expect([shut(A), shut(B)]).toEqual([true, false]);
    expect(told).toEqual(['fell reply alpha/one']);
    expect(revoked).toEqual([{ route: 'reply', target: 'alpha/one', promptVersion: 'greet@1' }]);
    expect(alerts).toMatchObject([{ kind: 'quality-fell', target: 'alpha/one', route: 'reply' }]);
  });

  it('of one source leaves the scores of another, and of another prompt version, as they were', () => {
    const { quality, fall, say } = watchOver();
    say(1, { source: 'feedback' });
    say(1, { promptVersion: 'greet@2' });
    fall();
    expect(quality.rows().map(({ state }) => state)).toEqual(['watched', 'watched', 'fallen']);
  });

  it.each([
    ['a route of one target', { targets: [A] }],
    ['a route without failover', { policy: { kind: 'single' } }],
    ['a route that wants an alert alone', { qualityWatch: { ...POLICY, baseline: 0.99, shutMs: 0 } }],
    [
      'a strict route whose other target has not passed',
      { demands: { parity: { mode: 'strict', accepted: [], allowUnknown: false } } },
    ],
  ] as const)('is an alert alone for %s', (_, over) => {
    const { fall, shut, alerts } = watchOver({ ...over } as Partial<Route>);
    fall();
    expect([shut(), alerts.length]).toEqual([false, 1]);
  });

  it('of both targets shuts the first that fell, and leaves the other to serve', () => {
    const { fall, shut } = watchOver();
    fall({ target: B.target.id });
    fall();
    expect([shut(B), shut(A)]).toEqual([true, false]);
  });
});

describe('the way back', () => {
  it('is a trial after the time, twice as long after each that goes badly', () => {
    const { say, fall, shut, told } = watchOver();
    fall();
    say(0, {}, 59_999);
    expect(told).toHaveLength(1);
    fall({}, 60_001);
    expect([told.slice(1), shut(A, 180_000), shut(A, 180_002)]).toEqual([
      ['trial reply alpha/one', 'fell reply alpha/one'],
      true,
      false,
    ]);
    for (let i = 0; i < 200; i += 1) say(1, {}, 200_000);
    expect(told.slice(3)).toEqual(['trial reply alpha/one', 'recovered reply alpha/one']);
  });

  it('begins at once where an operator opens the lane', () => {
    const { say, fall, told, lanes } = watchOver();
    fall();
    lanes.of(A, 10).close(10);
    say(1, {}, 10);
    expect(told).toEqual(['fell reply alpha/one', 'trial reply alpha/one']);
  });
});

describe('what is not watched', () => {
  it('a route that is off, a source that does not count, a route and a target that nobody knows', () => {
    const off = watchOver({ qualityWatch: 'off' });
    off.fall();
    const narrow = watchOver({ qualityWatch: { ...POLICY, sources: ['contract'] } });
    narrow.fall({ source: 'feedback' });
    narrow.fall({ route: 'else' });
    narrow.fall({ target: 'gamma/three' });
    expect([off.quality.rows(), narrow.quality.rows()]).toEqual([[], []]);
  });
});

describe('the baseline of a receipt', () => {
  it('counts for contracts from the first score, and says nothing of complaints', () => {
    const baselineOf = () => ({ receipt: 'r1', score: 0.95, n: 300, metrics: [] });
    const { quality, say } = watchOver({ qualityWatch: POLICY }, { baselineOf });
    say(1);
    say(1, { source: 'feedback' });
    expect(quality.rows().map(({ source, state }) => [source, state])).toEqual([
      ['contract', 'watched'],
      ['feedback', 'learning'],
    ]);
  });
});

describe('a healthy run', () => {
  it('of 100,000 answers of two targets from two sources raises nothing', () => {
    const { quality, say, told, alerts } = watchOver({ qualityWatch: POLICY });
    const chance = seededChance(11);
    for (let i = 0; i < 100_000; i += 1) {
      const target = (chance.next() < 0.9 ? A : B).target.id;
      if (chance.next() < 0.8) say(chance.next() < 0.985 ? 1 : 0, { target });
      else say(chance.next() < 0.1 ? 0.5 * chance.next() : 1, { target, source: 'feedback' });
    }
    expect([told, alerts]).toEqual([[], []]);
    expect(quality.rows()).toHaveLength(4);
  });
});

describe('the number of series', () => {
  it('is bounded; what was heard of longest ago goes', () => {
    const { quality, say } = watchOver();
    for (let i = 0; i < MAX_QUALITY_SERIES + 10; i += 1) {
      say(1, { promptVersion: `v@${i}` });
      say(1, { promptVersion: 'v@0' });
    }
    expect(quality.rows()).toHaveLength(MAX_QUALITY_SERIES);
    const versions = quality.rows().map(({ promptVersion }) => promptVersion);
    expect([versions.includes('v@0'), versions.includes('v@1')]).toEqual([true, false]);
  });
});
