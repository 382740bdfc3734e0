import * as z from 'zod';
import { STATUS_FEED_KINDS } from '../model/status-feed.ts';
import { STATUS_PAGE_DEFAULTS } from './defaults.ts';
import { formatDuration } from './duration.ts';
import { withFix } from './fix.ts';
import { duration, flag, text } from './scalars.ts';

const address = z
  .string()
  .max(2_048)
  .regex(/^https?:\/\/[^\s@]+$/, { error: withFix('is no address', 'write one that begins with https://') });

/** Of one provider: where it tells how it is. */
export const providerStatusPageSchema = z
  .union([
    z.literal(false),
    z.strictObject({
      kind: z.enum(STATUS_FEED_KINDS).meta({ description: 'How the page is written.' }),
      url: address.meta({
        description: 'What a program reads, e.g. `https://status.example.com/api/v2/summary.json`.',
      }),
      components: z
        .array(
          text(
            { description: 'Name or id of a component, as the page has it; in feeds a word of its incidents.' },
            { max: 200 },
          ),
        )
        .max(50)
        .optional()
        .meta({ description: 'What of the page counts. All of it where left out.' }),
    }),
  ])
  .meta({ description: 'The status page of this provider; `false`: none is read. Known providers bring theirs.' });

/** Of all of them. */
export const statusPagesSchema = z
  .strictObject({
    enabled: flag({
      description: 'Whether vendors\u2019 status pages are read. Never with `airGapped`.',
      default: STATUS_PAGE_DEFAULTS.enabled,
    }).optional(),
    every: duration(
      {
        description: 'How long what was read is taken for current.',
        default: formatDuration(STATUS_PAGE_DEFAULTS.everyMs),
      },
      { min: 5_000 },
    ).optional(),
  })
  .meta({ description: 'What vendors say of themselves: a prior, never a verdict.' });

/** A provider's own word on its page, parsed. */
export type ProviderStatusPage = z.output<typeof providerStatusPageSchema>;
