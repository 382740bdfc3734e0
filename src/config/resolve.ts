import type { Route } from '../engine/route.ts';
import { parseTargetId } from '../model/target.ts';
import type { PriceOverride } from '../providers/pricing.ts';
import type { PromptLibrary } from '../quality/prompts/prompt-library.ts';
import type { BreakerPolicy } from '../resilience/breaker.ts';
import type { AutoChoice } from './auto-targets.ts';
import {
  CONVERSATION_DEFAULTS,
  HEALTH_DEFAULTS,
  RETENTION_DEFAULTS,
  SERVER_DEFAULTS,
  STATE_MEMORY_DEFAULTS,
  STATUS_PAGE_DEFAULTS,
  STORAGE_DEFAULT,
  TELEMETRY_DEFAULTS,
} from './defaults.ts';
import type { Environment } from './environment-variable.ts';
import { autoChoiceOf } from './expand-targets.ts';
import { laneLimits } from './lane-limits.ts';
import { resolveUseLimits } from './resolve-demands.ts';
import { resolveJobs, resolveWebhooks } from './resolve-jobs.ts';
import { resolveProvider } from './resolve-provider.ts';
import { resolveReceipts } from './resolve-receipts.ts';
import { resolveRoute } from './resolve-route.ts';
import type {
  CallerKey,
  ResolvedConfig,
  ResolvedConversations,
  ResolvedRetention,
  ResolvedServer,
  ResolvedStorage,
  ServerLimits,
} from './resolved-config.ts';
import type { Config } from './schema.ts';

/**
 * Fills in every default and resolves every name of a configuration that `parseConfig` or `checkConfig` accepted.
 * `prompts`: as `loadPrompts` read them.
 */
export function resolveConfig(config: Config, env: Environment = process.env, prompts?: PromptLibrary): ResolvedConfig {
  const providers = new Map(
    Object.entries(config.providers).map(([name, provider]) => [name, resolveProvider(name, provider, env)]),
  );
  const around = { providers, laneLimits: laneLimits(config), qualityWatch: config.qualityWatch ?? {} };
  const routes = new Map(
    Object.entries(config.routes).map(([name, route]) => [name, resolveRoute(name, route, around)]),
  );
  return {
    server: resolveServer(config.server ?? {}),
    ...around,
    routes,
    autoChoices: autoChoices(config, providers),
    callerLimits: resolveUseLimits(config.server?.keys ?? []),
    tagLimits: resolveUseLimits(Object.entries(config.tags ?? {}).map(([name, limits]) => ({ name, ...limits }))),
    descriptions: descriptions(config),
    prices: prices(config),
    health: resolveHealth(config),
    storage: resolveStorage(config.storage ?? {}),
    ...(prompts && { prompts }),
    conversations: resolveConversations(config),
    retention: resolveRetention(config),
    jobs: resolveJobs(config),
    webhooks: resolveWebhooks(config),
    stateMemory: resolveStateMemory(config),
    receipts: resolveReceipts(config),
    ...statusPages(config),
    telemetry: {
      logLevel: config.telemetry?.logLevel ?? TELEMETRY_DEFAULTS.logLevel,
      logFormat: config.telemetry?.logFormat ?? TELEMETRY_DEFAULTS.logFormat,
      metrics: config.telemetry?.metrics ?? TELEMETRY_DEFAULTS.metrics,
    },
  };
}

function resolveStorage(written: NonNullable<Config['storage']>): ResolvedStorage {
  const { url = STORAGE_DEFAULT, ...rest } = typeof written === 'string' ? { url: written } : written;
  return { kind: 'sqlite', file: url.slice('sqlite:'.length), ...rest };
}

function statusPages({ statusPages: written, airGapped }: Config): Pick<ResolvedConfig, 'statusPages'> {
  if (airGapped || !(written?.enabled ?? STATUS_PAGE_DEFAULTS.enabled)) return {};
  return { statusPages: { everyMs: written?.every ?? STATUS_PAGE_DEFAULTS.everyMs } };
}

/** Callers write it: bounded, and nothing that could break out of a log line or path. */
const RAW_TARGET = /^[\x21-\x7e]{1,256}$/;

/**
 * The route behind a raw `provider/model` sent as `model`: that target alone, with the defaults of an interactive route.
 * Undefined where the provider is not configured or the text is no target.
 */
export function routeForRawTarget(resolved: ResolvedConfig, id: string): Route | undefined {
  const parsed = RAW_TARGET.test(id) ? parseTargetId(id) : undefined;
  if (!parsed || !resolved.providers.has(parsed.provider)) return undefined;
  return resolveRoute(id, { targets: [id], failover: { policy: 'single' } }, resolved);
}

type Server = NonNullable<Config['server']>;

function resolveServer(server: Server): ResolvedServer {
  return {
    host: server.host ?? SERVER_DEFAULTS.host,
    port: server.port ?? SERVER_DEFAULTS.port,
    ...(server.adminKey && { adminKey: server.adminKey }),
    keys: (server.keys ?? []).map(({ name, key, routes }): CallerKey => ({ name, key, ...(routes && { routes }) })),
    strictCompat: server.strictCompat ?? SERVER_DEFAULTS.strictCompat,
    limits: resolveLimits(server.limits ?? {}),
    watch: server.watch ?? SERVER_DEFAULTS.watch,
    workers: server.workers ?? SERVER_DEFAULTS.workers,
    drain: {
      delayMs: server.drain?.delay ?? SERVER_DEFAULTS.drain.delayMs,
      graceMs: server.drain?.grace ?? SERVER_DEFAULTS.drain.graceMs,
    },
  };
}

function resolveLimits(written: NonNullable<Server['limits']>): ServerLimits {
  const { limits } = SERVER_DEFAULTS;
  return {
    maxBodyBytes: written.body ?? limits.maxBodyBytes,
    maxHeaders: written.headers ?? limits.maxHeaders,
    maxHeaderBytes: written.headerBytes ?? limits.maxHeaderBytes,
    maxMessages: written.messages ?? limits.maxMessages,
    maxTools: written.tools ?? limits.maxTools,
    maxDepth: written.depth ?? limits.maxDepth,
    headersTimeoutMs: written.headersTimeout ?? limits.headersTimeoutMs,
    bodyTimeoutMs: written.bodyTimeout ?? limits.bodyTimeoutMs,
    ...(written.streams !== undefined && { maxStreams: written.streams }),
    ...(written.connectionsPerAddress !== undefined && { maxConnectionsPerAddress: written.connectionsPerAddress }),
    loopDelayMs: written.loopDelay ?? limits.loopDelayMs,
    stalledReaderMs: written.stalledReader ?? limits.stalledReaderMs,
    readerRate: written.readerRate ?? limits.readerRate,
  };
}

function resolveHealth(config: Config): ResolvedConfig['health'] {
  const { health } = config;
  const { slow, headroom, adaptive } = HEALTH_DEFAULTS;
  const written = health?.slow;
  return {
    breaker: resolveBreaker(config),
    retryBudget: resolveRetryBudget(config),
    slow: {
      firstContentMs: written?.firstContent ?? slow.firstContentMs,
      tokenMs: written?.tokenTime ?? slow.tokenMs,
      forMs: written?.for ?? slow.forMs,
      minimumSamples: written?.samples ?? slow.minimumSamples,
    },
    headroom: { reserve: health?.headroom?.reserve ?? headroom.reserve },
    adaptive: {
      ...adaptive,
      enabled: health?.adaptiveTimeouts?.enabled ?? adaptive.enabled,
      factor: health?.adaptiveTimeouts?.factor ?? adaptive.factor,
      minimumSamples: health?.adaptiveTimeouts?.samples ?? adaptive.minimumSamples,
    },
  };
}

function resolveBreaker({ health }: Config): BreakerPolicy {
  const written = health?.breaker ?? {};
  const { breaker } = HEALTH_DEFAULTS;
  const probeIntervalMs =
    written.probeInterval ?? Math.min(breaker.probeIntervalMs, written.probeIntervalMax ?? Infinity);
  return {
    ...breaker,
    consecutive: written.consecutive ?? breaker.consecutive,
    failureShare: written.failureShare ?? breaker.failureShare,
    minimumSamples: written.minimumSamples ?? breaker.minimumSamples,
    windowMs: written.window ?? breaker.windowMs,
    probeIntervalMs,
    probeIntervalMaxMs: written.probeIntervalMax ?? Math.max(breaker.probeIntervalMaxMs, probeIntervalMs),
    ramp: { ...breaker.ramp, dwellMs: written.rampDwell ?? breaker.ramp.dwellMs },
    returnDwellMs: written.returnDwell ?? breaker.returnDwellMs,
    isolateMs: written.isolate ?? breaker.isolateMs,
  };
}

function resolveRetryBudget({ health }: Config) {
  const { retryBudget } = HEALTH_DEFAULTS;
  return {
    ...retryBudget,
    ratio: health?.retryBudget?.ratio ?? retryBudget.ratio,
    perSecond: health?.retryBudget?.perSecond ?? retryBudget.perSecond,
  };
}

function resolveConversations({ conversations }: Config): ResolvedConversations {
  return {
    store: conversations?.store ?? CONVERSATION_DEFAULTS.store,
    maxItems: conversations?.items ?? CONVERSATION_DEFAULTS.maxItems,
    maxBytes: conversations?.size ?? CONVERSATION_DEFAULTS.maxBytes,
  };
}

function resolveRetention({ retention }: Config): ResolvedRetention {
  return {
    ...(retention?.requests !== undefined && { requestsMs: retention.requests }),
    conversationsMs: retention?.conversations ?? RETENTION_DEFAULTS.conversationsMs,
  };
}

function resolveStateMemory({ stateMemory }: Config): ResolvedConfig['stateMemory'] {
  return {
    turns: stateMemory?.turns ?? STATE_MEMORY_DEFAULTS.turns,
    bytes: stateMemory?.size ?? STATE_MEMORY_DEFAULTS.bytes,
    keepMs: stateMemory?.keep ?? STATE_MEMORY_DEFAULTS.keepMs,
  };
}

function autoChoices({ routes }: Config, providers: ResolvedConfig['providers']): ResolvedConfig['autoChoices'] {
  const found = new Map<string, AutoChoice>();
  for (const [name, route] of Object.entries(routes)) {
    const choice = autoChoiceOf(route, providers);
    if (choice) found.set(name, choice);
  }
  return found;
}

function descriptions({ routes }: Config): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, { description }] of Object.entries(routes))
    if (description !== undefined) found.set(name, description);
  return found;
}

function prices({ providers }: Config): Map<string, PriceOverride> {
  const found = new Map<string, PriceOverride>();
  for (const [name, { models }] of Object.entries(providers)) {
    for (const [model, { price }] of Object.entries(models ?? {})) if (price) found.set(`${name}/${model}`, price);
  }
  return found;
}
