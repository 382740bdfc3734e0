import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Observer } from '../engine/observer.ts';
import { readerCutOf } from '../engine/record.ts';
import { LabelCap } from './label-cap.ts';
import { RequestMeters } from './request-meters.ts';

/** Callers may name raw targets; beyond so many names they share one label. */
const MAX_NAMES = 500;

const BREAKER_NUMBERS = { closed: 0, ramping: 1, 'half-open': 2, open: 3, isolated: 4 } as const;
const QUALITY_NUMBERS = { recovered: 0, trial: 1, fell: 2 } as const;

export interface Metrics {
  readonly observer: Observer;
  /** A configuration was to be taken anew. */
  reloadEnded(outcome: string): void;
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Numbers that are read at scrape time. */
export interface Gauges {
  openRequests(): number;
  /** Requests that were refused for want of room, by reason. */
  shed(): Readonly<Record<string, number>>;
  /** Share of what comes that is being refused for want of memory or time. */
  sheddingShare(): number;
  ledgerQueued(): number;
  ledgerLost(): number;
  unkeptResponses(): number;
  /** Number of the configuration that is served, 1 for that of the start. */
  configGeneration(): number;
  /** When it was taken, in seconds since 1970. */
  configTakenAt(): number;
  /** Of deferred jobs. */
  readonly jobs: JobGauges;
}

export interface JobGauges {
  waiting(): number;
  running(): number;
  dead(): number;
  oldestAgeMs(): number;
  webhooksPending(): number;
  webhooksDead(): number;
}

/** Prometheus metrics of everything the engine does. */
export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'understudy_' });
  addGauges(registry, gauges);
  const meters = createMeters(registry);
  const names = new LabelCap(MAX_NAMES);
  const requests = new RequestMeters(names);
  return {
    observer: observerOf(meters, requests, names),
    reloadEnded: (outcome) => meters.reloads.inc({ outcome }),
    render: async () => ({
      contentType: registry.contentType,
      text: `${await registry.metrics()}\n${requests.text()}`,
    }),
  };
}

function addGauges(registry: Registry, gauges: Gauges): void {
  const gauge = (name: string, help: string, read: () => number) => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge('understudy_open_requests', 'Requests being served now.', () => gauges.openRequests());
  gauge('understudy_shedding_share', 'Share of what comes that is refused for want of memory or time.', () =>
    gauges.sheddingShare(),
  );
  new Counter({
    name: 'understudy_shed_total',
    help: 'Requests refused for want of room, before anything was begun.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [reason, refused] of Object.entries(gauges.shed())) this.inc({ reason }, refused);
    },
  });
  gauge('understudy_ledger_queued_rows', 'Ledger rows not yet durable.', () => gauges.ledgerQueued());
  gauge('understudy_ledger_lost_rows', 'Ledger rows given up since the start.', () => gauges.ledgerLost());
  gauge('understudy_unkept_responses', 'Responses that could not be kept since the start.', () =>
    gauges.unkeptResponses(),
  );
  gauge('understudy_config_generation', 'Configurations taken since the start, the first one included.', () =>
    gauges.configGeneration(),
  );
  gauge('understudy_config_last_success_timestamp_seconds', 'When the configuration that is served was taken.', () =>
    gauges.configTakenAt(),
  );
  const { jobs } = gauges;
  gauge('understudy_jobs_waiting', 'Deferred jobs that wait for their turn or for a target.', () => jobs.waiting());
  gauge('understudy_jobs_running', 'Deferred jobs under a lease.', () => jobs.running());
  gauge('understudy_jobs_dead', 'Deferred jobs given up, until they are retried or deleted.', () => jobs.dead());
  gauge(
    'understudy_jobs_oldest_age_seconds',
    'How long the oldest waiting job has waited.',
    () => jobs.oldestAgeMs() / 1000,
  );
  gauge('understudy_job_webhooks_pending', 'Ends of jobs still to be delivered.', () => jobs.webhooksPending());
  gauge('understudy_job_webhooks_dead', 'Ends of jobs whose delivery was given up.', () => jobs.webhooksDead());
}

function createMeters(registry: Registry) {
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers: [registry] });
  return {
    failovers: counter('understudy_failovers_total', 'Requests for which another than the primary was asked.', [
      'route',
      'primary',
      'target',
      'cause',
    ]),
    degraded: counter('understudy_degraded_total', 'Answers below what the route promises.', ['route', 'reason']),
    quality: counter(
      'understudy_quality_moves_total',
      'Answers of a target that got worse for a route, or are looked at again.',
      ['route', 'target', 'source', 'to'],
    ),
    readersCut: counter('understudy_readers_cut_total', 'Callers cut off because they did not read their answers.', [
      'route',
      'why',
    ]),
    alerts: counter('understudy_alerts_total', 'Alerts raised.', ['kind']),
    reloads: counter('understudy_config_reloads_total', 'Reloads asked for, by what became of them.', ['outcome']),
    counts: counter('understudy_token_counts_total', 'Input tokens asked for: counted by the vendor, or estimated.', [
      'target',
      'for',
      'result',
    ]),
    qualityState: new Gauge({
      name: 'understudy_quality_state',
      help: 'Answers of a target for a route, once they got worse: 0 recovered, 1 on trial, 2 fallen.',
      labelNames: ['route', 'target', 'source'],
      registers: [registry],
    }),
    breaker: new Gauge({
      name: 'understudy_breaker_state',
      help: 'Breaker of a lane: 0 closed, 1 ramping, 2 half-open, 3 open, 4 isolated.',
      labelNames: ['lane'],
      registers: [registry],
    }),
  };
}

function observerOf(meters: ReturnType<typeof createMeters>, requests: RequestMeters, names: LabelCap): Observer {
  return {
    requestBegun() {},
    attemptBegun() {},
    attemptEnded: (info) => requests.attemptEnded(info),
    requestEnded(info) {
      requests.requestEnded(info);
      const { ended } = info;
      const cut = readerCutOf(ended);
      if (cut !== undefined) meters.readersCut.inc({ route: names.of(info.route), why: cut });
      if (!ended.degraded && !ended.failover) return;
      const route = names.of(info.route);
      if (ended.degraded) meters.degraded.inc({ route, reason: ended.degraded.reason });
      if (!ended.failover) return;
      const { primary, target = 'none', error } = ended.failover;
      meters.failovers.inc({ route, primary: names.of(primary), target: names.of(target), cause: error });
    },
    breakerMoved({ lane, to }) {
      meters.breaker.set({ lane: names.of(lane) }, BREAKER_NUMBERS[to]);
    },
    tokensCounted(info) {
      meters.counts.inc({ target: names.of(info.target.id), for: info.for, result: info.result });
    },
    qualityMoved({ route, target, source, to }) {
      const series = { route: names.of(route), target: names.of(target), source };
      meters.quality.inc({ ...series, to });
      meters.qualityState.set(series, QUALITY_NUMBERS[to]);
    },
    alert({ kind }) {
      meters.alerts.inc({ kind });
    },
  };
}
