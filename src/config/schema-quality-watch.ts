import * as z from 'zod';
import { SAMPLE_SOURCES } from '../engine/quality-watch.ts';
import { formatDuration } from './duration.ts';
import { QUALITY_WATCH_DEFAULTS } from './quality-watch-defaults.ts';
import { amount, count, duration, flag } from './scalars.ts';

const { enabled, sources, margin, learnFrom, scoresPerFalseAlarm, shutMs } = QUALITY_WATCH_DEFAULTS;

const options = {
  enabled: flag({ description: 'Whether scores of answers are watched at all.', default: enabled }).optional(),
  sources: z.array(z.enum(SAMPLE_SOURCES)).min(1).max(SAMPLE_SOURCES.length).optional().meta({
    description: 'Whose scores count: contracts that answers kept or broke, feedback of callers, comparisons.',
    default: sources,
  }),
  margin: amount(
    { description: 'Largest loss of the mean score that still counts as none.', default: margin },
    { min: 0.001, max: 0.5 },
  ).optional(),
  learnFrom: count(
    { description: 'Scores from which a baseline is learned.', default: learnFrom },
    { min: 20, max: 1_000_000 },
  ).optional(),
  scoresPerFalseAlarm: count(
    {
      description: 'Fewest scores, on average, between two false alarms of one prompt at one target.',
      default: scoresPerFalseAlarm,
    },
    { min: 100, max: 1_000_000_000 },
  ).optional(),
  shut: duration(
    {
      description:
        'How long a lane is shut for a route when its answers got worse; each further time twice as long, up to a day. 0: an alert alone.',
      default: formatDuration(shutMs),
    },
    { min: 0 },
  ).optional(),
};

export const qualityWatchSchema = z
  .strictObject(options)
  .meta({ description: 'When worse answers count as an outage, on every route that says nothing else.' });

export const routeQualityWatchSchema = z
  .strictObject({
    ...options,
    baseline: amount(
      {
        description:
          "Mean score that is normal; where left out, a receipt's, and in any case what is learned where that is higher.",
      },
      { min: 0.01, max: 1 },
    ).optional(),
  })
  .meta({ description: 'When worse answers of a target count as an outage for this route. Wins over `qualityWatch`.' });

/** As written, parsed. */
export type QualityWatchConfig = z.output<typeof qualityWatchSchema>;
export type RouteQualityWatchConfig = z.output<typeof routeQualityWatchSchema>;
