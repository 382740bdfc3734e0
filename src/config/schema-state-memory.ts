import * as z from 'zod';
import { STATE_MEMORY_DEFAULTS } from './defaults.ts';
import { formatDuration } from './duration.ts';
import { count, duration, size } from './scalars.ts';
import { formatSize } from './size.ts';

export const stateMemorySchema = z
  .strictObject({
    turns: count(
      {
        description: 'Most turns whose state is remembered; 0 remembers none.',
        default: STATE_MEMORY_DEFAULTS.turns,
      },
      { min: 0, max: 10_000_000 },
    ).optional(),
    size: size(
      { description: 'Most memory that they take together.', default: formatSize(STATE_MEMORY_DEFAULTS.bytes) },
      { min: 1_024, max: 17_179_869_184 },
    ).optional(),
    keep: duration(
      {
        description: 'Time after which the state of a conversation is forgotten that nobody has gone on with.',
        default: formatDuration(STATE_MEMORY_DEFAULTS.keepMs),
      },
      { min: 1_000, max: 2_592_000_000 },
    ).optional(),
  })
  .meta({
    description:
      'What the process remembers of thinking signatures, encrypted reasoning and kin, for callers that cannot bring them back.',
  });
