import * as z from 'zod';
import { ON_REFUSED, WHEN_NOBODY_SERVES } from '../engine/degraded-rule.ts';
import { DEGRADED_REASONS, type DegradedReason } from '../model/summary.ts';
import { DEGRADED_DEFAULTS } from './defaults.ts';
import { withFix } from './fix.ts';
import { flag, text } from './scalars.ts';
import { languageTag } from './schema-eligibility.ts';

/** A header of so many characters, each of them encoded in nine at most, still passes every proxy. */
const MAX_NOTICE_CHARS = 300;
const MAX_STATIC_CHARS = 20_000;

const byLanguage = (description: string, max: number) =>
  z
    .record(languageTag, text({ description: 'The words in this language.' }, { max }))
    .refine((texts) => Object.keys(texts).length > 0, {
      error: withFix('is empty', 'write words for at least one language, such as `en: "…"`'),
    })
    .refine((texts) => Object.values(texts).every((words) => !/\p{Surrogate}/u.test(words)), {
      error: withFix('holds half of a character', 'write the whole one instead of its escape'),
    })
    .meta({ description });

const staticSchema = z
  .strictObject({
    text: z
      .union([
        text({ description: 'The same for everybody.' }, { max: MAX_STATIC_CHARS }),
        byLanguage('By language; the first is for whoever asks for none of them.', MAX_STATIC_CHARS),
      ])
      .meta({ description: 'What is answered.' }),
    json: z.json().optional().meta({
      description:
        'Answered in its place to requests for JSON, where it keeps their schema. Without it these get the error.',
    }),
  })
  .meta({ description: 'An answer that is written here and not made by any model.' });

/** Told by an answer itself, and no matter of a route. */
type Rateable = Exclude<DegradedReason, 'static'>;
const RATEABLE = DEGRADED_REASONS.filter((reason): reason is Rateable => reason !== 'static');

/** What a route does where it cannot give what it promises. */
export const degradedSchema = z
  .strictObject({
    notice: byLanguage(
      'Words for whoever reads an answer that lost something substantial, by language; the first is for whoever asks for none of them. In a header and in the `understudy` object.',
      MAX_NOTICE_CHARS,
    ).optional(),
    noticeInText: flag({
      description:
        'The notice also stands in the answer, as its last paragraph. Never in JSON, in a refusal or beside tool calls.',
      default: DEGRADED_DEFAULTS.noticeInText,
    }).optional(),
    substantial: z
      .array(z.enum(RATEABLE))
      .min(1, { error: withFix('is empty', 'leave it out, or name reasons') })
      .optional()
      .meta({ description: 'Reasons that count as substantial here, beside those that always do.' }),
    onRefused: z.enum(ON_REFUSED).optional().meta({
      description:
        'What a caller with `quality: strict` gets where only a degraded answer could be had: the error, a deferred job, or the prepared answer.',
      default: DEGRADED_DEFAULTS.onRefused,
    }),
    whenNobodyServes: z.enum(WHEN_NOBODY_SERVES).optional().meta({
      description: 'What the others get where nobody can serve: the error, or the prepared answer.',
      default: DEGRADED_DEFAULTS.whenNobodyServes,
    }),
    static: staticSchema.optional(),
  })
  .meta({ description: 'What becomes of answers below what the route promises.' });

/** `degraded` of a route as written, parsed. */
export type DegradedConfig = z.output<typeof degradedSchema>;
