import { OURS } from '../cases.ts';
import type { Contestant, Figure, Scenario, Stage } from '../figure.ts';
import { FLOOD_USER } from './provider-orders.ts';
import { quantile } from './quantiles.ts';
import { asking, failuresOf, figuresOf, onScene, type Place, refusedOf, type Scene, withoutRefused } from './scene.ts';

const NAME = 'stalled readers';
const HEALTHY = 100;
const STALLED = 100;
const PACE_MS = 50;
const LIMIT_MS = 20_000;

export const STALLED_READERS: Scenario = {
  name: NAME,
  about: `${HEALTHY} streams whose readers read, a piece every ${PACE_MS} ms; then the same beside ${STALLED} streams without end whose
readers stop after the head. *Piece* is the way of every healthy piece from the provider, which writes the time into it, to
its reader. A crowd that comes with megabytes for every buffer may be turned away in part (503). Only those take part who hold back a provider whose reader does not read: what a bare proxy would keep of such
streams fills the memory of the machine. Once, whatever the rounds. The larger edition is \`npm run soak\`.`,
  run: async (stage) => {
    const figures: Figure[] = [];
    for (const { name } of stage.contestants.filter(holdsBack)) {
      const setting = { pinned: true, takesPart: (other: Contestant) => other.name === name };
      figures.push(...(await onScene(stage, setting, (scene) => play(stage, scene))));
    }
    return figures;
  },
};

const holdsBack = ({ name }: Contestant) => name === OURS || name === 'nginx';

async function play(stage: Stage, scene: Scene): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const place of scene.places) {
    const seen = await measure(stage, scene, place);
    figures.push(...figuresOf({ scenario: NAME, contestant: place.name, round: 0 }, seen));
    stage.progress(`${NAME}: ${place.name}`);
  }
  return figures;
}

async function measure({ quick }: Stage, { provider, load }: Scene, place: Place) {
  await provider.behave({ kind: 'answers', delayMs: 0, pieces: 1_000_000, paceMs: PACE_MS });
  const healthy = asking(place, true);
  const stuck = { ...healthy, body: JSON.stringify({ ...JSON.parse(healthy.body), user: FLOOD_USER }) };
  const hold = { kind: 'hold' as const, perSecond: 200, limitMs: LIMIT_MS };
  const seconds = quick ? 0.5 : 3;
  failuresOf(place, await load.run({ ...hold, target: healthy, streams: quick ? 10 : HEALTHY, stalled: false }));
  if (!quick) await load.run({ kind: 'watch', seconds: 2 });
  const without = await load.run({ kind: 'watch', seconds });
  const crowd = await load.run({ ...hold, target: stuck, streams: quick ? 10 : STALLED, stalled: true });
  failuresOf(place, withoutRefused(crowd));
  // What the system itself holds back for them runs through first.
  if (!quick) await load.run({ kind: 'watch', seconds: 2 });
  const beside = await load.run({ kind: 'watch', seconds });
  const failed = failuresOf(place, without) + failuresOf(place, beside);
  await load.run({ kind: 'release' });
  return [
    ['piece p99, none stalled', 'us', quantile(without.pieceMicros, 0.99)],
    ['piece p99, beside stalled ones', 'us', quantile(beside.pieceMicros, 0.99)],
    ['moved', 'us', quantile(beside.pieceMicros, 0.99) - quantile(without.pieceMicros, 0.99)],
    ['failed', 'count', failed],
    ['turned away as they came', 'count', refusedOf(crowd)],
  ] as const;
}
