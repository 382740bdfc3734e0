import * as z from 'zod';
import { MODEL_TIERS } from '../model/capability.ts';
import { withFix } from './fix.ts';
import { amount, count, text } from './scalars.ts';
import { languageTag } from './schema-eligibility.ts';

const tokens = (description: string) => count({ description }, { min: 1, max: 100_000_000 });

/** Facts of a model that an operator may state, beside abilities, price and quirks. */
export const modelFactFields = {
  contextWindow: tokens('Tokens of input and output together.').optional(),
  maxInputTokens: tokens('Tokens of input alone, where they are limited apart.').optional(),
  maxOutputTokens: tokens('Most tokens of one answer.').optional(),
  tokenFactor: amount(
    {
      description:
        'Tokens of this model for one token of the estimate, to begin with; what its answers report corrects it.',
    },
    { min: 0.5, max: 2 },
  ).optional(),
  languages: z
    .array(languageTag)
    .min(1, { error: withFix('is empty', 'leave it out, or name languages') })
    .max(200, { error: withFix('holds more than 200 languages', 'name fewer') })
    .optional()
    .meta({
      description:
        'Languages that the model is meant for, as tags such as `de`. Counts where a route or a request names `languages`.',
    }),
  region: text(
    {
      description: 'Where this model runs, where that is not where the rest of the provider is. Counts for residency.',
    },
    { max: 64 },
  ).optional(),
  retentionDays: count(
    {
      description:
        'Days for which the provider keeps what it is sent; 0: not at all. Write here what your contract says. Counts where a route or a request limits `retention`.',
    },
    { min: 0, max: 36_500 },
  ).optional(),
  tier: z
    .enum(MODEL_TIERS, { error: withFix('is no tier', `write one of ${MODEL_TIERS.join(', ')}`) })
    .optional()
    .meta({
      description:
        'Where the model stands in its maker’s line. Counts where a route says `tier: same-or-better`, and for `targets: auto`.',
    }),
  sameModel: text(
    { description: 'Name of the model itself: targets that share one are hosts of the same model.' },
    { max: 128 },
  ).optional(),
};
