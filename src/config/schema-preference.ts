import * as z from 'zod';
import { formatDuration } from './duration.ts';
import { AFFINITY_DEFAULTS, SCORE_DEFAULTS, SCORE_WEIGHTS } from './preference-defaults.ts';
import { amount, count, duration } from './scalars.ts';

const weights = SCORE_WEIGHTS.interactive;
const minute = 60_000;

const scoreOptions = z
  .strictObject({
    weights: z
      .strictObject({
        latency: weight('Exponent of the ratio of the latencies.', weights.latency).optional(),
        failure: weight('Exponent of the ratio of the shares that succeeded.', weights.failure).optional(),
        cost: weight('Exponent of the ratio of the prices of a thousand tokens.', weights.cost).optional(),
      })
      .optional()
      .meta({ description: 'How much each part counts; 0 leaves it out. By workload.' }),
    gain: amount(
      {
        description: "By how much another target's score must be better before it goes first.",
        default: SCORE_DEFAULTS.gain,
      },
      { min: 0.05, max: 0.9 },
    ).optional(),
    dwell: duration(
      {
        description: 'For how long it must be, and the least time between two moves.',
        default: formatDuration(SCORE_DEFAULTS.dwellMs),
      },
      { min: minute },
    ).optional(),
    window: duration(
      { description: 'What a score looks back on.', default: formatDuration(SCORE_DEFAULTS.windowMs) },
      { min: minute },
    ).optional(),
    samples: count(
      {
        description: 'Results that a target needs within the window before its score means anything.',
        default: SCORE_DEFAULTS.samples,
      },
      { min: 1, max: 10_000 },
    ).optional(),
  })
  .meta({ description: 'A score of its own.' });

function weight(description: string, value: number) {
  return amount({ description, default: value }, { min: 0, max: 10 });
}

export const scoreSchema = z.union([z.enum(['on', 'off']), scoreOptions]).meta({
  description:
    'Whether new conversations go to another target that answers faster, fails less or costs less than the primary, clearly and for minutes. With the policies `hot-cold` and `quorum`.',
  default: 'off',
});

const affinityOptions = z
  .strictObject({
    keep: duration(
      {
        description: 'A conversation that is silent for so long is forgotten: the primary takes it.',
        default: formatDuration(AFFINITY_DEFAULTS.keepMs),
      },
      { min: 1_000 },
    ).optional(),
    maxAge: duration(
      {
        description: 'So long after it came to another target, a conversation goes back to the primary.',
        default: formatDuration(AFFINITY_DEFAULTS.maxAgeMs),
      },
      { min: 1_000 },
    ).optional(),
  })
  .meta({ description: 'How long conversations stay.' });

export const affinitySchema = z.union([z.enum(['on', 'off']), affinityOptions]).meta({
  description:
    'Whether a conversation stays with the target that serves it when the primary is back. With the policies `hot-cold` and `quorum`.',
  default: 'on',
});

/** As written, parsed. */
export type ScoreConfig = z.output<typeof scoreSchema>;
export type AffinityConfig = z.output<typeof affinitySchema>;
