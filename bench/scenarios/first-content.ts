import type { Figure, Scenario, Stage } from '../figure.ts';
import { quantile } from './quantiles.ts';
import { asking, failuresOf, figuresOf, onScene, type Place, type Scene } from './scene.ts';
import { warmUp } from './warm-up.ts';

const NAME = 'added first-content delay';
const PER_SECOND = 100;
const PROVIDER_DELAY_MS = 20;
const PIECES = 20;
const PACE_MS = 5;
const LIMIT_MS = 10_000;

export const FIRST_CONTENT: Scenario = {
  name: NAME,
  about: `${PER_SECOND} streams a second (a Poisson process) of ${PIECES} pieces, ${PACE_MS} ms apart; the provider thinks for
${PROVIDER_DELAY_MS} ms. *First content* counts from the moment at which a request was due to its first piece of text, not to the first
byte; *added* is the quantile less the quantile without anybody between, in the same round. *Piece* is the way of every
single piece from the provider, which writes the time into it, to the reader. Those that do not keep up with so many are
asked for the share that the cases ask of them.`,
  run: (stage) => onScene(stage, { pinned: true }, (scene) => play(stage, scene)),
};

async function play(stage: Stage, scene: Scene): Promise<Figure[]> {
  await warmUp(stage, scene, true);
  await scene.provider.behave({ kind: 'answers', delayMs: PROVIDER_DELAY_MS, pieces: PIECES, paceMs: PACE_MS });
  const figures: Figure[] = [];
  for (let round = 0; round < stage.rounds; round += 1) {
    const direct = await measure(stage, scene, scene.direct, round);
    for (const place of [scene.direct, ...scene.places]) {
      const seen = place === scene.direct ? direct : await measure(stage, scene, place, round);
      figures.push(
        ...figuresOf({ scenario: NAME, contestant: place.name, round }, [
          ['first content p50', 'us', seen.p50],
          ['first content p99', 'us', seen.p99],
          ['piece p50', 'us', seen.pieceP50],
          ['piece p99', 'us', seen.pieceP99],
          ['failed', 'count', seen.failed],
          ...(place === scene.direct
            ? []
            : ([
                ['added p50', 'us', seen.p50 - direct.p50],
                ['added p99', 'us', seen.p99 - direct.p99],
              ] as const)),
        ]),
      );
      stage.progress(`${NAME}, round ${round + 1}: ${place.name}`);
    }
  }
  return figures;
}

async function measure({ quick }: Stage, { load }: Scene, place: Place, round: number) {
  const result = await load.run({
    kind: 'open-loop',
    target: asking(place, true),
    perSecond: PER_SECOND * place.callers,
    warmSeconds: quick ? 0.2 : 0.5,
    seconds: quick ? 0.5 : 3,
    seed: round + 1,
    limitMs: LIMIT_MS,
  });
  return {
    p50: quantile(result.firstContentMicros, 0.5),
    p99: quantile(result.firstContentMicros, 0.99),
    pieceP50: quantile(result.pieceMicros, 0.5),
    pieceP99: quantile(result.pieceMicros, 0.99),
    failed: failuresOf(place, result),
  };
}
