import * as z from 'zod';
import { CONVERSATION_DEFAULTS, RETENTION_DEFAULTS } from './defaults.ts';
import { formatDuration } from './duration.ts';
import { count, duration, flag, size } from './scalars.ts';
import { retentionOfJobs } from './schema-jobs.ts';
import { formatSize } from './size.ts';

/** Ten years: beyond that an operator means "for ever", and leaves the option out. */
const maxRetentionMs = 3_650 * 86_400_000;
const minRetentionMs = 1_000;

export const conversationsSchema = z
  .strictObject({
    store: flag({
      description:
        'Keeps the responses and conversations of `/v1/responses` that callers ask to have kept, which is what they ask for by default.',
      default: CONVERSATION_DEFAULTS.store,
    }).optional(),
    items: count(
      { description: 'Most kept items that a request may go on from.', default: CONVERSATION_DEFAULTS.maxItems },
      { min: 1, max: 100_000 },
    ).optional(),
    size: size(
      {
        description: 'Largest size of the kept items that a request may go on from.',
        default: formatSize(CONVERSATION_DEFAULTS.maxBytes),
      },
      { min: 1_024, max: 1_073_741_824 },
    ).optional(),
  })
  .meta({ description: 'What the gateway keeps for callers of the Responses API.' });

export const retentionSchema = z
  .strictObject({
    requests: duration(
      {
        description: 'Age at which the rows of a request are deleted from the ledger; they stay where it is left out.',
      },
      { min: minRetentionMs, max: maxRetentionMs },
    ).optional(),
    conversations: duration(
      {
        description: 'Time after which a kept conversation is deleted that nobody has gone on with.',
        default: formatDuration(RETENTION_DEFAULTS.conversationsMs),
      },
      { min: minRetentionMs, max: maxRetentionMs },
    ).optional(),
    jobs: retentionOfJobs,
  })
  .meta({ description: 'How long what is stored stays.' });
