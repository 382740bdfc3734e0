import * as z from 'zod';
import { ELIGIBILITY_DEFAULTS } from './defaults.ts';
import { withFix } from './fix.ts';
import { amount, count, duration, flag, text } from './scalars.ts';

const MAX_USD = 1_000_000_000;
const usd = (description: string) => amount({ description }, { min: 0, max: MAX_USD });

const regionTags = z
  .array(text({ description: 'A region tag, as providers carry them.' }, { max: 64 }))
  .min(1, { error: withFix('is empty', 'leave it out, or name regions') })
  .max(50, { error: withFix('holds more than 50 regions', 'name fewer') });

/** `de`, `pt-BR`. */
export const languageTag = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/, {
  error: withFix('is no language', 'write a tag such as de or pt-BR'),
});

const languageTags = z
  .array(languageTag)
  .min(1, { error: withFix('is empty', 'leave it out, or name languages') })
  .max(50, { error: withFix('holds more than 50 languages', 'name fewer') });

const retention = z.union([z.literal('none'), count({ description: 'Days.' }, { min: 0, max: 36_500 })]).meta({
  description:
    'Most days for which a host may keep what it is sent; `none`: not at all. A host of which nobody knows does not serve: state `retentionDays` at its provider.',
});

export const until = z.string().regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z)?$/, {
  error: withFix('is no day', 'write a day such as 2026-12-31, or a moment such as 2026-12-31T18:00Z'),
});

const acceptedSchema = z
  .strictObject({
    target: text({ description: '`provider/model`, one of the route’s targets.' }, { max: 512 }),
    until: until.optional().meta({
      description: 'Last day of the word, in UTC, or its last moment. For ever where left out; `check` warns then.',
    }),
    reason: text({ description: 'What the word rests on. Shown wherever the target is.' }, { max: 500 }),
  })
  .meta({
    description: 'An operator’s own word that a target may stand in. It is no measurement, and is shown as a word.',
  });

const PARITY_MODES = ['strict', 'tolerant', 'none'] as const;
const parityMode = z.enum(PARITY_MODES);

const paritySchema = z
  .union([
    parityMode,
    z.strictObject({
      mode: parityMode.meta({ description: 'As written alone.' }),
      allowUnknown: flag({
        description: 'With `strict`: a fallback of which nobody knows whether it has a needed ability may serve.',
        default: ELIGIBILITY_DEFAULTS.allowUnknown,
      }).optional(),
      parameters: z.enum(['same', 'any']).optional().meta({
        description:
          '`same`: a receipt holds for requests that state the sampling (temperature, top_p, penalties) and the reasoning that it was measured with. `any`: whatever they state.',
        default: ELIGIBILITY_DEFAULTS.parityParameters,
      }),
      accepted: z
        .array(acceptedSchema)
        .max(16, { error: withFix('holds more than 16 words', 'a route has no more than 16 targets') })
        .optional()
        .meta({ description: 'Targets that an operator answers for.' }),
    }),
  ])
  .meta({
    description:
      'What fallbacks have to show. `strict`: only who is shown to answer as well as the primary serves. `tolerant`: the others serve too, and their answers are marked. `none`: nothing is asked.',
    default: ELIGIBILITY_DEFAULTS.parity,
  });

const unknownPrice = z.enum(['refuse', 'allow']).optional().meta({
  description: 'What becomes of a target whose price nobody knows, where a limit would need it.',
  default: ELIGIBILITY_DEFAULTS.unknownPrice,
});

const budgets = {
  perHour: usd('Most US dollars within an hour.').optional(),
  perDay: usd('Most US dollars within a day.').optional(),
};

const routeSpendSchema = z
  .strictObject({
    ...budgets,
    perIncident: usd(
      'Most US dollars that one outage of the primary may cost beyond what the primary would have: from the moment its breaker opens until it has closed.',
    ).optional(),
    maxCostMultiple: amount(
      { description: 'Most times the price of the primary that a fallback may cost for the same request.' },
      { min: 0.01, max: 10_000 },
    ).optional(),
    unknownPrice,
  })
  .meta({
    description: 'What the requests of the route may cost, counted in this process since it started.',
  });

const budgetSchema = (description: string) => z.strictObject({ ...budgets, unknownPrice }).meta({ description });

/** What one caller may spend. */
export const callerSpendSchema = budgetSchema(
  'What the requests of this caller may cost, counted in this process since it started.',
);

/** How many requests are let in. */
export const rateSchema = z
  .strictObject({
    perMinute: count({ description: 'Requests that are let in within a minute.' }, { min: 1, max: 100_000_000 }),
  })
  .meta({ description: 'Requests beyond it are answered 429 at once; nobody is asked for them.' });

/** What requests may use that carry a tag. */
export const tagsSchema = z
  .record(
    z.string().regex(/^[^,\s][^,]{0,63}$/, {
      error: withFix('is no tag', 'write up to 64 characters without a comma, as callers send them'),
    }),
    z
      .strictObject({
        spend: budgetSchema(
          'What requests with this tag may cost, counted in this process since it started.',
        ).optional(),
        rate: rateSchema.optional(),
      })
      .meta({ description: 'Limits of one tag.' }),
  )
  .meta({
    description:
      'Limits by the tags that callers put on their requests, whatever the route. A request draws on all of its tags. A caller that leaves a tag out is not held to it.',
  });

/** What a route may ask of whoever serves it. */
export const eligibilityFields = {
  residency: regionTags.optional().meta({
    description:
      'Regions in which the requests of this route may be served. A target whose `region` is none of them does not serve, and one without any does not either.',
  }),
  retention: retention.optional(),
  languages: languageTags.optional().meta({
    description:
      'Languages of the route. A target whose maker names its languages, and not all of these, does not serve; one whose maker names none may.',
  }),
  tier: z.enum(['any', 'same-or-better']).optional().meta({
    description:
      '`same-or-better`: no fallback stands below the primary in its maker’s line; always so where `targets` says `auto`.',
    default: ELIGIBILITY_DEFAULTS.tier,
  }),
  maxFirstContent: duration(
    {
      description:
        'Streams: a target whose median first content comes later is passed over, while another may serve. Unknown is not slow.',
    },
    { min: 1 },
  ).optional(),
  parity: paritySchema.optional(),
  spend: routeSpendSchema.optional(),
  rate: rateSchema.optional(),
};

type Fields = z.output<z.ZodObject<typeof eligibilityFields>>;
/** `parity` of a route as written, parsed. */
export type ParityConfig = NonNullable<Fields['parity']>;
/** What a route asks of whoever serves it, as written. */
export type EligibilityConfig = Fields;
