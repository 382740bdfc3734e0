import * as z from 'zod';
import { DEFER_WHEN } from '../engine/route.ts';
import { DEFER_DEFAULTS, JOB_DEFAULTS, RETENTION_DEFAULTS } from './defaults.ts';
import { formatDuration } from './duration.ts';
import { withFix } from './fix.ts';
import { count, duration, secretRef, size } from './scalars.ts';
import { formatSize } from './size.ts';

const { queue } = JOB_DEFAULTS;
const day = 86_400_000;

const whenSchema = z.enum(DEFER_WHEN);

/** Whether answers of a route may be given later. */
export const deferSchema = z
  .union([
    whenSchema,
    z.strictObject({
      when: whenSchema.optional().meta({ description: 'As without an object.', default: DEFER_DEFAULTS.interactive }),
      concurrency: count(
        { description: 'Most of its jobs that run at once.', default: DEFER_DEFAULTS.concurrency },
        { min: 1, max: 1_000 },
      ).optional(),
    }),
  ])
  .meta({
    description:
      'Whether answers may be given later, as jobs: never, when a caller asks for it, or always. `on-request` is the default of the workloads background and internal.',
    default: DEFER_DEFAULTS.interactive,
  });

export const jobsSchema = z
  .strictObject({
    deadline: duration(
      {
        description: 'Time after which a job that has not been answered expires. Callers may ask for less.',
        default: formatDuration(JOB_DEFAULTS.deadlineMs),
      },
      { min: 1_000, max: 30 * day },
    ).optional(),
    attempts: count(
      { description: 'Attempts after which a job is dead.', default: JOB_DEFAULTS.attempts },
      { min: 1, max: 8 },
    ).optional(),
    lease: duration(
      {
        description: 'Time after which a job is taken up again whose process has given no sign of life.',
        default: formatDuration(JOB_DEFAULTS.leaseMs),
      },
      { min: 1_000, max: 3_600_000 },
    ).optional(),
    queue: z
      .strictObject({
        jobs: count(
          { description: 'Most jobs that have not ended.', default: queue.jobs },
          { min: 1, max: 1_000_000 },
        ).optional(),
        size: size(
          { description: 'Largest size of their requests together.', default: formatSize(queue.bytes) },
          { min: 1_024, max: 17_179_869_184 },
        ).optional(),
        age: duration(
          {
            description: 'Age of the oldest waiting job of a route at which the route takes no more.',
            default: formatDuration(queue.ageMs),
          },
          { min: 1_000, max: 30 * day },
        ).optional(),
      })
      .optional()
      .meta({ description: 'Bounds of what waits; what comes beyond them is refused with 503.' }),
  })
  .meta({ description: 'Requests that are answered later.' });

export const retentionOfJobs = duration(
  {
    description: 'Time after which a job that has ended is deleted, with its request and its answer.',
    default: formatDuration(RETENTION_DEFAULTS.jobsMs),
  },
  { min: 1_000, max: 3_650 * day },
).optional();

const webhookName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, {
  error: withFix('is no name of an endpoint', 'write up to 64 lower-case letters, digits and dashes'),
});
const urlMessage = withFix('is no address', 'write one that begins with https:// (or http:// inside your own network)');

export const webhooksSchema = z
  .record(
    webhookName,
    z.strictObject({
      url: z
        .string({ error: urlMessage })
        .regex(/^https?:\/\/\S{1,2048}$/, { error: urlMessage })
        .meta({
          description: 'Where the ends of jobs are posted to.',
        }),
      secret: secretRef({
        description:
          'What messages are signed with: `env:NAME` or `file:/path`, holding `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks have it.',
      }),
    }),
  )
  .meta({
    description:
      'Endpoints that callers may have told of the ends of their jobs, by name. No other address is ever called.',
  });

/** `defer` of a route as written, parsed. */
export type DeferConfig = z.output<typeof deferSchema>;
/** `jobs` as written, parsed. */
export type JobsConfig = z.output<typeof jobsSchema>;
