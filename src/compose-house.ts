import type { Logger } from 'pino';
import { type EngineCore, engineCore } from './compose-engine.ts';
import { jobGauges } from './compose-jobs.ts';
import { composeReceipts, type RunningReceipts } from './compose-receipts.ts';
import { onceTold } from './compose-together.ts';
import { type StartOptions, stackOf, type Tools } from './compose-tools.ts';
import { routeForRawTarget } from './config/resolve.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import { Alerts } from './engine/alerts.ts';
import type { Observer } from './engine/observer.ts';
import { readSealKey } from './read-secrets.ts';
import type { Admission } from './server/admission.ts';
import { ConversationLocks } from './server/conversation-locks.ts';
import { findTarget } from './server/find-route.ts';
import type { Keeping } from './server/keeping.ts';
import { type OpenLedger, openLedger } from './storage/open-ledger.ts';
import { enforceRetention } from './storage/retention.ts';
import { LaneWatch } from './telemetry/lane-watch.ts';
import { logObserver } from './telemetry/logs.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { combineObservers } from './telemetry/observers.ts';
import { createTraces } from './telemetry/traces.ts';
import type { Together } from './workers/together.ts';

/** What lives as long as the process, whatever configurations come and go. */
export interface House {
  readonly tools: Tools;
  readonly options: StartOptions;
  readonly opened: OpenLedger;
  readonly metrics: Metrics | undefined;
  readonly watch: LaneWatch;
  readonly receipts: RunningReceipts;
  readonly core: EngineCore;
  readonly locks: ConversationLocks;
  readonly onUnkept: Keeping['onUnkept'];
  /** Throws where the configuration cannot be followed. */
  check(next: ResolvedConfig): void;
  /** Holds what it keeps to another configuration; what was learned and counted stays. */
  follow(next: ResolvedConfig, before: ResolvedConfig): void;
  /** Closes everything but the ledger, which is to be closed last. */
  close(): void;
}

/** What of a running gateway is only known later. */
export interface Later {
  /** The configuration as it stands. */
  now(): ResolvedConfig;
  /** Its number, and milliseconds since 1970 at which it was taken. */
  generation(): number;
  takenAt(): number;
  openRequests(): number;
  /** Absent until there is a server. */
  admission(): Admission | undefined;
}

/** Opens the ledger and all that rests on it. Rejects where it cannot be opened. */
export async function openHouse(later: Later, options: StartOptions, tools: Tools): Promise<House> {
  const { logger, clock } = tools;
  const config = later.now();
  const opened = await openRecord(config.storage, tools);
  const watch = new LaneWatch({ clock, ledger: opened.ledger });
  const unkept = { count: 0 };
  const metrics = config.telemetry.metrics ? metricsOf(later, opened, unkept) : undefined;
  const { together } = options;
  const told = [logObserver(logger), watch].map((one) => onceTold(one, together));
  const observer = observerOf([metrics?.observer, createTraces(), ...told, options.observer], logger);
  const alerts = new Alerts(observer, together?.sharing);
  const receipts = await composeReceipts(config, {
    ledger: opened.ledger,
    reader: opened.receipts,
    clock,
    alerts,
    sharing: together?.sharing,
    log: (level, facts, message) => logger[level](facts, message),
  });
  const core = engineCore(later.now, {
    clock,
    chance: tools.chance,
    ledger: opened.ledger,
    observer,
    alerts,
    parity: receipts.parity,
    redact: (text) => tools.redactor.redact(text),
    sharing: together?.sharing,
  });
  let endSweeps = sweepsOf(config, opened, tools, together);
  return {
    tools,
    options,
    opened,
    metrics,
    watch,
    receipts,
    core,
    locks: new ConversationLocks(together && ((conversation) => together.lock(conversation))),
    onUnkept: ({ requestId, why, fault }) => {
      unkept.count += 1;
      logger.error({ request: requestId, why }, 'a response was not kept, and its caller was told so');
      if (fault) alerts.raise({ kind: 'ledger-trouble', message: `a response was not kept: ${why}` }, clock.now());
    },
    check: ({ routes }) => core.lanes.checkLimits([...routes.values()].flatMap(({ targets }) => targets)),
    follow(next, before) {
      followWith(core, next);
      logger.level = next.telemetry.logLevel;
      if (JSON.stringify(next.retention) === JSON.stringify(before.retention)) return;
      endSweeps();
      endSweeps = sweepsOf(next, opened, tools, together);
    },
    close() {
      endSweeps();
      receipts.close();
      watch.close();
    },
  };
}

/** The ledger of a configuration, sealed where it has a key. */
async function openRecord(
  { file, checkpoints, sealKey: reference }: ResolvedConfig['storage'],
  { secrets, logger }: Tools,
): Promise<OpenLedger> {
  const sealKey = reference && (await readSealKey(reference, secrets.resolve));
  return openLedger({
    file,
    ...(sealKey !== undefined && { sealKey }),
    ...(checkpoints !== undefined && { checkpoints }),
    onCheckpoint: ({ seq, digest }) => logger.info({ seal: seq, digest }, 'the end of the ledger'),
    onTrouble: ({ message, ...trouble }) => logger.error(trouble, `ledger: ${message}`),
  });
}

function metricsOf(later: Later, { ledger, jobs }: OpenLedger, unkept: { readonly count: number }): Metrics {
  return createMetrics({
    openRequests: later.openRequests,
    shed: () => ({ ...later.admission()?.refused }),
    sheddingShare: () => later.admission()?.share ?? 0,
    unkeptResponses: () => unkept.count,
    configGeneration: later.generation,
    configTakenAt: () => later.takenAt() / 1000,
    ledgerQueued: () => ledger.queued(),
    ledgerLost: () => ledger.lost(),
    jobs: jobGauges(jobs),
  });
}

function followWith({ lanes, memory, spending, clock }: EngineCore, next: ResolvedConfig): void {
  const now = clock.now();
  const names = { routes: next.routes, rawRoute: (id: string) => routeForRawTarget(next, id) };
  lanes.follow(next.health, (id) => findTarget(names, id), now);
  memory.resize(next.stateMemory, now);
  spending.follow(next.callerLimits, next.tagLimits, now);
}

function observerOf(observers: readonly (Observer | undefined)[], logger: Logger): Observer {
  const there = observers.filter((observer) => observer !== undefined);
  return combineObservers(there, (error) => logger.error({ error: stackOf(error) }, 'an observer failed'));
}

/** Of several processes the lead deletes for all. */
function sweepsOf(config: ResolvedConfig, opened: OpenLedger, tools: Tools, together?: Together): () => void {
  if (!together) return sweepsHere(config, opened, tools);
  let end: (() => void) | undefined;
  let ended = false;
  together.whenLead(() => {
    if (!ended) end = sweepsHere(config, opened, tools);
  });
  return () => {
    ended = true;
    end?.();
  };
}

function sweepsHere(config: ResolvedConfig, opened: OpenLedger, { logger, clock }: Tools): () => void {
  return enforceRetention(config.retention, {
    ledger: opened.ledger,
    clock,
    onSwept: ({ what, deleted, error }) => {
      if (error === undefined) logger.info({ deleted }, `${what} past their retention were deleted`);
      else logger.error({ error: String(error) }, `${what} past their retention could not be deleted`);
    },
  });
}
