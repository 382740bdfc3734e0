import { bodyOf, type Case, MUST_SERVE, STREAM_PACE_MS, type Way, wayName, waysFor } from './cases.ts';
import type { Figure } from './figure.ts';
import type { MeasuredProcess } from './measured-process.ts';
import { PATHS } from './payload.ts';
import type { ProviderOrder } from './provider.ts';
import { type HelperProcess, startHelper } from './scenarios/helper-process.ts';
import type { LoadOrder, LoadResult } from './scenarios/load-orders.ts';
import { quantile } from './scenarios/quantiles.ts';

export interface Pace {
  readonly rounds: number;
  /** Of one measurement at least; what is asked in them is waited for. */
  readonly seconds: number;
  /** No measurement waits for fewer requests than its case wants, and no warm-up for its share. */
  readonly enough: boolean;
}

export type Provider = HelperProcess<ProviderOrder, number> & { readonly url: string };

const ORDER_LIMIT_MS = 60_000;
/** Nothing that is asked in the cases takes so long. */
const REQUEST_LIMIT_MS = 60_000;

export async function startProvider(): Promise<Provider> {
  const helper: HelperProcess<ProviderOrder, number> = startHelper('../provider.ts');
  const url = `http://127.0.0.1:${await helper.ask({ kind: 'listen' }, ORDER_LIMIT_MS)}`;
  return { ...helper, url };
}

/** Who sends and who answers; whose process stands between, by the contestant's name. */
export interface Bench {
  readonly provider: Provider;
  readonly load: HelperProcess<LoadOrder, LoadResult>;
  readonly between: ReadonlyMap<string, MeasuredProcess>;
}

/** Ways take turns within a round, so that what else the machine does meets all of them alike. */
export async function* runCases(
  bench: Bench,
  plan: Pace & { readonly cases: readonly Case[]; readonly ways: readonly Way[] },
  progress: (text: string) => void,
): AsyncGenerator<Figure[]> {
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const each of plan.cases) {
      if (each.events > 0) {
        const order = { kind: 'streams', events: each.events, paceMs: STREAM_PACE_MS } as const;
        await bench.provider.ask(order, ORDER_LIMIT_MS);
      }
      for (const way of waysFor(each, plan.ways)) {
        progress(`round ${round + 1} of ${plan.rounds}: ${each.name}, ${nameOf(way)}`);
        yield await measure(bench, { each, way, round, pace: plan });
      }
    }
  }
}

function nameOf({ contestant, spoken }: Way): string {
  return wayName(contestant.name, spoken);
}

interface Turn {
  readonly each: Case;
  readonly way: Way;
  readonly round: number;
  readonly pace: Pace;
}

async function measure({ provider, load, between }: Bench, turn: Turn): Promise<Figure[]> {
  const { each, way, round, pace } = turn;
  const { contestant, spoken } = way;
  const process = between.get(contestant.name);
  const target = {
    url: process?.url ?? provider.url,
    path: PATHS[spoken.caller],
    headers: spoken.headers(provider.url),
    body: bodyOf(each, way),
  };
  const share = Math.min(1, contestant.callers) * (pace.enough ? 1 : 0);
  const send = async (requests: number): Promise<LoadResult[]> => {
    const seen: LoadResult[] = [];
    const callers = Math.max(1, Math.round(each.callers * contestant.callers));
    const order = { kind: 'closed-loop', target, callers, warmSeconds: 0, limitMs: REQUEST_LIMIT_MS } as const;
    do {
      seen.push(await load.ask({ ...order, seconds: pace.seconds }, pace.seconds * 1_000 + REQUEST_LIMIT_MS * 2));
    } while (answeredOf(seen) < requests * share && seen.length < MOST_ORDERS);
    return seen;
  };
  // What was measured without, the compiler was still at work on.
  if (round === 0) await warmUp(send, each.requests, pace.enough && goesFirst(each, way));
  const before = await process?.usage();
  const seen = await send(each.requests);
  const after = await process?.usage();
  const cpuMicros = before && after ? after.cpuMicros - before.cpuMicros : undefined;
  return figuresOf(turn, seen, cpuMicros);
}

/**
 * The compiler is at work on a program of this size for some forty thousand requests; whoever serves fast has them in this
 * time, and whoever serves slowly has not much to compile in it.
 */
const WARM_MS = 12_000;
const WARM_TIMES = 3;

async function warmUp(send: (requests: number) => Promise<unknown>, requests: number, long: boolean): Promise<void> {
  const until = performance.now() + (long ? WARM_MS : 0);
  do await send(requests * WARM_TIMES);
  while (performance.now() < until);
}

/** Short whole answers, of which a measurement has most, warm a process up for all that comes after them. */
function goesFirst(each: Case, { contestant }: Way): boolean {
  return each.requests >= MANY && each.quality === undefined && MUST_SERVE.has(contestant.name);
}

const MANY = 1_000;
/** A machine on which that is not enough is too busy to measure anything on. */
const MOST_ORDERS = 12;

function answeredOf(seen: readonly LoadResult[]): number {
  return seen.reduce((sum, { answered }) => sum + answered, 0);
}

function figuresOf({ each, way, round }: Turn, seen: readonly LoadResult[], cpuMicros: number | undefined): Figure[] {
  const failures = seen.flatMap((one) => Object.entries(one.failures));
  const failed = failures.reduce((sum, [, times]) => sum + times, 0);
  if (failed > 0 && MUST_SERVE.has(way.contestant.name))
    throw new Error(`${failed} requests failed: ${each.name}, ${nameOf(way)}: ${JSON.stringify(failures)}`);
  const figure = (metric: string, unit: Figure['unit'], value: number): Figure => ({
    scenario: each.name,
    contestant: nameOf(way),
    metric,
    unit,
    round,
    value,
  });
  const answered = answeredOf(seen);
  const told = [figure('failed', 'count', failed), figure('answered', 'count', answered)];
  if (answered === 0) return told;
  const aRequest = (cpuMicros ?? 0) / answered;
  const totalMicros = Float64Array.from(seen.flatMap((one) => [...one.totalMicros])).sort();
  return [
    ...told,
    ...(cpuMicros === undefined ? [] : [figure(CPU_A_REQUEST, 'us', aRequest)]),
    ...(cpuMicros === undefined || each.events === 0 ? [] : [figure(CPU_AN_EVENT, 'us', aRequest / each.events)]),
    ...QUANTILES.map(([metric, share]) => figure(metric, 'us', quantile(totalMicros, share))),
  ];
}

export const CPU_A_REQUEST = 'CPU a request';
export const CPU_AN_EVENT = 'CPU an event';
const QUANTILES = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p99', 0.99],
] as const;
