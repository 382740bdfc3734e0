import * as z from 'zod';
import { SERVER_DEFAULTS } from './defaults.ts';
import { formatDuration } from './duration.ts';
import { withFix } from './fix.ts';
import { count, duration, flag, secretRef, size, text } from './scalars.ts';
import { callerSpendSchema, rateSchema } from './schema-eligibility.ts';
import { formatSize } from './size.ts';
import { MAX_WORKERS } from './worker-limit.ts';

const { limits, drain } = SERVER_DEFAULTS;

const limitsSchema = z
  .strictObject({
    body: size(
      { description: 'Largest request body.', default: formatSize(limits.maxBodyBytes) },
      { min: 1_024, max: 1_073_741_824 },
    ).optional(),
    headers: count(
      { description: 'Most headers of a request.', default: limits.maxHeaders },
      { min: 8, max: 2_000 },
    ).optional(),
    headerBytes: size(
      { description: 'Largest header block of a request.', default: formatSize(limits.maxHeaderBytes) },
      { min: 1_024, max: 1_048_576 },
    ).optional(),
    messages: count(
      { description: 'Most messages of a request.', default: limits.maxMessages },
      { min: 1, max: 100_000 },
    ).optional(),
    tools: count(
      { description: 'Most tools of a request.', default: limits.maxTools },
      { min: 0, max: 10_000 },
    ).optional(),
    depth: count(
      { description: 'Deepest nesting of a request body.', default: limits.maxDepth },
      { min: 8, max: 512 },
    ).optional(),
    headersTimeout: duration(
      {
        description: 'Longest time a client may take to send its headers.',
        default: formatDuration(limits.headersTimeoutMs),
      },
      { min: 100 },
    ).optional(),
    bodyTimeout: duration(
      {
        description: 'Longest time a client may take to send its body.',
        default: formatDuration(limits.bodyTimeoutMs),
      },
      { min: 100 },
    ).optional(),
    streams: count(
      {
        description:
          'Most requests served at once; one more is answered 503. Left out, as many as half of the heap holds at 512 KiB each.',
      },
      { min: 1, max: 1_000_000 },
    ).optional(),
    connectionsPerAddress: count(
      {
        description:
          'Most connections from one address. Left out, an address may have as many as there are, until connections are scarce. Not for a gateway behind a load balancer, which is one address.',
      },
      { min: 1, max: 1_000_000 },
    ).optional(),
    loopDelay: duration(
      {
        description:
          'Delay of the event loop from which on, where it lasts for a third of a second, a growing part of what comes is answered 503.',
        default: formatDuration(limits.loopDelayMs),
      },
      { min: 10 },
    ).optional(),
    stalledReader: duration(
      {
        description: 'Longest time a client may leave its stream unread before it is cut off.',
        default: formatDuration(limits.stalledReaderMs),
      },
      { min: 100 },
    ).optional(),
    readerRate: size(
      {
        description:
          'Least that a client takes of its stream in a second, over a minute in which something waits for it; slower ones are cut off.',
        default: formatSize(limits.readerRate),
      },
      { min: 1, max: 1_048_576 },
    ).optional(),
  })
  .meta({ description: 'What one caller, or all of them together, may take.' });

const drainSchema = z
  .strictObject({
    delay: duration({
      description: 'Time from the signal to stop until new requests are refused; readiness fails at once.',
      default: formatDuration(drain.delayMs),
    }).optional(),
    grace: duration({
      description: 'Time that running requests have to end after that.',
      default: formatDuration(drain.graceMs),
    }).optional(),
  })
  .meta({ description: 'How the process stops.' });

const keySchema = z
  .strictObject({
    name: text({ description: 'Name of the caller in logs, metrics and the ledger.' }, { max: 64 }),
    key: secretRef({ description: 'The key that the caller sends as its API key: `env:NAME` or `file:/path`.' }),
    routes: z
      .array(text({ description: 'Name of a route.' }, { max: 128 }))
      .min(1)
      .max(1_000)
      .optional()
      .meta({ description: 'The routes this caller may use; all of them, and raw targets, where left out.' }),
    spend: callerSpendSchema.optional(),
    rate: rateSchema.optional(),
  })
  .meta({ description: 'One caller.' });

export const serverSchema = z
  .strictObject({
    host: text(
      {
        description: 'Address to listen on. Anything but loopback needs `keys`. The variable HOST wins over it.',
        default: SERVER_DEFAULTS.host,
      },
      { max: 253 },
    ).optional(),
    port: count(
      {
        description: 'Port to listen on; 0 takes a free one. The variable PORT wins over it.',
        default: SERVER_DEFAULTS.port,
      },
      { min: 0, max: 65_535 },
    ).optional(),
    adminKey: secretRef({ description: 'Key of the admin interface: `env:NAME` or `file:/path`.' }).optional(),
    keys: z
      .array(keySchema)
      .min(1)
      .max(1_000)
      .optional()
      .meta({ description: 'Keys of the callers. Without any, everyone who reaches the port may call.' }),
    strictCompat: flag({
      description: 'Leaves the `understudy` object out of answers, for clients that refuse unknown fields.',
      default: SERVER_DEFAULTS.strictCompat,
    }).optional(),
    limits: limitsSchema.optional(),
    drain: drainSchema.optional(),
    watch: flag({
      description:
        'Reads the configuration and the prompts again when their files change, as after a signal to reload. What is wrong changes nothing.',
      default: SERVER_DEFAULTS.watch,
    }).optional(),
    workers: z
      .union([z.literal('auto'), z.int().min(1).max(MAX_WORKERS)], {
        error: withFix('is no number of workers', `write a whole number from 1 to ${MAX_WORKERS}, or auto`),
      })
      .optional()
      .meta({
        description:
          'Processes that serve; `auto`: one for each core. 1: this process serves by itself. `--workers` wins over it.',
        default: SERVER_DEFAULTS.workers,
      }),
  })
  .meta({ description: 'The HTTP edge.' });

/** One caller as written, parsed. */
export type KeyConfig = z.output<typeof keySchema>;
