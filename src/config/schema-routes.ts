import * as z from 'zod';
import { RECOVERY_MODES, WORKLOADS } from '../engine/route.ts';
import { AUTO } from './auto-targets.ts';
import { ROUTE_DEFAULTS, TIMEOUT_DEFAULTS, WORKLOAD_DEFAULTS } from './defaults.ts';
import { formatDuration } from './duration.ts';
import { withFix } from './fix.ts';
import { amount, count, duration, flag, text } from './scalars.ts';
import { contractSchema } from './schema-contract.ts';
import { degradedSchema } from './schema-degraded.ts';
import { eligibilityFields } from './schema-eligibility.ts';
import { deferSchema } from './schema-jobs.ts';
import { policyOptions, weightSchema } from './schema-policy.ts';
import { affinitySchema, scoreSchema } from './schema-preference.ts';
import { gateSchema } from './schema-providers.ts';
import { routeQualityWatchSchema } from './schema-quality-watch.ts';

const interactive = WORKLOAD_DEFAULTS.interactive;
const clock = { min: 1 };

const timeoutsSchema = z
  .strictObject({
    connect: duration(
      { description: 'Until the connection stands.', default: formatDuration(TIMEOUT_DEFAULTS.connectMs) },
      clock,
    ).optional(),
    headers: duration(
      {
        description:
          "Until the answer's headers are there. Streams only: those of a whole answer come with the answer.",
        default: formatDuration(TIMEOUT_DEFAULTS.headersMs),
      },
      clock,
    ).optional(),
    firstContent: duration(
      {
        description: 'Until the first meaningful content, from the start of the attempt. Streams only. By workload.',
        default: formatDuration(interactive.firstContentMs),
      },
      clock,
    ).optional(),
    gap: duration(
      { description: 'Longest pause between two contents.', default: formatDuration(TIMEOUT_DEFAULTS.gapMs) },
      clock,
    ).optional(),
    total: duration(
      {
        description: 'Longest whole stream, from the start of the request.',
        default: formatDuration(TIMEOUT_DEFAULTS.totalMs),
      },
      clock,
    ).optional(),
    minCharsPerSecond: amount(
      {
        description: 'Slowest acceptable stream, over ten seconds once it flows; 0 switches it off.',
        default: TIMEOUT_DEFAULTS.minCharsPerSecond,
      },
      { min: 0, max: 10_000 },
    ).optional(),
  })
  .meta({ description: 'The clocks of one attempt. Those of a target win over those of its route.' });

const promptSchema = z
  .strictObject({
    version: text({ description: 'Name of this text in every answer and ledger row.' }, { max: 64 }),
    text: text({ description: 'What this target is told beside the words of the caller.' }, { max: 65_536 }),
    placement: z.enum(['before', 'after', 'replace']).optional().meta({
      description: 'Before or after the system text of the caller, or in its place.',
      default: ROUTE_DEFAULTS.placement,
    }),
  })
  .meta({ description: 'Words for this target alone, where its model needs others than the primary.' });

/** Shape only: whether the provider exists is checked with the rest of the file at hand. */
const targetId = text({ description: '`provider/model`, or `auto` as the last.' }, { max: 512 });

const targetSchema = z
  .union([
    targetId,
    z.strictObject({
      target: targetId,
      limits: gateSchema.optional(),
      timeouts: timeoutsSchema.optional(),
      prompt: promptSchema.optional(),
      weight: weightSchema.optional(),
    }),
  ])
  .meta({ description: '`provider/model`, or an object when there is more to say of it.' });

const holdSchema = z
  .union([
    z.enum(['first-content', 'whole-answer']),
    z.strictObject({
      tokens: count({ description: 'About this many tokens are held back.' }, { min: 1, max: 2_000 }),
    }),
  ])
  .meta({
    description:
      'When the first byte goes to the caller: at the first content, after the whole answer was checked, or after `{ tokens: N }`.',
    default: ROUTE_DEFAULTS.hold,
  });

const repairWords = text(
  { description: 'Words for asking the same target once more after a broken contract; not asked where left out.' },
  { max: 4_000 },
);

const repairSchema = z
  .union([
    z.literal('json'),
    repairWords,
    z
      .strictObject({
        json: flag({
          description:
            'Whether JSON is put right that has prose, fences or careless notation; never what was cut, and only where nothing of it was given to the caller.',
          default: false,
        }).optional(),
        ask: repairWords.optional(),
      })
      .refine(({ json, ask }) => json === true || ask !== undefined, {
        error: withFix('repairs nothing', 'write `json: true`, words under `ask`, or both; or leave it out'),
      }),
  ])
  .meta({
    description:
      'One step to save an answer that breaks its contract: `json` puts its JSON right, any other text asks the same target once more in these words; `{ json: true, ask: … }` does one, then the other.',
  });

const failoverSchema = z
  .strictObject({
    policy: z.enum(['hot-cold', 'single', 'quorum', 'cascade', 'same-model']).optional().meta({
      description:
        'In order of preference; one target and no failover; several at once; the cheapest first; or hosts of one model that share the requests.',
      default: ROUTE_DEFAULTS.policy,
    }),
    ...policyOptions,
    primaryBudget: duration(
      {
        description: `Time of the primary before the others have their turn. By workload; an interactive route gives whole answers ${formatDuration(interactive.unary.primaryBudgetMs)}. What is written here holds for both.`,
        default: formatDuration(interactive.stream.primaryBudgetMs),
      },
      { min: 100 },
    ).optional(),
    deadline: duration(
      {
        description: `Time of the whole request: to the commit point of a stream, to the end of a whole answer. By workload; an interactive route gives whole answers ${formatDuration(interactive.unary.deadlineMs)}. What is written here holds for both.`,
        default: formatDuration(interactive.stream.deadlineMs),
      },
      { min: 100 },
    ).optional(),
    reserve: amount(
      { description: 'Share of the time left that only the last target may use.', default: ROUTE_DEFAULTS.reserve },
      { min: 0, max: 0.9 },
    ).optional(),
    attempts: count(
      { description: 'Most attempts at one target.', default: ROUTE_DEFAULTS.attempts },
      { min: 1, max: 3 },
    ).optional(),
    score: scoreSchema.optional(),
    affinity: affinitySchema.optional(),
    hold: holdSchema.optional(),
    recovery: z.enum(RECOVERY_MODES).optional().meta({
      description:
        'After a fault in mid-answer: an error, the same answer from another target where it matches to the byte, or its continuation by a target that takes a prefill.',
      default: ROUTE_DEFAULTS.recovery,
    }),
    onContentPolicy: z.enum(['stop', 'next']).optional().meta({
      description:
        'When a provider refuses the content, or its filter withholds the answer: tell the caller, or try the next target.',
      default: ROUTE_DEFAULTS.onContentPolicy,
    }),
    repair: repairSchema.optional(),
  })
  .meta({ description: 'Who serves when the primary does not, and within what time.' });

const targetsSchema = z
  .union(
    [
      z.literal(AUTO),
      z
        .array(targetSchema)
        .min(1, { error: withFix('is empty', 'write at least one target') })
        .max(16, { error: withFix('holds more than 16 targets', 'keep the ones that ever serve') }),
    ],
    {
      error: withFix(
        'is no list of targets',
        'write a list such as [openai/gpt-5.6, anthropic/claude-opus-5-5], or auto',
      ),
    },
  )
  .meta({
    description:
      'In order of preference; the first is the primary. A last entry `auto` stands for equivalents of the primary at the other configured providers, chosen from the catalogue; `auto` alone begins with the default model of the first provider.',
  })
  .transform((written): TargetConfig[] => (written === AUTO ? [AUTO] : written));

const routeSchema = z
  .strictObject({
    description: text(
      { description: 'For people; shown where the models are listed in the shapes of Anthropic and Google.' },
      { max: 1_000 },
    ).optional(),
    targets: targetsSchema,
    workload: z
      .enum(WORKLOADS)
      .optional()
      .meta({ description: 'Chooses the defaults of the times.', default: ROUTE_DEFAULTS.workload }),
    ...eligibilityFields,
    prompt: text(
      {
        description:
          'The prompt of `prompts.dir` that every request of this route is told; a caller fills in its variables. Absent: a caller may name one itself.',
      },
      { max: 128 },
    ).optional(),
    contract: contractSchema.optional(),
    failover: failoverSchema.optional(),
    defer: deferSchema.optional(),
    qualityWatch: routeQualityWatchSchema.optional(),
    degraded: degradedSchema.optional(),
    timeouts: timeoutsSchema.optional(),
    audit: z.enum(['required', 'best-effort']).optional().meta({
      description: 'Whether an answer may be given when its ledger row cannot be written.',
      default: ROUTE_DEFAULTS.audit,
    }),
  })
  .meta({ description: 'A name that clients send as `model`.' });

const routeName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, {
  error: withFix(
    'is no route name',
    'write up to 128 letters, digits, dots, colons, dashes and underscores; a name with a slash means provider/model',
  ),
});

export const routesSchema = z
  .record(routeName, routeSchema)
  .meta({ description: 'Routes by name. A client may also send `provider/model` itself: one target, no failover.' });

/** One route as written, parsed. */
export type RouteConfig = z.output<typeof routeSchema>;
/** The clocks as written, parsed. */
export type TimeoutsConfig = z.output<typeof timeoutsSchema>;
/** One entry of `targets`, parsed. */
export type TargetConfig = z.output<typeof targetSchema>;
