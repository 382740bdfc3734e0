import type { OwnParts } from './compose-generation.ts';
import type { House } from './compose-house.ts';
import { stackOf } from './compose-tools.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import { JobCourier } from './engine/job-courier.ts';
import type { WebhookSender } from './engine/job-store.ts';
import { JobWorker } from './engine/job-worker.ts';
import { newRequestId } from './server/chat-surface.ts';
import { embeddingsRoute } from './server/embeddings-surface.ts';
import type { LiveGateway } from './server/live-gateway.ts';
import type { Jobs } from './storage/jobs.ts';
import type { Secret } from './upstream/secret.ts';
import type { SecretReference } from './upstream/secret-source.ts';
import { createWebhookSender, webhookKey } from './upstream/webhook-sender.ts';

/** Deferred jobs as one process works them off. */
export interface RunningJobs {
  start(): void;
  /** There is work. */
  wake(): void;
  /** Takes no more; what runs has `graceMs`, and is then given back. True when all ended by itself. */
  finish(graceMs: number): Promise<boolean>;
}

/** Rejects for an endpoint that must not be called, or whose secret is none: before anything is opened that had to be closed. */
export async function webhookSenderOf(
  config: ResolvedConfig,
  resolveSecret: (reference: SecretReference) => Promise<Secret> | Secret,
): Promise<WebhookSender> {
  const endpoints = new Map(
    [...config.webhooks].map(([name, { url, secret }]) => [name, { url, secret: async () => resolveSecret(secret) }]),
  );
  for (const [name, { secret }] of endpoints) webhookKey(name, await secret());
  return createWebhookSender(endpoints);
}

/** Puts worker and courier together; each job is run by the configuration of the moment at which it begins. */
export function composeJobs(live: LiveGateway, { opened, tools }: House, present: { own: OwnParts }): RunningJobs {
  const store = opened.jobs;
  const onTrouble = (what: string, error: unknown) => tools.logger.error({ error: stackOf(error) }, what);
  const courier = new JobCourier({
    get engine() {
      return live.engine;
    },
    get sender() {
      return present.own.sender;
    },
    get leaseMs() {
      return live.deferring.policy.leaseMs;
    },
    store,
    onTrouble,
  });
  const worker = new JobWorker({
    get engine() {
      return live.engine;
    },
    get policy() {
      return live.deferring.policy;
    },
    get annotate() {
      return !live.settings.strictCompat;
    },
    routeOf: (name, dialect) => {
      const route = live.routes.get(name) ?? live.rawRoute(name);
      return route && dialect === 'openai-embeddings' ? embeddingsRoute(route) : route;
    },
    hold: () => {
      const generation = live.hold();
      return () => generation.release();
    },
    store,
    newRequestId,
    onEnded: () => courier.wake(),
    onTrouble,
  });
  let finished: Promise<boolean> | undefined;
  return {
    start() {
      worker.start();
      courier.start();
    },
    wake: () => worker.wake(),
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
