import type { Figure, Scenario, Stage } from '../figure.ts';
import { busyMicros, type Cores, coresOf } from './cores.ts';
import { asking, failuresOf, figuresOf, onScene, type Place, refusedOf, type Scene, withoutRefused } from './scene.ts';
import { warmSecondsOf } from './warm-up.ts';

const NAME = 'throughput at saturation';
const CALLERS = [16, 64] as const;
const WORKERS = 2;
const LIMIT_MS = 30_000;

export const SATURATION: Scenario = {
  name: NAME,
  about: `${CALLERS.join(', then ')} callers, each of which asks again when it has its answer: 1 kB, whole answers, provider
at once; the better of the two counts. What a gateway refuses for want of room (503) is counted, and is no answer. *One worker*: whoever stands between has one core for itself, the load client and the
provider share another. *${WORKERS} workers*: all share all cores, so that the load takes from the gateway what a load from another
machine would not. *Raw* is what was answered in a second. *Accounted* is what was answered in a second of processor time
that the gateway could have had: the time of its cores less what anybody else, the load client and the provider among them,
used of it (/proc/stat), times the cores. Time in which a core was idle counts as time that it could have had.`,
  run: async (stage) => {
    const alone = await onScene(stage, { pinned: true }, (scene) => play(stage, scene, 1));
    const many = { wish: { workers: WORKERS }, pinned: false, takesPart: hasCores };
    const together = await onScene(stage, many, (scene) => play(stage, scene, WORKERS));
    return [...alone, ...together, ...ratios(alone, together)];
  },
};

const hasCores = () => coresOf() !== undefined;

async function play(stage: Stage, scene: Scene, workers: number): Promise<Figure[]> {
  await scene.provider.behave({ kind: 'answers', delayMs: 0, pieces: 1, paceMs: 1 });
  const figures: Figure[] = [];
  for (let round = 0; round < stage.rounds; round += 1) {
    for (const place of scene.places) {
      const runs: Run[] = [];
      for (const callers of CALLERS) runs.push(await measure(stage, scene, { place, workers, callers, round }));
      const best = runs.reduce((one, other) => (other.accounted > one.accounted ? other : one));
      const of = { scenario: NAME, contestant: place.name, round };
      figures.push(
        ...figuresOf(of, [
          [rawOf(workers), '1/s', best.raw],
          [accountedOf(workers), '1/s', best.accounted],
          [`failed, ${numberOf(workers)}`, 'count', runs.reduce((sum, { failed }) => sum + failed, 0)],
          [`refused, ${numberOf(workers)}`, 'count', runs.reduce((sum, { refused }) => sum + refused, 0)],
        ]),
      );
      stage.progress(`${NAME}, ${numberOf(workers)}, round ${round + 1}: ${place.name}`);
    }
  }
  return figures;
}

const numberOf = (workers: number) => (workers === 1 ? 'one worker' : `${workers} workers`);
const rawOf = (workers: number) => `raw, ${numberOf(workers)}`;
const accountedOf = (workers: number) => `accounted, ${numberOf(workers)}`;

/** How much more the same contestant answers with more workers, round by round. */
function ratios(alone: readonly Figure[], together: readonly Figure[]): Figure[] {
  return together.flatMap((figure) => {
    const single = [rawOf, accountedOf].find((metricOf) => metricOf(WORKERS) === figure.metric)?.(1);
    const beside = alone.find(
      ({ metric, contestant, round }) =>
        metric === single && contestant === figure.contestant && round === figure.round,
    );
    if (!beside) return [];
    const metric = `${figure.metric}, beside one`;
    return [{ ...figure, metric, unit: 'ratio' as const, value: figure.value / beside.value }];
  });
}

interface Run {
  readonly raw: number;
  readonly accounted: number;
  readonly failed: number;
  readonly refused: number;
}

interface Turn {
  readonly place: Place;
  readonly workers: number;
  readonly callers: number;
  readonly round: number;
}

async function measure({ quick }: Stage, { load }: Scene, { place, workers, callers, round }: Turn): Promise<Run> {
  const cores = coresOf();
  const order = { kind: 'closed-loop' as const, target: asking(place, false), callers, limitMs: LIMIT_MS };
  // Each worker is a program of its own to the compiler.
  const warm = quick ? 0.2 : round === 0 ? warmSecondsOf(place) * workers : 0.3;
  failuresOf(place, withoutRefused(await load.run({ ...order, warmSeconds: 0, seconds: warm })));
  const before = await othersMicros(place, workers, cores);
  const from = performance.now();
  const result = await load.run({ ...order, warmSeconds: 0, seconds: quick ? 0.3 : 1.5 });
  const wholeMicros = (performance.now() - from) * 1_000 * workers;
  const taken = (await othersMicros(place, workers, cores)) - before;
  const seconds = result.elapsedMs / 1_000;
  const available = (wholeMicros - taken) / 1e6;
  return {
    raw: result.answered / seconds,
    accounted: (result.answered / available) * workers,
    failed: failuresOf(place, withoutRefused(result)),
    refused: refusedOf(result),
  };
}

/** What all but the gateway have used so far of the cores that it may use. */
async function othersMicros(place: Place, workers: number, cores: Cores | undefined): Promise<number> {
  const busy = busyMicros(workers === 1 ? cores?.between : undefined);
  const own = await place.process?.usage();
  return busy - (own?.cpuMicros ?? 0);
}
