import * as z from 'zod';
import { HEALTH_DEFAULTS } from './defaults.ts';
import { formatDuration } from './duration.ts';
import { amount, count, duration, flag } from './scalars.ts';

const { slow, headroom, adaptive } = HEALTH_DEFAULTS;

const slowThresholds = {
  firstContent: duration({
    description: 'First content of a stream that is too slow; 0 switches it off.',
    default: formatDuration(slow.firstContentMs),
  }).optional(),
  tokenTime: duration({
    description: 'Time a token of a whole answer that is too slow, from 32 tokens on; 0 switches it off.',
    default: formatDuration(slow.tokenMs),
  }).optional(),
};

/** Of all providers. */
export const slowSchema = z
  .strictObject({
    ...slowThresholds,
    for: duration(
      { description: 'How long most answers have to be too slow.', default: formatDuration(slow.forMs) },
      { min: 1_000 },
    ).optional(),
    samples: count(
      { description: 'Slow answers in that time before they count.', default: slow.minimumSamples },
      { min: 1, max: 100_000 },
    ).optional(),
  })
  .meta({ description: 'When slowness alone opens a lane.' });

/** Of one provider. */
export const providerSlowSchema = z
  .strictObject(slowThresholds)
  .meta({ description: 'What is too slow at this provider. Wins over `health.slow`.' });

export const headroomSchema = z
  .strictObject({
    reserve: amount(
      {
        description: 'Share of each rate limit that is left alone, by what the headers of answers tell.',
        default: headroom.reserve,
      },
      { min: 0, max: 0.5 },
    ).optional(),
  })
  .meta({ description: 'When a lane is passed over before its provider refuses.' });

export const adaptiveSchema = z
  .strictObject({
    enabled: flag({
      description: 'Whether time limits follow what a lane usually takes.',
      default: adaptive.enabled,
    }).optional(),
    factor: amount(
      { description: 'A limit is this many times what 99 of 100 answers take.', default: adaptive.factor },
      { min: 1, max: 100 },
    ).optional(),
    samples: count(
      { description: 'Answers within five minutes before anything is concluded.', default: adaptive.minimumSamples },
      { min: 10, max: 100_000 },
    ).optional(),
  })
  .meta({
    description:
      'Tighter limits for headers, first content and gaps of streams before the commit point, where another target could use the time. Never above the configured ones.',
  });
