import type { Figure, Scenario, Stage } from '../figure.ts';
import { loopDelayP99 } from './loop-delay.ts';
import { quantile } from './quantiles.ts';
import { asking, failuresOf, figuresOf, onScene, type Place, type Scene } from './scene.ts';
import { warmUp } from './warm-up.ts';

const NAME = 'added latency';
const PER_SECOND = 500;
/** What providers take, in milliseconds. */
const DELAYS = [20, 0] as const;
const LIMIT_MS = 10_000;

export const LATENCY: Scenario = {
  name: NAME,
  about: `${PER_SECOND} requests a second of 1 kB, whole answers, at moments that do not depend on the answers (a Poisson
process, the same for all contestants of a round). A latency counts from the moment at which its request was due, not from
that at which it was sent: a stall is felt by all that were due in it. Who stands between has one core for itself, the load
client and the provider share another. *Added* is the quantile less the quantile without anybody between, in the same
round. Those that do not keep up with so many are asked for the share that the cases ask of them, and only before a
provider that takes its time. The event-loop delay is what the gateway's own metrics tell of this time.`,
  run: (stage) => onScene(stage, { pinned: true }, (scene) => play(stage, scene)),
};

async function play(stage: Stage, scene: Scene): Promise<Figure[]> {
  await warmUp(stage, scene, false);
  const figures: Figure[] = [];
  for (let round = 0; round < stage.rounds; round += 1) {
    for (const delayMs of DELAYS) {
      await scene.provider.behave({ kind: 'answers', delayMs, pieces: 1, paceMs: 1 });
      const direct = await measure(stage, scene, scene.direct, round);
      const places = scene.places.filter(({ callers }) => callers === 1 || delayMs > 0);
      for (const place of [scene.direct, ...places]) {
        const seen = place === scene.direct ? direct : await measure(stage, scene, place, round);
        figures.push(...tell(place, { round, delayMs, seen, direct }));
        stage.progress(`${NAME}, provider ${delayMs} ms, round ${round + 1}: ${place.name}`);
      }
    }
  }
  return figures;
}

interface Seen {
  readonly perSecond: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly failed: number;
  readonly lateP99: number;
  readonly loopDelay: number | undefined;
}

async function measure({ quick }: Stage, { load }: Scene, place: Place, round: number): Promise<Seen> {
  await loopDelayP99(place);
  const result = await load.run({
    kind: 'open-loop',
    target: asking(place, false),
    perSecond: (quick ? 100 : PER_SECOND) * place.callers,
    warmSeconds: quick ? 0.2 : 0.5,
    seconds: quick ? 0.5 : 3,
    seed: round + 1,
    limitMs: LIMIT_MS,
  });
  return {
    perSecond: result.sent / (result.elapsedMs / 1_000),
    p50: quantile(result.totalMicros, 0.5),
    p90: quantile(result.totalMicros, 0.9),
    p99: quantile(result.totalMicros, 0.99),
    p999: quantile(result.totalMicros, 0.999),
    failed: failuresOf(place, result),
    lateP99: quantile(result.lateMicros, 0.99),
    loopDelay: await loopDelayP99(place),
  };
}

interface Told {
  readonly round: number;
  readonly delayMs: number;
  readonly seen: Seen;
  readonly direct: Seen;
}

function tell({ name, process }: Place, { round, delayMs, seen, direct }: Told): Figure[] {
  const after = `provider ${delayMs} ms`;
  return figuresOf({ scenario: NAME, contestant: name, round }, [
    [`asked, ${after}`, '1/s', seen.perSecond],
    [`p50, ${after}`, 'us', seen.p50],
    [`p90, ${after}`, 'us', seen.p90],
    [`p99, ${after}`, 'us', seen.p99],
    [`p99.9, ${after}`, 'us', seen.p999],
    [`failed, ${after}`, 'count', seen.failed],
    [`sent late p99, ${after}`, 'us', seen.lateP99],
    ...(process
      ? ([
          [`added p50, ${after}`, 'us', seen.p50 - direct.p50],
          [`added p99, ${after}`, 'us', seen.p99 - direct.p99],
        ] as const)
      : []),
    ...(seen.loopDelay === undefined ? [] : ([[`event-loop delay p99, ${after}`, 'ms', seen.loopDelay]] as const)),
  ]);
}
