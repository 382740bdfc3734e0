import { dialectKits } from '../../src/dialect-kits.ts';
import { Alerts } from '../../src/engine/alerts.ts';
import { noAnswerChecks } from '../../src/engine/answer-checks.ts';
import { NO_DEMANDS } from '../../src/engine/demands.ts';
import { HedgeBudgets } from '../../src/engine/hedge-budgets.ts';
import { Lanes } from '../../src/engine/lanes.ts';
import type { Alert, Observer } from '../../src/engine/observer.ts';
import { OpaqueMemory } from '../../src/engine/opaque-memory.ts';
import { operatorsWord } from '../../src/engine/parity.ts';
import type { Ledger, Upstream } from '../../src/engine/ports.ts';
import { Preference } from '../../src/engine/preference.ts';
import { unwatchedQuality } from '../../src/engine/quality-watch.ts';
import type { GateLimits, Route, RouteTarget, Timeouts } from '../../src/engine/route.ts';
import { type RunResult, run } from '../../src/engine/run.ts';
import type { EngineDeps } from '../../src/engine/run-state.ts';
import { Spending } from '../../src/engine/spending.ts';
import { UNKNOWN_CAPABILITIES } from '../../src/model/capability.ts';
import type { ChatEvent } from '../../src/model/chat-event.ts';
import type { ChatRequest } from '../../src/model/chat-request.ts';
import { DEFAULT_QUIRKS } from '../../src/model/quirks.ts';
import type { ServedSummary } from '../../src/model/summary.ts';
import type { Target } from '../../src/model/target.ts';
import { DEFAULT_BREAKER } from '../../src/resilience/breaker-policy.ts';
import { DEFAULT_RETRY_BUDGET } from '../../src/resilience/retry-budget.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { type Script, ScriptedUpstream } from './scripted-upstream.ts';
import { seededChance } from './seeded-chance.ts';
import { VirtualClock } from './virtual-clock.ts';

const TIMEOUTS: Timeouts = {
  connectMs: 3_000,
  headersMs: 10_000,
  firstContentMs: 15_000,
  gapMs: 30_000,
  totalMs: 600_000,
  minCharsPerSecond: 0,
};
const GATE: GateLimits = { concurrency: 256, queue: 256, queueMs: 500 };

export function target(id: string, over: Partial<Target> = {}): Target {
  const slash = id.indexOf('/');
  return {
    id,
    provider: id.slice(0, slash),
    model: id.slice(slash + 1),
    dialect: 'openai-chat',
    lane: id,
    capabilities: UNKNOWN_CAPABILITIES,
    quirks: DEFAULT_QUIRKS,
    ...over,
  };
}

export function routeTarget(
  id: string,
  over: Partial<RouteTarget> & { readonly of?: Partial<Target> } = {},
): RouteTarget {
  const { of, ...rest } = over;
  return {
    target: target(id, of),
    stream: TIMEOUTS,
    unary: { ...TIMEOUTS, headersMs: 90_000, firstContentMs: 90_000 },
    gate: GATE,
    ...rest,
  };
}

export function route(targets: readonly RouteTarget[], over: Partial<Route> = {}): Route {
  return {
    name: 'reply',
    workload: 'interactive',
    targets,
    policy: { kind: 'hot-cold' },
    demands: NO_DEMANDS,
    streamBudget: { primaryBudgetMs: 8_000, deadlineMs: 30_000 },
    unaryBudget: { primaryBudgetMs: 30_000, deadlineMs: 90_000 },
    reserve: 0.25,
    attempts: 3,
    hold: { kind: 'first-content' },
    recovery: 'error',
    onContentPolicy: 'stop',
    repairJson: false,
    defer: { when: 'never', concurrency: 4 },
    qualityWatch: 'off',
    score: 'off',
    affinity: { keepMs: 3_600_000, maxAgeMs: 1_800_000 },
    audit: 'best-effort',
    ...over,
  };
}

export function chatRequest(body: Record<string, unknown> = {}, options: ChatRequest['options'] = {}): ChatRequest {
  const whole = { model: 'reply', messages: [{ role: 'user', content: 'Say it.' }], stream: true, ...body };
  return dialectKits.caller('openai-chat').decodeRequest(JSON.parse(JSON.stringify(whole)), options);
}

/** One request as its caller saw it. */
export interface Seen {
  readonly result: Promise<RunResult>;
  readonly events: ChatEvent[];
  opened: ServedSummary | undefined;
  readonly gone: AbortController;
}

/** A whole engine's parts in virtual time: only what a test is about need be named. */
export function engineDeps(parts: {
  readonly clock: VirtualClock;
  readonly upstream: Upstream;
  readonly ledger: Ledger;
  readonly seed: number;
  readonly observer?: Partial<Observer>;
}): EngineDeps {
  const { clock, upstream, ledger } = parts;
  const nothing = () => {};
  const observer: Observer = {
    requestBegun: nothing,
    attemptBegun: nothing,
    attemptEnded: nothing,
    requestEnded: nothing,
    breakerMoved: nothing,
    tokensCounted: nothing,
    qualityMoved: nothing,
    alert: nothing,
    ...parts.observer,
  };
  return {
    clock,
    chance: seededChance(parts.seed),
    upstream,
    dialects: dialectKits,
    ledger,
    lanes: new Lanes({ breaker: DEFAULT_BREAKER, retryBudget: DEFAULT_RETRY_BUDGET }, (move) =>
      observer.breakerMoved(move),
    ),
    hedges: new HedgeBudgets(),
    memory: new OpaqueMemory({ turns: 1_000, bytes: 16 * 1_048_576, keepMs: 3_600_000 }),
    price: (_, usage) => (usage.outputTokens === undefined ? undefined : usage.outputTokens / 1000),
    status: { of: () => undefined },
    preference: new Preference(),
    checks: noAnswerChecks,
    quality: unwatchedQuality,
    parity: operatorsWord(() => clock.wallNow()),
    spending: new Spending(),
    observer,
    alerts: new Alerts(observer),
    redact: (text) => text,
  };
}

export function engine(
  scripts: Record<string, Script>,
  how: { seed?: number; observer?: Partial<Observer>; deps?: Partial<EngineDeps> } = {},
) {
  const clock = new VirtualClock();
  const upstream = new ScriptedUpstream(clock, scripts);
  const ledger = new MemoryLedger();
  const alerts: Alert[] = [];
  const moves: string[] = [];
  const observer: Partial<Observer> = {
    breakerMoved: ({ lane, from, to }) => moves.push(`${lane} ${from}→${to}`),
    alert: (alert) => alerts.push(alert),
    ...how.observer,
  };
  const deps = { ...engineDeps({ clock, upstream, ledger, observer, seed: how.seed ?? 1 }), ...how.deps };
  let requests = 0;
  const send = (over: Route, request: ChatRequest = chatRequest()): Seen => {
    requests += 1;
    const gone = new AbortController();
    const events: ChatEvent[] = [];
    const seen: { -readonly [K in keyof Seen]: Seen[K] } = {
      events,
      opened: undefined,
      gone,
      result: Promise.resolve({ kind: 'caller-gone' }),
    };
    const sink = {
      open: ({ summary }: { summary: ServedSummary }) => {
        seen.opened = summary;
      },
      write: (more: readonly ChatEvent[]) => {
        events.push(...more);
      },
    };
    const order = { requestId: `req_${requests}`, request, route: over, signal: gone.signal, startedAt: clock.now() };
    seen.result = run(order, sink, deps).then((result) => {
      if (result.kind === 'served') events.push(...result.events);
      return result;
    });
    return seen;
  };
  return { clock, upstream, ledger, alerts, moves, deps, send };
}

/** All text a caller was given. */
export function textOf(events: readonly ChatEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
}
