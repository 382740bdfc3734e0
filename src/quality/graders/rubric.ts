import * as z from 'zod';
import { askedGrader, shown } from './grader.ts';

export const rubricSchema = z
  .union([
    z.string().min(1).max(20_000),
    z.strictObject({
      rubric: z.string().min(1).max(20_000),
      /** `pairwise`: against the primary's answer, in both orders. `absolute`: each answer by itself, from 1 to 5. */
      mode: z.enum(['pairwise', 'absolute']).default('pairwise'),
      /** With `absolute`: lowest mark that passes. */
      passMark: z.int().min(1).max(5).default(4),
    }),
  ])
  .transform((written) =>
    typeof written === 'string' ? { rubric: written, mode: 'pairwise' as const, passMark: 4 } : written,
  );

/** What a judge model is to look at. */
export type Rubric = z.output<typeof rubricSchema>;

export const rubric = askedGrader('rubric', rubricSchema, ({ rubric: words, mode }) =>
  mode === 'pairwise' ? `no worse than the primary by ${shown(words, 60)}` : `good by ${shown(words, 60)}`,
);
