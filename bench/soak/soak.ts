import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallersCount, CallersSetting } from './callers.ts';
import { Child } from './child.ts';
import type { Healthy, HealthySetting } from './healthy-readers.ts';
import { CALLER_KEYS, HEALTHY_ROUTE, type SoakedGateway, STALLED_ROUTE, startSoaked } from './house.ts';
import { type RequestRow, reconcile, rowsOf } from './ledger-rows.ts';
import { type Phase, type Timetable, timetableOf } from './phases.ts';
import type { ProvidersSetting } from './providers.ts';
import { type Sample, sampleOf, sumOf } from './sample.ts';
import type { StalledSetting } from './stalled-readers.ts';
import type { Soaked } from './verdict.ts';

export interface SoakSetting {
  /** Of a built checkout. */
  readonly root: string;
  readonly minutes: number;
  /** Requests a second of the mixed callers. */
  readonly rate: number;
  /** Readers that read nothing, in every second phase. */
  readonly stalled: number;
  /** Streams of healthy readers, read all the time. */
  readonly healthy: number;
  readonly seed: number;
  /** `server.limits.loopDelay` of the gateway in milliseconds: its default where left out. */
  readonly loopDelayMs?: number;
}

/** Begin of the tags by which rows of the ledger are found. */
const TAGS = { callers: 'c', stalled: 's', healthy: 'h' } as const;
const SAMPLE_EVERY_MS = 5_000;
const TELL_EVERY_MS = 10_000;
/** Longer than any route of the soak takes. */
const MAX_LAST_MS = 60_000;

interface Cast {
  readonly providers: Child<{ url: string }>;
  readonly steady: Child<{ url: string }>;
  readonly gateway: SoakedGateway;
  readonly callers: Child<object>;
  readonly stalled: Child<object>;
  readonly healthy: Child<object>;
}

/** Runs a whole soak in `folder` and gives all that was seen. Every process that it starts is gone when it ends. */
export async function soak(setting: SoakSetting, folder: string, tell: (line: string) => void): Promise<Soaked> {
  const timetable = timetableOf(setting.minutes);
  const started: { stop(): Promise<void> }[] = [];
  const child = async <Ready>(module: string, own: object) => {
    const made = await Child.start<Ready>(module, own);
    started.push(made);
    return made;
  };
  try {
    const { seed, rate } = setting;
    const sick: ProvidersSetting = { seed, totalMs: timetable.totalMs };
    const providers = await child<{ url: string }>('providers.ts', sick);
    const steady = await child<{ url: string }>('steady-providers.ts', {});
    const addresses = { ailing: providers.ready.url, steady: steady.ready.url };
    const gateway = await startSoaked(setting.root, folder, addresses, {
      stalledReaderMs: timetable.stalledReaderMs,
      loopDelayMs: setting.loopDelayMs,
    });
    started.push({ stop: async () => gateway.kill() });
    const { url } = gateway;
    const mixed: CallersSetting = { url, key: CALLER_KEYS.soak, seed, rate, tag: TAGS.callers };
    const callers = await child<object>('callers.ts', mixed);
    const stalling: StalledSetting = {
      url,
      key: CALLER_KEYS.stalled,
      route: STALLED_ROUTE,
      readers: setting.stalled,
      comeWithinMs: timetable.settleMs / 2,
      stayMs: stayOf(timetable),
      tag: TAGS.stalled,
    };
    const stalled = await child<object>('stalled-readers.ts', stalling);
    const reading: HealthySetting = {
      url,
      key: CALLER_KEYS.healthy,
      route: HEALTHY_ROUTE,
      streams: setting.healthy,
      tag: TAGS.healthy,
    };
    const healthy = await child<object>('healthy-readers.ts', reading);
    const cast = { providers, steady, gateway, callers, stalled, healthy };
    return await perform(cast, timetable, join(folder, 'callers.book'), tell);
  } finally {
    for (const { stop } of started.map((each) => ({ stop: () => each.stop() }))) await stop();
  }
}

/** A reader that reads nothing stays for longer than the gateway lets it, the time to fill all buffers included. */
function stayOf({ stalledReaderMs, phaseMs }: Timetable): number {
  return stalledReaderMs + phaseMs;
}

async function perform(
  cast: Cast,
  timetable: Timetable,
  bookFile: string,
  tell: (line: string) => void,
): Promise<Soaked> {
  const { providers, gateway, callers, stalled, healthy } = cast;
  const samples: Sample[] = [];
  let begunAt = performance.now();
  const sample = async () => sampleOf(await gateway.metrics(), gateway.ledgerFile, performance.now() - begunAt);
  await sample();
  const before = await sample();
  begunAt = performance.now();
  await Promise.all([providers.tell('begin'), healthy.tell('begin')]);
  const stopSampling = every(SAMPLE_EVERY_MS, async () => void samples.push(await sample()));
  let oddTold = 0;
  const stopTelling = every(TELL_EVERY_MS, async () => {
    const count = await callers.tell<CallersCount>('count');
    tell(progress(samples.at(-1), count));
    for (const odd of count.odd.slice(oddTold)) tell(`        odd: ${odd}`);
    oddTold = count.odd.length;
  });
  const phases: Phase[] = [];
  const rests: Sample[] = [];
  const since = () => performance.now() - begunAt;
  for (let round = 0; round < timetable.rounds; round += 1) {
    phases.push(...(await playRound(cast, timetable, round, since)));
    await gateway.collect();
    rests.push(await sample());
  }
  await stopTelling();
  await providers.tell('calm');
  await healthy.tell('end');
  // The last of them are cut by now, or never.
  await sleep(timetable.settleMs);
  await stalled.tell('go');
  const count = await untilEnded(callers);
  await callers.tell('leave');
  await stopSampling();
  tell('every caller has left; waiting for the gateway to come to rest');
  await sleep(timetable.restMs);
  await gateway.collect();
  const after = await sample();
  const counted = sumOf(await gateway.metrics(), 'understudy_requests_total');
  await callers.tell('book', bookFile);
  const exit = await gateway.terminate();
  const rows = rowsOf(gateway.ledgerFile);
  return {
    timetable,
    samples,
    phases,
    callers: count,
    reconciled: reconcile(rows, readFileSync(bookFile), TAGS.callers),
    counted,
    stalledReaders: fatesOf(rows, timetable),
    rests,
    rest: { before, after },
    complaints: gateway.complaints(),
    exit,
  };
}

/** A phase without stalled readers, one with them, and a rest. */
async function playRound(cast: Cast, timetable: Timetable, round: number, since: () => number): Promise<Phase[]> {
  const { phaseMs, restMs } = timetable;
  const fromMs = round * (2 * phaseMs + restMs);
  await cast.callers.tell('begin');
  const without = await playPhase(cast, timetable, { crowded: false, untilMs: fromMs + phaseMs }, since);
  const crowded = await playPhase(cast, timetable, { crowded: true, untilMs: fromMs + 2 * phaseMs }, since);
  await cast.callers.tell('pause');
  await sleep(fromMs + 2 * phaseMs + restMs - since());
  // What streams meet in a rest says nothing of the load.
  await cast.healthy.tell('take');
  return [without, crowded];
}

/** Waits for the crowd to settle, and takes what the healthy streams meet in the rest of the phase. */
async function playPhase(
  { stalled, healthy }: Cast,
  { settleMs }: Timetable,
  { crowded, untilMs }: { readonly crowded: boolean; readonly untilMs: number },
  since: () => number,
): Promise<Phase> {
  const fromMs = since();
  if (crowded) await stalled.tell('come');
  await sleep(settleMs);
  const settling = await healthy.tell<Healthy>('take');
  await sleep(untilMs - since());
  const met = await healthy.tell<Healthy>('take');
  return { fromMs, untilMs: since(), stalled: crowded, settling, ...met };
}

async function untilEnded(callers: Child<object>): Promise<CallersCount> {
  const until = performance.now() + MAX_LAST_MS;
  for (;;) {
    const count = await callers.tell<CallersCount>('count');
    if (count.open === 0 || performance.now() > until) return count;
    await sleep(200);
  }
}

/** Which of the stalled readers the gateway cut, and which it let stay for longer than it should. None leaves before that. */
function fatesOf(rows: readonly RequestRow[], timetable: Timetable): Soaked['stalledReaders'] {
  const own = rows.filter(({ tag }) => tag.startsWith(TAGS.stalled));
  const outlived = own.filter(({ durationMs = 0 }) => durationMs >= stayOf(timetable) - 500).length;
  return {
    opened: own.length,
    cut: own.filter(({ outcome }) => outcome === 'caller-gone').length - outlived,
    outlived,
  };
}

/** Does it again and again, one at a time; the function that comes back ends it. */
function every(ms: number, act: () => Promise<void>): () => Promise<void> {
  const stop = new AbortController();
  const going = (async () => {
    while (!stop.signal.aborted) {
      await act();
      await sleep(ms, undefined, { signal: stop.signal }).catch(() => {});
    }
  })();
  return () => {
    stop.abort();
    return going;
  };
}

function progress(sample: Sample | undefined, { sent, open, outcomes }: CallersCount): string {
  if (!sample) return 'begun';
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  const { whole, refused, broken, left, shed, mistaken, odd } = outcomes;
  return [
    `${(sample.atMs / 1_000).toFixed(0).padStart(5)} s`,
    `sent ${sent}, open ${open}: whole ${whole}, refused ${refused}, broken ${broken}, left ${left}, shed ${shed}, mistaken ${mistaken}, odd ${odd}`,
    `RSS ${mebibytes(sample.rssBytes)}, heap ${mebibytes(sample.heapBytes)} MiB, sockets ${sample.sockets}, timers ${sample.timers}, queued rows ${sample.queuedRows}, loop p99 ${sample.loopP99Ms.toFixed(0)} ms`,
  ].join('  ');
}
