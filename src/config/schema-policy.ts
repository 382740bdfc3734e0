import * as z from 'zod';
import { BALANCES } from '../engine/route.ts';
import { WORKLOAD_DEFAULTS } from './defaults.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { withFix } from './fix.ts';
import { CASCADE_DEFAULTS, QUORUM_DEFAULTS, SAME_MODEL_DEFAULTS } from './policy-defaults.ts';
import { amount, count, duration, flag, text } from './scalars.ts';

/** No model is this unsure of a token. */
const LEAST_LOGPROB = -100;

const quorumSchema = z
  .strictObject({
    size: count(
      { description: 'Targets that are asked at once.', default: QUORUM_DEFAULTS.size },
      { min: 2, max: 8 },
    ).optional(),
    pick: z.enum(['first', 'best']).optional().meta({
      description: 'The first acceptable answer, or the best of all of them, which are then held back whole.',
      default: QUORUM_DEFAULTS.pick,
    }),
    share: amount(
      {
        description: 'Share of the requests that go to several targets; the others are hot-cold.',
        default: QUORUM_DEFAULTS.share,
      },
      { min: 0, max: 1 },
    ).optional(),
    patience: duration(
      {
        description: 'With `pick: best`: how long after the first whole answer the others are waited for.',
        default: formatDuration(QUORUM_DEFAULTS.patienceMs),
      },
      { min: 1 },
    ).optional(),
  })
  .meta({ description: 'With `policy: quorum`: several targets are asked at once, and one answer is given.' });

const selfCheckSchema = z
  .strictObject({
    ask: text({ description: 'What the target is asked about its own answer, in your words.' }, { max: 4_000 }),
    accept: text(
      {
        description: 'How a reply begins that accepts the answer, whatever its case.',
        default: CASCADE_DEFAULTS.accept,
      },
      { max: 64 },
    ).optional(),
    maxTokens: count(
      { description: 'Most tokens of the reply.', default: CASCADE_DEFAULTS.maxTokens },
      { min: 1, max: 4_000 },
    ).optional(),
    within: duration(
      {
        description: 'Longest wait for the reply. Without one the answer is not doubted.',
        default: formatDuration(CASCADE_DEFAULTS.withinMs),
      },
      { min: 250 },
    ).optional(),
  })
  .meta({ description: 'A second, small request to the same target: is its answer right? Billed like any other.' });

const cascadeSchema = z
  .strictObject({
    stepBudget: duration(
      {
        description: 'Longest time of every target but the last. By workload.',
        default: formatDuration(WORKLOAD_DEFAULTS.interactive.unary.primaryBudgetMs),
      },
      { min: 100 },
    ).optional(),
    onRefusal: z.enum(['escalate', 'serve']).optional().meta({
      description: 'When the model itself will not answer: ask the next target, or give the refusal.',
      default: CASCADE_DEFAULTS.onRefusal,
    }),
    minMeanLogprob: amount(
      {
        description:
          'An answer whose tokens have a lower mean log probability is doubted. Only where the target tells them; they are asked for then.',
      },
      { min: LEAST_LOGPROB, max: 0 },
    ).optional(),
    minTokenLogprob: amount(
      { description: 'An answer with a token of lower log probability is doubted.' },
      { min: LEAST_LOGPROB, max: 0 },
    ).optional(),
    selfCheck: selfCheckSchema.optional(),
  })
  .meta({ description: 'With `policy: cascade`: the cheapest target first, the next where its answer is doubted.' });

const AFTER = /^(?:p([1-9]\d)|(\d{1,12}(?:\.\d{1,3})?(?:ms|s|m)))$/;
const noAfter = withFix('is no time to wait', 'write a duration such as 800ms, or a percentile such as p95');

const afterSchema = z
  .string({ error: noAfter })
  .regex(AFTER, { error: noAfter })
  .meta({
    description:
      'How long the first host has until its first content: a duration, or the time within which so many of a hundred recent requests had it.',
    default: SAME_MODEL_DEFAULTS.after,
  })
  .transform((written, context) => {
    const [, percentile, time = ''] = AFTER.exec(written) ?? [];
    if (percentile !== undefined) return { percentile: Number(percentile) };
    const ms = parseDuration(time);
    if (ms !== undefined && ms > 0) return { ms };
    context.addIssue({ code: 'custom', message: noAfter });
    return z.NEVER;
  });

const sameModelSchema = z
  .strictObject({
    balance: z.enum(BALANCES).optional().meta({
      description:
        'By the weights of the targets, by the requests under way, or by the time until the first content (the faster of two that are drawn).',
      default: SAME_MODEL_DEFAULTS.balance,
    }),
    hedge: z
      .strictObject({
        after: afterSchema.optional(),
        budget: amount(
          {
            description: 'Most hedges as a share of the requests of the route, to the request.',
            default: SAME_MODEL_DEFAULTS.budget,
          },
          { min: 0.001, max: 1 },
        ).optional(),
      })
      .optional()
      .meta({ description: 'A second host is asked when the first gives no content in time; off where left out.' }),
    force: flag({
      description: 'Balances over different models all the same. Their answers to one prompt differ.',
      default: false,
    }).optional(),
  })
  .meta({ description: 'With `policy: same-model`: hosts of one model share the requests.' });

/** The share of a target, where hosts of one model are balanced by weight. */
export const weightSchema = amount(
  {
    description: 'Its share beside the other weights, with `policy: same-model`; 0: only when the others fail.',
    default: SAME_MODEL_DEFAULTS.weight,
  },
  { min: 0, max: 1_000 },
);

/** The options of the policies, for the group `failover`. */
export const policyOptions = {
  quorum: quorumSchema.optional(),
  cascade: cascadeSchema.optional(),
  sameModel: sameModelSchema.optional(),
};

export type QuorumConfig = z.output<typeof quorumSchema>;
export type CascadeConfig = z.output<typeof cascadeSchema>;
export type SameModelConfig = z.output<typeof sameModelSchema>;
