import { OURS } from '../cases.ts';
import type { Figure, Scenario, Stage } from '../figure.ts';
import type { LoadResult } from './load-orders.ts';
import type { Behaviour } from './provider-orders.ts';
import { quantile } from './quantiles.ts';
import {
  asking,
  directTo,
  failuresOf,
  figuresOf,
  onScene,
  type Place,
  type Scene,
  type ScriptedProvider,
  startProvider,
} from './scene.ts';
import { warmUp } from './warm-up.ts';

const NAME = 'failover';
/** Fewer in a row than any breaker of the contestants takes for an outage. */
const AT_ONCE = 4;
const BATCHES = 2;
/** Good answers between two batches: the failures stay single. */
const GOOD_BETWEEN = 30;
const PER_SECOND = 50;
const LIMIT_MS = 20_000;

const WELL: Behaviour = { kind: 'answers', delayMs: 20, pieces: 5, paceMs: 5 };
const REFUSES: Behaviour = { kind: 'refuses', status: 503 };

export const FAILOVER: Scenario = {
  name: NAME,
  about: `Two providers of the same dialect; streams; the second one is always well and thinks for 20 ms. *Breaker closed*: the
first one fails for ${AT_ONCE} requests at once, ${BATCHES} times, with good answers between, so that no breaker opens; the figures are
the time from the request to the first good piece of text and the attempts at the first one (none: it was known to be down;
more than one: *extra* attempts). A gateway that tries the first one again, since most faults pass, has waits in these
figures on purpose. *Breaker open*: the first one answers 503 to everything, at once; once that is known, ${PER_SECOND} streams
a second are sent. *Added* is the first content less that of the second provider without anybody between, in the same
round; *primary attempts* are those of the first one in a thousand requests. *Beyond its budget*: the first one says
nothing; of this gateway alone. All but the open breaker is measured in the first round.`,
  run: async (stage) => {
    const ends: (() => Promise<void>)[] = [];
    try {
      const second = await startProvider(ends);
      await second.behave(WELL);
      const setting = { wish: { fallbackUrl: second.url }, pinned: true };
      return await onScene(stage, setting, (scene) => play(stage, scene, second));
    } finally {
      for (const end of ends) await end();
    }
  },
};

async function play(stage: Stage, scene: Scene, second: ScriptedProvider): Promise<Figure[]> {
  await warmUp(stage, scene, true);
  await scene.provider.behave(WELL);
  const figures: Figure[] = [];
  for (let round = 0; round < stage.rounds; round += 1) {
    const own = await steady(stage, scene, directTo(second), round);
    for (const place of scene.places) {
      const of = { scenario: NAME, contestant: place.name, round };
      stage.progress(`${NAME}, round ${round + 1}: ${place.name}`);
      if (round === 0) {
        figures.push(...(await closed(stage, { scene, place, of, fault: REFUSES, called: '503' })));
        figures.push(...(await closed(stage, { scene, place, of, fault: { kind: 'hangs-up' }, called: 'hang-up' })));
        if (place.name === OURS && !stage.quick) figures.push(...(await beyond(scene, place, of)));
      }
      figures.push(...(await open(stage, { scene, place, of, own, round })));
      await scene.provider.behave(WELL);
    }
  }
  return figures;
}

type Of = Pick<Figure, 'scenario' | 'contestant' | 'round'>;

interface Trial {
  readonly scene: Scene;
  readonly place: Place;
  readonly of: Of;
  readonly fault: Behaviour;
  readonly called: string;
}

/** The first provider fails for a moment: too short for a breaker to open. */
async function closed({ quick }: Stage, { scene, place, of, fault, called }: Trial): Promise<Figure[]> {
  const { provider, load } = scene;
  const times: number[] = [];
  let attempts = 0;
  let failed = 0;
  for (let batch = 0; batch < (quick ? 1 : BATCHES); batch += 1) {
    await provider.behave(WELL);
    failuresOf(place, await load.run(atOnce(place, GOOD_BETWEEN, 20)));
    await provider.behave(fault);
    await provider.count();
    const seen = await load.run(atOnce(place, AT_ONCE, 0));
    attempts += await provider.count();
    failed += failuresOf(place, seen);
    times.push(...seen.firstContentMicros);
  }
  await provider.behave(WELL);
  const sorted = Float64Array.from(times).sort();
  const asked = AT_ONCE * (quick ? 1 : BATCHES);
  return figuresOf(of, [
    [`${called}, breaker closed, first content p50`, 'ms', quantile(sorted, 0.5) / 1_000],
    [`${called}, breaker closed, first content worst`, 'ms', (sorted.at(-1) ?? Number.NaN) / 1_000],
    [`${called}, breaker closed, primary attempts a request`, 'ratio', attempts / asked],
    [`${called}, breaker closed, failed`, 'count', failed],
  ]);
}

const atOnce = (place: Place, requests: number, gapMs: number) => ({
  kind: 'each' as const,
  targets: Array.from({ length: requests }, () => asking(place, true)),
  gapMs,
  limitMs: LIMIT_MS,
});

/** The first provider takes requests and says nothing: its budget runs out first. */
async function beyond({ provider, load }: Scene, place: Place, of: Of): Promise<Figure[]> {
  await provider.behave({ kind: 'is-silent' });
  const seen = await load.run(atOnce(place, AT_ONCE, 0));
  await provider.behave(WELL);
  return figuresOf(of, [
    ['beyond its budget, first content p50', 'ms', quantile(seen.firstContentMicros, 0.5) / 1_000],
    ['beyond its budget, failed', 'count', failuresOf(place, seen)],
  ]);
}

interface Outage {
  readonly scene: Scene;
  readonly place: Place;
  readonly of: Of;
  /** The second provider without anybody between. */
  readonly own: LoadResult;
  readonly round: number;
}

/** The first provider fails for good. */
async function open(stage: Stage, { scene, place, of, own, round }: Outage): Promise<Figure[]> {
  await scene.provider.behave(REFUSES);
  // By then every breaker has seen enough.
  failuresOf(place, await scene.load.run(atOnce(place, 40, 25)));
  await scene.provider.count();
  const seen = await steady(stage, scene, place, round);
  const attempts = await scene.provider.count();
  const added = (share: number) => quantile(seen.firstContentMicros, share) - quantile(own.firstContentMicros, share);
  return figuresOf(of, [
    ['503, breaker open, added p50', 'us', added(0.5)],
    ['503, breaker open, added p99', 'us', added(0.99)],
    ['503, breaker open, primary attempts', 'count', (attempts / seen.sent) * 1_000],
    ['503, breaker open, failed', 'count', failuresOf(place, seen)],
  ]);
}

function steady({ quick }: Stage, { load }: Scene, place: Place, round: number): Promise<LoadResult> {
  return load.run({
    kind: 'open-loop',
    target: asking(place, true),
    perSecond: PER_SECOND * place.callers,
    warmSeconds: 0,
    seconds: quick ? 0.5 : 3,
    seed: round + 1,
    limitMs: LIMIT_MS,
  });
}
