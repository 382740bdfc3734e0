import { answerChecksOf } from './compose-checks.ts';
import { engineOf } from './compose-engine.ts';
import type { House } from './compose-house.ts';
import { webhookSenderOf } from './compose-jobs.ts';
import { priceTablesFor } from './compose-prices.ts';
import { parityDesk } from './compose-receipts.ts';
import { settingsOf } from './compose-settings.ts';
import { statusOf } from './compose-status.ts';
import { stackOf, type Tools } from './compose-tools.ts';
import { type ReachedProviders, reachProviders } from './compose-upstream.ts';
import { routeForRawTarget } from './config/resolve.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import type { WebhookSender } from './engine/job-store.ts';
import type { PriceTables } from './providers/pricing.ts';
import { readSecrets } from './read-secrets.ts';
import type { CallerKeys } from './server/caller-keys.ts';
import type { Gateway } from './server/gateway.ts';
import type { SharedPart } from './shared-parts.ts';
import type { RunningChecks } from './upstream/checks/answer-checks.ts';
import type { StatusReader } from './upstream/status-pages/status-pages.ts';

/** What belongs to one configuration alone, and can be made before anything else knows of it. */
export interface OwnParts {
  readonly config: ResolvedConfig;
  readonly keys: CallerKeys;
  readonly sender: WebhookSender;
  readonly providers: ReachedProviders;
  readonly prices: PriceTables | undefined;
  readonly checks: SharedPart<RunningChecks>;
  readonly status: SharedPart<StatusReader> | undefined;
  close(): Promise<void>;
}

/** Makes all that a configuration can be wrong about. Rejects with an error that names what is wrong; nothing is left open then. */
export async function makeOwnParts(config: ResolvedConfig, tools: Tools): Promise<OwnParts> {
  const keys = await readSecrets(config, tools.secrets.fresh());
  const sender = await webhookSenderOf(config, tools.secrets.resolve);
  const checks = answerChecksOf(config, tools.shared);
  try {
    const prices = await priceTablesFor(config);
    const providers = await reachProviders(config, tools);
    const status = await statusOf(config, tools);
    const close = async () => {
      await Promise.all([providers.release(), checks.release(), status?.release()]);
    };
    return { config, keys, sender, providers, prices, checks, status, close };
  } catch (error) {
    await checks.release();
    throw error;
  }
}

/** The gateway as one configuration has it. */
export function gatewayOf(own: OwnParts, house: House, wakeJobs: () => void): Gateway {
  const { config } = own;
  const { opened, metrics, watch, core, receipts, tools, locks, onUnkept } = house;
  const { together } = house.options;
  const { store, maxItems, maxBytes } = config.conversations;
  const limits = { items: maxItems, bytes: maxBytes };
  return {
    settings: settingsOf(config),
    routes: config.routes,
    descriptions: config.descriptions,
    rawRoute: (model) => routeForRawTarget(config, model),
    engine: engineOf(core, config, {
      upstream: own.providers.upstream,
      prices: own.prices,
      status: own.status?.part,
      checks: own.checks.part,
    }),
    keys: own.keys,
    reader: opened.reader,
    lanes: opened.lanes,
    operatorActed: (row) => opened.ledger.operatorActed(row),
    feedbackGiven: (row) => opened.ledger.feedbackGiven(row),
    lastFault: (lane) => watch.lastFault(lane),
    ...(store && { keeping: { store: opened.conversations, locks, limits, onUnkept } }),
    deferring: {
      store: opened.jobs,
      policy: config.jobs,
      webhooks: new Set(config.webhooks.keys()),
      wake: wakeJobs,
    },
    parity: parityDesk(config, receipts, tools.clock),
    metrics: () => (metrics && together ? together.metrics() : metrics?.render()),
    ...(together && { statesElsewhere: () => together.statesElsewhere() }),
    ledgerLost: () => opened.ledger.lost(),
    onShedding: ({ to, ...facts }) => tools.logger.warn(facts, `shedding ${to}`),
    onInternalError: (error, requestId) =>
      tools.logger.error({ request: requestId, error: stackOf(error) }, 'internal error'),
  };
}
