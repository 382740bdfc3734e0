import type { AddressInfo } from 'node:net';
import type { DestinationStream, Logger } from 'pino';
import { answerChecksOf } from './compose-checks.ts';
import { composeJobs, jobGauges, type RunningJobs, webhookSenderOf } from './compose-jobs.ts';
import { composeReceipts, parityDesk, type RunningReceipts } from './compose-receipts.ts';
import { settingsOf } from './compose-settings.ts';
import { routeForRawTarget } from './config/resolve.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import { dialectKits } from './dialect-kits.ts';
import { Alerts } from './engine/alerts.ts';
import { type AnswerChecks, noAnswerChecks } from './engine/answer-checks.ts';
import { HedgeBudgets } from './engine/hedge-budgets.ts';
import { Lanes } from './engine/lanes.ts';
import type { Observer } from './engine/observer.ts';
import { OpaqueMemory } from './engine/opaque-memory.ts';
import { restoreOrders } from './engine/operator-orders.ts';
import { operatorsWord, type Parity } from './engine/parity.ts';
import type { Chance, Clock, Ledger, Upstream } from './engine/ports.ts';
import { Preference } from './engine/preference.ts';
import { QualityHealth } from './engine/quality-health.ts';
import type { EngineDeps } from './engine/run-state.ts';
import { Spending } from './engine/spending.ts';
import type { StatusFeed } from './model/status-feed.ts';
import { createPricing } from './providers/pricing.ts';
import { readSecrets } from './read-secrets.ts';
import { type BuiltServer, buildServer } from './server/build-server.ts';
import type { CallerKeys } from './server/caller-keys.ts';
import { ConversationLocks } from './server/conversation-locks.ts';
import { findTarget } from './server/find-route.ts';
import type { Gateway } from './server/gateway.ts';
import type { Keeping } from './server/keeping.ts';
import { type OpenLedger, openLedger } from './storage/open-ledger.ts';
import { enforceRetention } from './storage/retention.ts';
import { systemChance, systemClock } from './system-clock.ts';
import { LaneWatch } from './telemetry/lane-watch.ts';
import { createLogger, logObserver } from './telemetry/logs.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { combineObservers } from './telemetry/observers.ts';
import { createTraces } from './telemetry/traces.ts';
import type { RunningChecks } from './upstream/checks/answer-checks.ts';
import { findMissingLibraries, loadLibraries } from './upstream/cloud-libraries.ts';
import { upstreamProviders } from './upstream/provider.ts';
import { createRedactor } from './upstream/redactor.ts';
import { createPageFetcher } from './upstream/status-pages/fetch-page.ts';
import { StatusReader } from './upstream/status-pages/status-pages.ts';
import { createUpstream, type HttpUpstream } from './upstream/upstream.ts';

export { evidenceOfFiles, parityForQuestions } from './compose-receipts.ts';
export { readAdminKey, readSigningKey } from './read-secrets.ts';

/** What an embedding program or a test may replace. */
export interface StartOptions {
  /** Where log lines go; standard error unless told. */
  readonly logDestination?: DestinationStream;
  /** Variables that `env:` references are read from; the process's own unless told. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly chance?: Chance;
  /** Watches beside metrics, traces and logs. */
  readonly observer?: Observer;
}

/** A gateway that listens. */
export interface RunningGateway {
  /** `http://host:port`. */
  readonly url: string;
  readonly engine: EngineDeps;
  /**
   * Readiness fails at once; after `delayMs` new requests are refused; running ones have `graceMs` more to end, and are
   * then ended with `gateway_draining` in their own protocol. The ledger is flushed. Resolves true when all ended by
   * themselves.
   */
  drain(delayMs: number, graceMs: number): Promise<boolean>;
  /** Stops at once. */
  stop(): Promise<void>;
}

/** Puts the real parts together and starts to listen: the only place that wires. Rejects with an error that names what is wrong. */
export async function startGateway(config: ResolvedConfig, options: StartOptions = {}): Promise<RunningGateway> {
  const providers = upstreamProviders(config.providers);
  const libraries = await loadLibraries(providers.values());
  const secrets = await readSecrets(config, options.env);
  const redactor = createRedactor(secrets.known);
  secrets.onNew((secret) => redactor.add(secret));
  const logger = loggerOf(config, options, (line) => redactor.redact(line));
  const sender = await webhookSenderOf(config, secrets.resolve);
  const checks = answerChecksOf(config);
  const opened = await openLedger({
    file: config.storage.file,
    onTrouble: ({ message, ...trouble }) => logger.error(trouble, `ledger: ${message}`),
  });
  const upstream = createUpstream({
    providers,
    libraries,
    resolveSecret: secrets.resolve,
    onSecret: (secret) => redactor.addPassing(secret),
    onProblem: (problem) => logger.warn({}, problem),
    now: () => (options.clock ?? systemClock).wallNow(),
  });
  const clock = options.clock ?? systemClock;
  const watch = new LaneWatch({ clock, ledger: opened.ledger });
  let server: BuiltServer | undefined;
  let unkept = 0;
  const gauges = gaugesOf(opened, { server: () => server, unkept: () => unkept });
  const metrics = config.telemetry.metrics ? createMetrics(gauges) : undefined;
  const watching = [metrics?.observer, createTraces(), logObserver(logger), watch, options.observer];
  const observer = observerOf(watching, logger);
  const status = statusOf(config, options, logger);
  let alerts: Alerts | undefined;
  const receipts = await composeReceipts(config, {
    ledger: opened.ledger,
    reader: opened.receipts,
    clock,
    alerts: () => alerts,
    log: (level, facts, message) => logger[level](facts, message),
  });
  const engine = engineOf(config, options, {
    upstream,
    ledger: opened.ledger,
    observer,
    status,
    parity: receipts.parity,
    checks,
    redact: (text) => redactor.redact(text),
  });
  alerts = engine.alerts;
  const gateway = gatewayOf(config, { engine, opened, metrics, watch, keys: secrets.keys });
  restoreLanes(gateway, opened, logger);
  const keeping = keepingOf(config, opened, ({ requestId, why, fault }) => {
    unkept += 1;
    logger.error({ request: requestId, why }, 'a response was not kept, and its caller was told so');
    if (fault)
      engine.alerts.raise({ kind: 'ledger-trouble', message: `a response was not kept: ${why}` }, engine.clock.now());
  });
  const jobs = composeJobs(config, {
    engine,
    store: opened.jobs,
    sender,
    onTrouble: (what, error) => logger.error({ error: stackOf(error) }, what),
  });
  server = buildServer({
    ...gateway,
    deferring: jobs.deferring,
    parity: parityDesk(config, receipts, clock),
    ...(keeping && { keeping }),
    onInternalError: internalErrors(logger),
  });
  try {
    await server.app.listen({ host: config.server.host, port: config.server.port });
  } catch (error) {
    receipts.close();
    await Promise.all([server.app.close(), upstream.close(), checks.close(), status?.close(), opened.ledger.close()]);
    throw error;
  }
  const endSweeps = sweepsOf(config, opened, engine, logger);
  jobs.start();
  return running(config, { server, checks, upstream, opened, engine, status, watch, jobs, receipts, endSweeps });
}

function internalErrors(logger: Logger): Gateway['onInternalError'] {
  return (error, requestId) => logger.error({ request: requestId, error: stackOf(error) }, 'internal error');
}

function loggerOf({ telemetry }: ResolvedConfig, options: StartOptions, redact: (line: string) => string): Logger {
  return createLogger({
    level: telemetry.logLevel,
    format: telemetry.logFormat,
    redact,
    ...(options.logDestination && { destination: options.logDestination }),
  });
}

function sweepsOf(config: ResolvedConfig, opened: OpenLedger, engine: EngineDeps, logger: Logger): () => void {
  return enforceRetention(config.retention, {
    ledger: opened.ledger,
    clock: engine.clock,
    onSwept: ({ what, deleted, error }) => {
      if (error === undefined) logger.info({ deleted }, `${what} past their retention were deleted`);
      else logger.error({ error: String(error) }, `${what} past their retention could not be deleted`);
    },
  });
}

function observerOf(observers: readonly (Observer | undefined)[], logger: Logger): Observer {
  const there = observers.filter((observer) => observer !== undefined);
  return combineObservers(there, (error) => logger.error({ error: String(error) }, 'an observer failed'));
}

function keepingOf(
  { conversations }: ResolvedConfig,
  opened: OpenLedger,
  onUnkept: Keeping['onUnkept'],
): Keeping | undefined {
  if (!conversations.store) return undefined;
  const limits = { items: conversations.maxItems, bytes: conversations.maxBytes };
  return { store: opened.conversations, locks: new ConversationLocks(), limits, onUnkept };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What has to be installed before a provider can be reached, in one line each, by the provider's name. */
export function missingLibraries(config: ResolvedConfig): Promise<ReadonlyMap<string, string>> {
  return findMissingLibraries(upstreamProviders(config.providers).values());
}

/** Undefined where no page is to be read, or none is known. */
function statusOf(config: ResolvedConfig, options: StartOptions, logger: Logger): StatusReader | undefined {
  const feeds = new Map<string, StatusFeed>();
  for (const { name, statusFeed } of config.providers.values()) if (statusFeed) feeds.set(name, statusFeed);
  if (!config.statusPages || feeds.size === 0) return undefined;
  const chance = options.chance ?? systemChance;
  return new StatusReader({
    feeds,
    everyMs: config.statusPages.everyMs,
    clock: options.clock ?? systemClock,
    random: () => chance.next(),
    fetcher: createPageFetcher(),
    listener: {
      changed: ({ provider, dialect, from, note }) =>
        logger.info({ provider, dialect, from, to: note.state, about: note.about }, 'a status page changed'),
      unreadable: (problem) => logger.warn(problem, 'a status page could not be read; its state is unknown'),
    },
  });
}

function gaugesOf(opened: OpenLedger, now: { server(): BuiltServer | undefined; unkept(): number }) {
  return {
    openRequests: () => now.server()?.open.count ?? 0,
    unkeptResponses: now.unkept,
    ledgerQueued: () => opened.ledger.queued(),
    ledgerLost: () => opened.ledger.lost(),
    jobs: jobGauges(opened.jobs),
  };
}

interface EngineParts {
  /** Absent where no page is read. */
  readonly status: StatusReader | undefined;
  readonly upstream: Upstream;
  readonly ledger: Ledger;
  readonly observer: Observer;
  readonly parity: Parity;
  /** Absent where nobody is reached. */
  readonly checks?: AnswerChecks;
  redact(text: string): string;
}

export function engineOf(config: ResolvedConfig, options: StartOptions, parts: EngineParts): EngineDeps {
  const { observer } = parts;
  const lanes = new Lanes(config.health, (move) => observer.breakerMoved(move));
  const alerts = new Alerts(observer);
  const routeOf = (name: string) => config.routes.get(name);
  return {
    clock: options.clock ?? systemClock,
    ...(config.prompts && { prompts: config.prompts }),
    chance: options.chance ?? systemChance,
    upstream: parts.upstream,
    dialects: dialectKits,
    ledger: parts.ledger,
    lanes,
    hedges: new HedgeBudgets(),
    memory: new OpaqueMemory(config.stateMemory),
    price: createPricing({ knownName: (name) => config.providers.get(name)?.known, overrides: config.prices }),
    status: parts.status ?? { of: () => undefined },
    preference: new Preference(),
    checks: parts.checks ?? noAnswerChecks,
    quality: new QualityHealth({ lanes, alerts, observer, parity: parts.parity, prompts: config.prompts, routeOf }),
    parity: parts.parity,
    spending: new Spending(config.callerLimits, config.tagLimits),
    observer,
    alerts,
    redact: parts.redact,
  };
}

/** An engine that is asked who would serve, and never to serve: it reaches nobody and writes nothing. */
export function engineForQuestions(
  config: ResolvedConfig,
  parity: Parity = operatorsWord(() => systemClock.wallNow()),
): EngineDeps {
  const nothing = () => undefined;
  return engineOf(
    config,
    {},
    {
      status: undefined,
      parity,
      upstream: { send: () => Promise.reject(new Error('nobody is reached for a question')) },
      ledger: {
        requestBegun: nothing,
        attemptStarted: nothing,
        attemptEnded: nothing,
        requestEnded: () => Promise.resolve(),
      },
      observer: combineObservers([], nothing),
      redact: (text) => text,
    },
  );
}

interface GatewayParts {
  readonly engine: EngineDeps;
  readonly opened: OpenLedger;
  readonly metrics: Metrics | undefined;
  readonly watch: LaneWatch;
  readonly keys: CallerKeys;
}

function gatewayOf(
  config: ResolvedConfig,
  parts: GatewayParts,
): Omit<Gateway, 'onInternalError' | 'deferring' | 'parity'> {
  const { engine, opened, metrics, watch, keys } = parts;
  return {
    settings: settingsOf(config),
    routes: config.routes,
    descriptions: config.descriptions,
    rawRoute: (model) => routeForRawTarget(config, model),
    engine,
    keys,
    reader: opened.reader,
    lanes: opened.lanes,
    operatorActed: (row) => opened.ledger.operatorActed(row),
    feedbackGiven: (row) => opened.ledger.feedbackGiven(row),
    lastFault: (lane) => watch.lastFault(lane),
    metrics: () => metrics?.render(),
    ledgerLost: () => opened.ledger.lost(),
  };
}

/** What operators ordered before a restart holds after it. */
function restoreLanes(
  gateway: Omit<Gateway, 'onInternalError' | 'deferring' | 'parity'>,
  { lanes }: OpenLedger,
  logger: Logger,
): void {
  const { engine } = gateway;
  const targetOf = (id: string) => findTarget(gateway, id);
  const lost = restoreOrders(lanes.standing(engine.clock.wallNow()), { ...engine, targetOf });
  for (const { target, action } of lost) logger.warn({ target, action }, 'an order is for a target that is gone');
}

/** What requests that were given up have for their last row and their last words. */
const HALTED_MS = 2_000;

interface RunningParts {
  readonly server: BuiltServer;
  readonly upstream: HttpUpstream;
  readonly opened: OpenLedger;
  readonly engine: EngineDeps;
  readonly status: StatusReader | undefined;
  readonly watch: LaneWatch;
  readonly jobs: RunningJobs;
  readonly receipts: RunningReceipts;
  readonly checks: RunningChecks;
  /** Ends the scheduled deletion of what is too old. */
  endSweeps(): void;
}

function running(config: ResolvedConfig, parts: RunningParts): RunningGateway {
  const { server, upstream, opened, engine } = parts;
  const { port } = server.app.server.address() as AddressInfo;
  const host = config.server.host.includes(':') ? `[${config.server.host}]` : config.server.host;
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      parts.endSweeps();
      parts.receipts.close();
      await parts.jobs.finish(0);
      server.app.server.closeAllConnections();
      await server.app.close();
      await Promise.all([upstream.close(), parts.checks.close(), parts.status?.close()]);
      parts.watch.close();
      await opened.ledger.close();
    })();
    return stopped;
  };
  return {
    url: `http://${host}:${port}`,
    engine,
    stop,
    async drain(delayMs, graceMs) {
      server.open.announceDrain();
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      server.open.drain();
      const [answered, worked] = await Promise.all([server.open.empty(graceMs), parts.jobs.finish(graceMs)]);
      const allEnded = answered && worked;
      if (!allEnded) {
        server.open.haltAll();
        await server.open.empty(HALTED_MS);
      }
      await stop();
      return allEnded;
    },
  };
}
