import { Lanes } from '../src/engine/lanes.ts';
import { OpaqueMemory } from '../src/engine/opaque-memory.ts';
import type { Ledger, PriceUsage, StatusPages } from '../src/engine/ports.ts';
import type { AttemptEnded, AttemptStarted } from '../src/engine/record.ts';
import type { Route, RouteTarget } from '../src/engine/route.ts';
import { type RunResult, run } from '../src/engine/run.ts';
import type { EngineDeps } from '../src/engine/run-state.ts';
import type { ChatRequest } from '../src/model/chat-request.ts';
import { type BreakerPolicy, DEFAULT_BREAKER } from '../src/resilience/breaker.ts';
import { DEFAULT_RETRY_BUDGET, type RetryBudgetOptions } from '../src/resilience/retry-budget.ts';
import { chatRequest, engineDeps, route, routeTarget } from '../test/kit/engine-kit.ts';
import { VirtualClock } from '../test/kit/virtual-clock.ts';
import { VirtualProvider, type VirtualTemper, VirtualUpstream } from '../test/kit/virtual-provider.ts';
import { drawsFor } from './random.ts';
import {
  FIRST_CONTENT,
  nextArrival,
  PACE,
  PIECES,
  PROMPT_TOKENS,
  patienceMs,
  type Rate,
  TOKENS_A_PIECE,
} from './workload.ts';

/** US dollars a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

export interface WorldProvider {
  /** One provider, one model: the target is `<name>/model`. */
  readonly name: string;
  readonly temper: VirtualTemper;
  readonly target?: Partial<RouteTarget>;
  readonly price?: Price;
}

/** One run of the engine in virtual time. */
export interface WorldSpec {
  readonly seed: number;
  /** In the order of the route; the first is the primary. */
  readonly providers: readonly WorldProvider[];
  readonly route?: Partial<Route>;
  readonly breaker?: Partial<BreakerPolicy>;
  readonly retryBudget?: RetryBudgetOptions;
  readonly status?: (clock: VirtualClock) => StatusPages;
  /** Moment of the day at which the world begins; the virtual clock itself begins at 0. */
  readonly from: number;
  readonly ms: number;
  readonly rate: Rate;
  /** Callers without patience wait for the deadline. */
  readonly patient?: boolean;
  /** What stands between a caller and the gateway; by default nothing, each call is one request. */
  readonly client?: (call: (nth: number) => Promise<RequestSeen>, tools: ClientTools) => Promise<RequestSeen>;
  /** Changes the deps before the first request. */
  readonly deps?: (deps: EngineDeps) => EngineDeps;
}

export interface ClientTools {
  readonly clock: VirtualClock;
  readonly draw: () => number;
}

/** One request as its caller saw it. */
export interface RequestSeen {
  /** Virtual milliseconds since the world began. */
  readonly at: number;
  readonly endedAt: number;
  readonly outcome: RunResult['kind'];
  /** Since the call. */
  readonly firstContentMs: number | undefined;
  readonly servedBy: string | undefined;
  readonly attempts: number;
  /** What the providers told, for every attempt that was answered to its end. */
  readonly settledUsd: number;
  /** One ordinary answer for each attempt that may be billed and of which nobody said how much. */
  readonly unknownUsd: number;
  /** Of the failure that the caller was told. */
  readonly status: number | undefined;
  readonly shouldRetry: boolean;
  readonly retryAfterMs: number | undefined;
  /** Sent to the gateway for this call, by a client that tries again. */
  readonly requests: number;
}

/** One request as it reached a provider. */
export interface Arrival {
  readonly provider: string;
  readonly at: number;
}

export interface WorldSeen {
  readonly calls: readonly RequestSeen[];
  /** What reached each provider, in order. */
  readonly arrivals: readonly Arrival[];
  readonly upstream: VirtualUpstream;
  readonly moves: readonly { readonly at: number; readonly lane: string; readonly to: string }[];
}

/** The virtual provider counts few tokens a piece and in a prompt; prices are asked for as many as an answer has. */
const TOKENS_IN_KIT = { piece: 8, prompt: 12 };

/** Plays one world to its end: every request is over, and nothing is left open at any provider. */
export async function play(spec: WorldSpec): Promise<WorldSeen> {
  const clock = new VirtualClock();
  const arrivals: Arrival[] = [];
  const upstream = new VirtualUpstream(
    spec.providers.map(({ name, temper }, index) => {
      const whole = { firstContent: FIRST_CONTENT.frontier, pace: PACE, pieces: PIECES, headersFirst: true, ...temper };
      return new VirtualProvider(name, whole, { clock, seed: spec.seed * 31 + index });
    }),
  );
  const moves: { at: number; lane: string; to: string }[] = [];
  const deps = depsOf(spec, clock, (move) => moves.push({ at: clock.now(), ...move }));
  const counted = {
    ...deps,
    upstream: {
      send: (request: Parameters<VirtualUpstream['send']>[0]) => {
        arrivals.push({ provider: request.target.provider, at: clock.now() });
        return upstream.send(request);
      },
    },
  };
  const calls = await callAll(spec, clock, spec.deps ? spec.deps(counted) : counted);
  if (upstream.active !== 0) throw new Error(`${upstream.active} exchanges are still open after the last request`);
  return { calls, arrivals, upstream, moves };
}

function depsOf(
  spec: WorldSpec,
  clock: VirtualClock,
  onMove: (move: { lane: string; to: string }) => void,
): EngineDeps {
  const upstream = new VirtualUpstream([]);
  const kit = engineDeps({ clock, upstream, ledger: NO_LEDGER, seed: spec.seed, observer: { breakerMoved: onMove } });
  const policy = {
    breaker: { ...DEFAULT_BREAKER, ...spec.breaker },
    retryBudget: spec.retryBudget ?? DEFAULT_RETRY_BUDGET,
  };
  return {
    ...kit,
    lanes: new Lanes(policy, (move) => kit.observer.breakerMoved(move)),
    memory: new OpaqueMemory({ turns: 0, bytes: 0, keepMs: 0 }),
    price: priceOf(spec.providers),
    ...(spec.status && { status: spec.status(clock) }),
  };
}

const NO_LEDGER: Ledger = {
  requestBegun: () => undefined,
  attemptStarted: () => undefined,
  attemptEnded: () => undefined,
  requestEnded: () => Promise.resolve(),
};

function priceOf(providers: readonly WorldProvider[]): PriceUsage {
  const prices = new Map(providers.map(({ name, price }) => [name, price]));
  return ({ provider }, { inputTokens, outputTokens }) => {
    const price = prices.get(provider);
    if (!price || inputTokens === undefined || outputTokens === undefined) return undefined;
    const input = (inputTokens / TOKENS_IN_KIT.prompt) * PROMPT_TOKENS;
    const output = (outputTokens / TOKENS_IN_KIT.piece) * TOKENS_A_PIECE;
    return (input * price.input + output * price.output) / 1_000_000;
  };
}

/** Dollars of one ordinary answer, for what is billed without anybody saying how much. */
export function costOfAnswer({ input, output }: Price): number {
  const pieces = (PIECES[0] + PIECES[1]) / 2;
  return (PROMPT_TOKENS * input + pieces * TOKENS_A_PIECE * output) / 1_000_000;
}

async function callAll(spec: WorldSpec, clock: VirtualClock, deps: EngineDeps): Promise<RequestSeen[]> {
  const targets = spec.providers.map(({ name, target }) => routeTarget(`${name}/model`, target));
  const prices = new Map(
    spec.providers.flatMap(({ name, price }) => (price ? [[`${name}/model`, price] as const] : [])),
  );
  const line = { route: route(targets, spec.route), request: chatRequest(), deps, prices };
  const arrive = drawsFor(spec.seed, 'arrivals', spec.from);
  const patience = drawsFor(spec.seed, 'patience', spec.from);
  const backoff = drawsFor(spec.seed, 'client', spec.from);
  const running: Promise<RequestSeen>[] = [];
  let requests = 0;
  const call = () => {
    const waits = spec.patient ? Number.POSITIVE_INFINITY : patienceMs(patience);
    const once = () => {
      requests += 1;
      return ask(line, `req_${requests}`, waits);
    };
    running.push(spec.client ? spec.client(once, { clock, draw: backoff }) : once());
  };
  const next = (now: number) => {
    const at = nextArrival(spec.from + now, spec.rate, arrive) - spec.from;
    if (at > spec.ms) return;
    clock.setTimer(at - now, () => {
      call();
      next(at);
    });
  };
  next(0);
  await clock.advance(spec.ms);
  return clock.until(Promise.all(running));
}

/** Adds up what one request cost. */
class BillLedger implements Ledger {
  readonly #prices: ReadonlyMap<string, Price>;
  readonly #targets: string[] = [];
  settledUsd = 0;
  unknownUsd = 0;

  constructor(prices: ReadonlyMap<string, Price>) {
    this.#prices = prices;
  }

  get attempts(): number {
    return this.#targets.length;
  }

  requestBegun(): void {}

  attemptStarted({ target }: AttemptStarted): void {
    this.#targets.push(target);
  }

  attemptEnded({ seq, state, costUsd }: AttemptEnded): void {
    this.settledUsd += costUsd ?? 0;
    const price = this.#prices.get(this.#targets[seq - 1] ?? '');
    if (state === 'unknown' && price) this.unknownUsd += costOfAnswer(price);
  }

  requestEnded(): Promise<void> {
    return Promise.resolve();
  }
}

interface Line {
  readonly route: Route;
  readonly request: ChatRequest;
  readonly deps: EngineDeps;
  /** By target. */
  readonly prices: ReadonlyMap<string, Price>;
}

/** One request; a caller who has seen nothing for `waitsMs` leaves. */
async function ask(line: Line, requestId: string, waitsMs: number): Promise<RequestSeen> {
  const { clock } = line.deps;
  const at = clock.now();
  const gone = new AbortController();
  let firstContentMs: number | undefined;
  const leave = Number.isFinite(waitsMs) ? clock.setTimer(waitsMs, () => gone.abort()) : () => undefined;
  const sink = {
    open: () => {
      leave();
      firstContentMs = clock.now() - at;
    },
    write: () => undefined,
  };
  const bill = new BillLedger(line.prices);
  const order = { requestId, request: line.request, route: line.route, signal: gone.signal, startedAt: at };
  const result = await run(order, sink, { ...line.deps, ledger: bill });
  leave();
  const failure = result.kind === 'failed' ? result.failure : undefined;
  return {
    at,
    endedAt: clock.now(),
    outcome: result.kind,
    firstContentMs: firstContentMs ?? (result.kind === 'served' ? clock.now() - at : undefined),
    servedBy: result.kind === 'served' ? result.target.provider : undefined,
    attempts: bill.attempts,
    settledUsd: bill.settledUsd,
    unknownUsd: bill.unknownUsd,
    status: failure?.status,
    shouldRetry: failure?.shouldRetry ?? false,
    retryAfterMs: failure?.retryAfterMs,
    requests: 1,
  };
}
