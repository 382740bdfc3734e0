import { routeForRawTarget } from './config/resolve.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import { JobCourier } from './engine/job-courier.ts';
import type { WebhookSender } from './engine/job-store.ts';
import { JobWorker } from './engine/job-worker.ts';
import type { EngineDeps } from './engine/run-state.ts';
import { newRequestId } from './server/chat-surface.ts';
import type { Deferring } from './server/deferral.ts';
import { embeddingsRoute } from './server/embeddings-surface.ts';
import type { Jobs } from './storage/jobs.ts';
import type { Secret } from './upstream/secret.ts';
import type { SecretReference } from './upstream/secret-source.ts';
import { createWebhookSender, webhookKey } from './upstream/webhook-sender.ts';

export interface JobsParts {
  readonly engine: EngineDeps;
  readonly store: Jobs;
  readonly sender: WebhookSender;
  /** For the log. */
  onTrouble(what: string, error: unknown): void;
}

/** Deferred jobs as one process works them off. */
export interface RunningJobs {
  readonly deferring: Deferring;
  start(): void;
  /** Takes no more; what runs has `graceMs`, and is then given back. True when all ended by itself. */
  finish(graceMs: number): Promise<boolean>;
}

/** Rejects for an endpoint that must not be called, or whose secret is none: before anything is opened that had to be closed. */
export async function webhookSenderOf(
  config: ResolvedConfig,
  resolveSecret: (reference: SecretReference) => Promise<Secret>,
): Promise<WebhookSender> {
  const endpoints = new Map(
    [...config.webhooks].map(([name, { url, secret }]) => [name, { url, secret: () => resolveSecret(secret) }]),
  );
  for (const [name, { secret }] of endpoints) webhookKey(name, await secret());
  return createWebhookSender(endpoints);
}

/** Puts worker and courier together. */
export function composeJobs(config: ResolvedConfig, parts: JobsParts): RunningJobs {
  const { engine, store, sender, onTrouble } = parts;
  const { leaseMs } = config.jobs;
  const courier = new JobCourier({ engine, store, sender, leaseMs, onTrouble });
  const worker = new JobWorker({
    engine,
    store,
    policy: config.jobs,
    annotate: !config.server.strictCompat,
    routeOf: (name, dialect) => {
      const route = config.routes.get(name) ?? routeForRawTarget(config, name);
      return route && dialect === 'openai-embeddings' ? embeddingsRoute(route) : route;
    },
    newRequestId,
    onEnded: () => courier.wake(),
    onTrouble,
  });
  let finished: Promise<boolean> | undefined;
  return {
    deferring: {
      store,
      policy: config.jobs,
      webhooks: new Set(config.webhooks.keys()),
      wake: () => worker.wake(),
    },
    start() {
      worker.start();
      courier.start();
    },
    finish(graceMs) {
      finished ??= Promise.all([worker.finish(graceMs), courier.finish(graceMs)]).then(([inTime]) => inTime);
      return finished;
    },
  };
}

/** Numbers of deferred jobs for the metrics, read when they are asked for. */
export function jobGauges({ view }: Jobs) {
  const count = (...states: string[]) =>
    view.totals().reduce((sum, { state, jobs }) => sum + (states.includes(state) ? jobs : 0), 0);
  return {
    waiting: () => count('queued', 'held'),
    running: () => count('running'),
    dead: () => count('dead'),
    oldestAgeMs: () => view.oldestAgeMs(),
    webhooksPending: () => view.deliveryTotals().pending,
    webhooksDead: () => view.deliveryTotals().dead,
  };
}
