import { readFileSync } from 'node:fs';
import type { Figure, Scenario, Stage } from '../figure.ts';
import { loopDelayP99 } from './loop-delay.ts';
import { quantile } from './quantiles.ts';
import { asking, failuresOf, figuresOf, onScene, type Place, type Scene } from './scene.ts';

const NAME = 'open streams';
const STREAMS = 5_000;
const OPENED_PER_SECOND = 1_000;
const LIMIT_MS = 30_000;
/** A stream through a proxy takes two of its files. */
const FILES_BESIDE_STREAMS = 1_000;

export const OPEN_STREAMS: Scenario = {
  name: NAME,
  about: `${STREAMS} streams open at once in one process, each with an event a second. *A stream* is the resident memory while
all are open less that of the process when it had answered some hundred requests, divided by their number; *after* is what it
holds some seconds after all were closed, above the same. *Piece* is the way of every piece from the provider, which writes
the time into it, to the reader. The event-loop delay is what the gateway's own metrics tell of the time with all open. Those that do not keep up with the callers of the cases take no
part.`,
  run: async (stage) => {
    const streams = stage.quick ? 50 : streamsThatFit();
    if (!stage.quick && streams < STREAMS)
      stage.progress(`${NAME}: ${streams} instead of ${STREAMS}, as many as open files allow`);
    const figures: Figure[] = [];
    for (const { name } of stage.contestants.filter(({ callers }) => callers === 1)) {
      // Each of them alone, with the machine's memory and cores for itself; once, since memory varies little.
      const setting = { wish: { streams }, pinned: false, takesPart: (other: { name: string }) => other.name === name };
      figures.push(...(await onScene(stage, setting, (scene) => play(stage, scene, streams))));
    }
    return figures;
  },
};

/** Node raises its own limit as far as it may. */
function streamsThatFit(): number {
  const limit = /^Max open files +\d+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
  return limit === undefined ? STREAMS : Math.min(STREAMS, Math.floor((Number(limit) - FILES_BESIDE_STREAMS) / 2));
}

async function play(stage: Stage, scene: Scene, streams: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const place of scene.places) {
    const seen = await measure(stage, scene, place, streams);
    figures.push(...tell(place, streams, seen));
    stage.progress(`${NAME}: ${place.name}`);
  }
  return figures;
}

interface Seen {
  readonly idleBytes: number;
  readonly openBytes: number;
  readonly afterBytes: number;
  readonly pieceP50: number;
  readonly pieceP99: number;
  readonly failed: number;
  readonly stillOpen: number;
  readonly loopDelay: number | undefined;
}

async function measure({ quick }: Stage, { provider, load }: Scene, place: Place, streams: number): Promise<Seen> {
  const rss = async () => (await place.process?.usage())?.rssBytes ?? 0;
  await provider.behave({ kind: 'answers', delayMs: 0, pieces: 5, paceMs: 2 });
  const warm = { kind: 'closed-loop' as const, target: asking(place, true), callers: 20, limitMs: LIMIT_MS };
  failuresOf(place, await load.run({ ...warm, warmSeconds: 0, seconds: quick ? 0.3 : 2 }));
  await provider.behave({ kind: 'answers', delayMs: 0, pieces: 1_000_000, paceMs: 1_000 });
  await pause(quick ? 100 : 2_000);
  const idleBytes = await rss();
  const opened = await load.run({
    kind: 'hold',
    target: asking(place, true),
    streams,
    perSecond: OPENED_PER_SECOND,
    stalled: false,
    limitMs: LIMIT_MS,
  });
  await loopDelayP99(place);
  const watched = await load.run({ kind: 'watch', seconds: quick ? 1.5 : 6 });
  const loopDelay = await loopDelayP99(place);
  const openBytes = await rss();
  await load.run({ kind: 'release' });
  await pause(quick ? 100 : 5_000);
  return {
    idleBytes,
    openBytes,
    afterBytes: await rss(),
    pieceP50: quantile(watched.pieceMicros, 0.5),
    pieceP99: quantile(watched.pieceMicros, 0.99),
    failed: failuresOf(place, opened) + failuresOf(place, watched),
    stillOpen: watched.open,
    loopDelay,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const KIB = 1_024;
const MIB = 1_024 * KIB;

function tell({ name }: Place, streams: number, seen: Seen): Figure[] {
  const grown = seen.openBytes - seen.idleBytes;
  return figuresOf({ scenario: NAME, contestant: name, round: 0 }, [
    ['streams', 'count', streams],
    ['open to the end', 'count', seen.stillOpen],
    ['failed', 'count', seen.failed],
    ['RSS idle', 'MiB', seen.idleBytes / MIB],
    ['RSS open', 'MiB', seen.openBytes / MIB],
    ['RSS a stream', 'KiB', grown / streams / KIB],
    ['RSS a thousand streams', 'MiB', ((grown / streams) * 1_000) / MIB],
    ['RSS after', 'MiB', (seen.afterBytes - seen.idleBytes) / MIB],
    ['piece p50', 'us', seen.pieceP50],
    ['piece p99', 'us', seen.pieceP99],
    ...(seen.loopDelay === undefined ? [] : ([['event-loop delay p99', 'ms', seen.loopDelay]] as const)),
  ]);
}
