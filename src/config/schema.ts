import * as z from 'zod';
import { HEALTH_DEFAULTS, TELEMETRY_DEFAULTS } from './defaults.ts';
import { formatDuration } from './duration.ts';
import { LOG_LEVELS } from './resolved-config.ts';
import { amount, count, duration, flag } from './scalars.ts';
import { conversationsSchema, retentionSchema } from './schema-conversations.ts';
import { tagsSchema } from './schema-eligibility.ts';
import { adaptiveSchema, headroomSchema, slowSchema } from './schema-health.ts';
import { jobsSchema, webhooksSchema } from './schema-jobs.ts';
import { promptsSchema } from './schema-prompts.ts';
import { providersSchema } from './schema-providers.ts';
import { qualityWatchSchema } from './schema-quality-watch.ts';
import { receiptsSchema } from './schema-receipts.ts';
import { routesSchema } from './schema-routes.ts';
import { serverSchema } from './schema-server.ts';
import { stateMemorySchema } from './schema-state-memory.ts';
import { statusPagesSchema } from './schema-status-pages.ts';
import { storageSchema } from './schema-storage.ts';

const { breaker, retryBudget } = HEALTH_DEFAULTS;

const breakerSchema = z
  .strictObject({
    consecutive: count(
      {
        description: 'Requests in a row that fail and open a lane; all tries of one request are one.',
        default: breaker.consecutive,
      },
      { min: 1, max: 1_000 },
    ).optional(),
    failureShare: amount(
      { description: 'Share of failures within the window that opens a lane.', default: breaker.failureShare },
      { min: 0.01, max: 1 },
    ).optional(),
    minimumSamples: count(
      { description: 'Requests in the window before the share counts.', default: breaker.minimumSamples },
      { min: 1, max: 100_000 },
    ).optional(),
    window: duration(
      { description: 'Length of the window.', default: formatDuration(breaker.windowMs) },
      { min: 100 },
    ).optional(),
    probeInterval: duration(
      {
        description: 'Time between probes of an open lane in the first minutes of an outage.',
        default: formatDuration(breaker.probeIntervalMs),
      },
      { min: 100 },
    ).optional(),
    probeIntervalMax: duration(
      {
        description: 'Longest time between probes of a long outage.',
        default: formatDuration(breaker.probeIntervalMaxMs),
      },
      { min: 100 },
    ).optional(),
    rampDwell: duration(
      {
        description: 'Length of each stage of the way back: 1, 5, 25, 100 % of the traffic.',
        default: formatDuration(breaker.ramp.dwellMs),
      },
      { min: 1 },
    ).optional(),
    returnDwell: duration(
      {
        description: 'Shortest time between two returns of a lane to full traffic; its ramp is longer where need be.',
        default: formatDuration(breaker.returnDwellMs),
      },
      { min: 0 },
    ).optional(),
    isolate: duration(
      {
        description: 'How long a lane stays away after a refused credential or an unknown model.',
        default: formatDuration(breaker.isolateMs),
      },
      { min: 100 },
    ).optional(),
  })
  .meta({ description: 'When a lane is left alone, and how it comes back.' });

const retryBudgetSchema = z
  .strictObject({
    ratio: amount(
      { description: 'Retries of a lane as a share of its requests.', default: retryBudget.ratio },
      { min: 0, max: 1 },
    ).optional(),
    perSecond: amount(
      { description: 'Retries of a lane that are free each second.', default: retryBudget.perSecond },
      { min: 0, max: 1_000 },
    ).optional(),
  })
  .meta({ description: 'Bound on retries, so that a lane in trouble is not pushed further.' });

const healthSchema = z
  .strictObject({
    breaker: breakerSchema.optional(),
    retryBudget: retryBudgetSchema.optional(),
    slow: slowSchema.optional(),
    headroom: headroomSchema.optional(),
    adaptiveTimeouts: adaptiveSchema.optional(),
  })
  .meta({ description: 'When a target counts as down.' });

const telemetrySchema = z
  .strictObject({
    logLevel: z
      .enum(LOG_LEVELS)
      .optional()
      .meta({ description: 'Least important lines that are logged.', default: TELEMETRY_DEFAULTS.logLevel }),
    logFormat: z
      .enum(['json', 'pretty'])
      .optional()
      .meta({ description: 'For machines or for people.', default: TELEMETRY_DEFAULTS.logFormat }),
    metrics: flag({
      description: 'Serves `/metrics` in the Prometheus format.',
      default: TELEMETRY_DEFAULTS.metrics,
    }).optional(),
  })
  .meta({ description: 'Logs and metrics.' });

/** The configuration file. Every object is closed: an option that is not known is a typo, not a wish. */
export const configSchema = z
  .strictObject({
    server: serverSchema.optional(),
    providers: providersSchema,
    routes: routesSchema,
    tags: tagsSchema.optional(),
    health: healthSchema.optional(),
    prompts: promptsSchema.optional(),
    storage: storageSchema.optional(),
    conversations: conversationsSchema.optional(),
    retention: retentionSchema.optional(),
    jobs: jobsSchema.optional(),
    webhooks: webhooksSchema.optional(),
    stateMemory: stateMemorySchema.optional(),
    receipts: receiptsSchema.optional(),
    qualityWatch: qualityWatchSchema.optional(),
    statusPages: statusPagesSchema.optional(),
    airGapped: flag({
      description: 'Nobody is asked but the providers of this file: no status page is read.',
      default: false,
    }).optional(),
    telemetry: telemetrySchema.optional(),
  })
  .meta({ title: 'Understudy configuration', description: 'Configuration of the Understudy gateway.' });

/** A configuration that has passed the schema: durations in milliseconds, sizes in bytes, secrets as references. */
export type Config = z.output<typeof configSchema>;
