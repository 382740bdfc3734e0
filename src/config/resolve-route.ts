import type { Hold, Route, RouteTarget, TimeBudget, Timeouts } from '../engine/route.ts';
import { ROUTE_DEFAULTS, TIMEOUT_DEFAULTS, WORKLOAD_DEFAULTS } from './defaults.ts';
import { expandTargets, isAuto } from './expand-targets.ts';
import type { LaneLimits } from './lane-limits.ts';
import { resolveContract } from './resolve-contract.ts';
import { resolveDegraded } from './resolve-degraded.ts';
import { resolveDemands } from './resolve-demands.ts';
import { resolveDefer } from './resolve-jobs.ts';
import { resolvePolicy } from './resolve-policy.ts';
import { resolvePreference } from './resolve-preference.ts';
import { resolveGate } from './resolve-provider.ts';
import { resolveQualityWatch } from './resolve-quality-watch.ts';
import { resolveTargetOf } from './resolve-target-of.ts';
import type { ResolvedProvider } from './resolved-config.ts';
import type { QualityWatchConfig } from './schema-quality-watch.ts';
import type { RouteConfig, TargetConfig, TimeoutsConfig } from './schema-routes.ts';

/** What routes refer to. */
export interface Surroundings {
  readonly providers: ReadonlyMap<string, ResolvedProvider>;
  readonly laneLimits: LaneLimits;
  /** As written for all routes. */
  readonly qualityWatch: QualityWatchConfig;
}

/** A route with every default filled in. Throws `RangeError` for targets that the checks would have refused. */
export function resolveRoute(name: string, route: RouteConfig, around: Surroundings): Route {
  const workload = route.workload ?? ROUTE_DEFAULTS.workload;
  const defaults = WORKLOAD_DEFAULTS[workload];
  const failover = route.failover ?? {};
  const streamBudget = budget(defaults.stream, failover);
  const unaryBudget = budget(defaults.unary, failover);
  const degraded = resolveDegraded(route.degraded);
  const clocks: Clocks = { firstContentMs: defaults.firstContentMs, unaryMs: unaryBudget.deadlineMs };
  return {
    name,
    workload,
    targets: expandTargets(route, around.providers).map((entry) => routeTarget(entry, route.timeouts, clocks, around)),
    ...(route.prompt !== undefined && { prompt: route.prompt }),
    policy: resolvePolicy(failover, unaryBudget.primaryBudgetMs),
    demands: resolveDemands(route, route.targets.some(isAuto)),
    streamBudget,
    unaryBudget,
    reserve: failover.reserve ?? ROUTE_DEFAULTS.reserve,
    attempts: failover.attempts ?? ROUTE_DEFAULTS.attempts,
    hold: hold(failover.hold),
    recovery: failover.recovery ?? ROUTE_DEFAULTS.recovery,
    onContentPolicy: failover.onContentPolicy ?? ROUTE_DEFAULTS.onContentPolicy,
    ...resolvePreference(failover, workload),
    ...repairOf(failover.repair),
    ...(route.contract && { contract: resolveContract(route.contract) }),
    defer: resolveDefer(route.defer, workload),
    qualityWatch: resolveQualityWatch(route.qualityWatch, around.qualityWatch),
    ...(degraded && { degraded }),
    audit: route.audit ?? ROUTE_DEFAULTS.audit,
  };
}

type Failover = NonNullable<RouteConfig['failover']>;

/** Either one alone pulls the other along: a budget longer than the deadline would leave no time for anybody else. */
function budget(defaults: TimeBudget, { primaryBudget, deadline }: Failover): TimeBudget {
  const deadlineMs = deadline ?? Math.max(defaults.deadlineMs, primaryBudget ?? 0);
  return { primaryBudgetMs: primaryBudget ?? Math.min(defaults.primaryBudgetMs, deadlineMs), deadlineMs };
}

/** What a broken contract leads to, beside the next target. */
function repairOf(written: Failover['repair']): Pick<Route, 'repair' | 'repairJson'> {
  const { json, ask } = typeof written === 'object' ? written : written === 'json' ? { json: true } : { ask: written };
  return { repairJson: json ?? false, ...(ask !== undefined && { repair: ask }) };
}

function hold(written: Failover['hold']): Hold {
  const chosen = written ?? ROUTE_DEFAULTS.hold;
  return typeof chosen === 'string' ? { kind: chosen } : { kind: 'tokens', count: chosen.tokens };
}

interface Clocks {
  readonly firstContentMs: number;
  /** Headers and content of a whole answer come when it is complete: only the deadline bounds them. */
  readonly unaryMs: number;
}

function routeTarget(
  entry: TargetConfig,
  above: TimeoutsConfig | undefined,
  clocks: Clocks,
  around: Surroundings,
): RouteTarget {
  const { target: id, timeouts, prompt, weight } = typeof entry === 'string' ? { target: entry } : { ...entry };
  const { target, provider } = resolveTargetOf(id, around.providers);
  const written: TimeoutsConfig = { ...above, ...timeouts };
  const stream = streamTimeouts(written, clocks.firstContentMs);
  return {
    target,
    stream,
    unary: { ...stream, headersMs: clocks.unaryMs, firstContentMs: clocks.unaryMs },
    gate: resolveGate(provider.gate, around.laneLimits.get(id)),
    ...(provider.slow && { slow: provider.slow }),
    ...(weight !== undefined && { weight }),
    ...(prompt && { prompt: { ...prompt, placement: prompt.placement ?? ROUTE_DEFAULTS.placement } }),
  };
}

function streamTimeouts(written: TimeoutsConfig, firstContentMs: number): Timeouts {
  return {
    connectMs: written.connect ?? TIMEOUT_DEFAULTS.connectMs,
    headersMs: written.headers ?? TIMEOUT_DEFAULTS.headersMs,
    firstContentMs: written.firstContent ?? firstContentMs,
    gapMs: written.gap ?? TIMEOUT_DEFAULTS.gapMs,
    totalMs: written.total ?? TIMEOUT_DEFAULTS.totalMs,
    minCharsPerSecond: written.minCharsPerSecond ?? TIMEOUT_DEFAULTS.minCharsPerSecond,
  };
}
