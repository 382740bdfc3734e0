import { DIRECT, MUST_SERVE } from '../cases.ts';
import type { BenchContestant } from '../contestants.ts';
import type { Figure, Stage, Wish } from '../figure.ts';
import type { MeasuredProcess } from '../measured-process.ts';
import { PATHS, requestOf } from '../payload.ts';
import { coresOf, pin } from './cores.ts';
import { type HelperProcess, startHelper } from './helper-process.ts';
import type { LoadOrder, LoadResult, LoadTarget } from './load-orders.ts';
import type { Behaviour, ProviderOrder, ProviderResult } from './provider-orders.ts';

/** Somebody who can be asked: a contestant that runs, or the provider itself. */
export interface Place {
  readonly name: string;
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The model that a caller names. */
  readonly model: string;
  /** As a share of those whom the fast ones are asked by; see `BenchContestant`. */
  readonly callers: number;
  /** Undefined where nobody stands between. */
  readonly process: MeasuredProcess | undefined;
}

/** A provider, who stands before it, and who sends. */
export interface Scene {
  readonly provider: ScriptedProvider;
  readonly load: LoadClient;
  /** Nobody between. */
  readonly direct: Place;
  readonly places: readonly Place[];
}

export interface Setting {
  /** Only contestants that fulfil it take part. */
  readonly wish?: Wish;
  /** One core for whoever stands between, another one for the rest. */
  readonly pinned: boolean;
  readonly takesPart?: (contestant: BenchContestant) => boolean;
}

/** Builds a scene, plays it, and takes it down whatever happens. */
export async function onScene<T>(stage: Stage, setting: Setting, play: (scene: Scene) => Promise<T>): Promise<T> {
  const ends: (() => Promise<void>)[] = [];
  try {
    const provider = await startProvider(ends);
    const load = startLoad(ends);
    const cores = setting.pinned ? coresOf() : undefined;
    if (cores) for (const { pid } of [provider, load]) pin(pid, cores.load);
    const places: Place[] = [];
    for (const contestant of castOf(stage, setting)) {
      const process = await contestant.start(provider.url, setting.wish);
      ends.push(() => process.stop());
      if (cores) pin(process.pid, cores.between);
      places.push(placeOf(contestant, process, contestant.headers(provider.url, setting.wish)));
    }
    return await play({ provider, load, direct: directTo(provider), places });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

function placeOf(
  { name, path, callers, speaks }: BenchContestant,
  process: MeasuredProcess,
  headers: Place['headers'],
): Place {
  const same = speaks.find(({ caller, provider }) => caller === 'openai-chat' && provider === 'openai-chat');
  return { name, path, callers, headers, url: process.url, model: same?.model ?? 'chat', process };
}

/** Contestants of a scenario: `direct` is everywhere, and needs no process. */
function castOf({ contestants }: Stage, { wish = {}, takesPart = () => true }: Setting): BenchContestant[] {
  const wishes = Object.keys(wish) as (keyof Wish)[];
  return contestants.filter(
    (each) => each.name !== DIRECT && wishes.every((one) => each.grants.includes(one)) && takesPart(each),
  );
}

export function directTo(provider: ScriptedProvider): Place {
  const { url } = provider;
  return { name: DIRECT, url, path: PATHS['openai-chat'], headers: {}, model: 'chat', callers: 1, process: undefined };
}

export interface ScriptedProvider {
  readonly pid: number;
  readonly url: string;
  behave(behaviour: Behaviour): Promise<void>;
  /** Requests since the last time this was asked. */
  count(): Promise<number>;
  cpuMicros(): number;
}

const ORDER_LIMIT_MS = 10_000;

export async function startProvider(ends: (() => Promise<void>)[]): Promise<ScriptedProvider> {
  const helper: HelperProcess<ProviderOrder, ProviderResult> = startHelper('provider-process.ts');
  ends.push(() => helper.stop());
  const port = await helper.ask({ kind: 'listen' }, ORDER_LIMIT_MS);
  return {
    pid: helper.pid,
    url: `http://127.0.0.1:${port}`,
    behave: async (behaviour) => {
      await helper.ask({ kind: 'behave', behaviour }, ORDER_LIMIT_MS);
    },
    count: () => helper.ask({ kind: 'count' }, ORDER_LIMIT_MS),
    cpuMicros: () => helper.cpuMicros(),
  };
}

export interface LoadClient {
  readonly pid: number;
  /** Rejects when the order takes a minute longer than it can. */
  run(order: LoadOrder): Promise<LoadResult>;
  cpuMicros(): number;
}

function startLoad(ends: (() => Promise<void>)[]): LoadClient {
  const helper: HelperProcess<LoadOrder, LoadResult> = startHelper('load-process.ts');
  ends.push(() => helper.stop());
  return {
    pid: helper.pid,
    run: (order) => helper.ask(order, limitOf(order)),
    cpuMicros: () => helper.cpuMicros(),
  };
}

const SPARE_MS = 60_000;

function limitOf(order: LoadOrder): number {
  switch (order.kind) {
    case 'open-loop':
    case 'closed-loop':
      return (order.warmSeconds + order.seconds) * 1_000 + order.limitMs + SPARE_MS;
    case 'each':
      return order.targets.length * order.gapMs + order.limitMs + SPARE_MS;
    case 'hold':
      return (order.streams / order.perSecond) * 1_000 + order.limitMs + SPARE_MS;
    case 'watch':
      return order.seconds * 1_000 + SPARE_MS;
    case 'release':
      return SPARE_MS;
  }
}

/** A request of about a kilobyte to a place. */
export function asking({ url, path, headers, model }: Place, stream: boolean): LoadTarget {
  return {
    url,
    path,
    headers,
    body: JSON.stringify(requestOf('openai-chat', model, { chars: 1_000, stream, talk: 'question' })),
  };
}

/** Figures of one place in one round. */
export function figuresOf(
  of: Pick<Figure, 'scenario' | 'contestant' | 'round'>,
  values: readonly (readonly [metric: string, unit: Figure['unit'], value: number])[],
): Figure[] {
  return values.map(([metric, unit, value]) => ({ ...of, metric, unit, value }));
}

/** What a request and a stream that is held are told for want of room. */
const REFUSED = ['status 503', 'ended with status 503'];

/** Shedding is what a gateway is there for when more is asked than it can do. */
export function withoutRefused(result: LoadResult): LoadResult {
  const failures = Object.entries(result.failures).filter(([why]) => !REFUSED.includes(why));
  return { ...result, failures: Object.fromEntries(failures) };
}

export function refusedOf({ failures }: LoadResult): number {
  return REFUSED.reduce((sum, why) => sum + (failures[why] ?? 0), 0);
}

/** How many requests of an order failed. Of those through nobody, the bare proxy or this gateway none may. */
export function failuresOf(place: Place, { failures, sent }: LoadResult): number {
  const failed = Object.values(failures).reduce((sum, times) => sum + times, 0);
  if (failed > 0 && MUST_SERVE.has(place.name))
    throw new Error(`${failed} of ${sent} requests failed through ${place.name}: ${JSON.stringify(failures)}`);
  return failed;
}
