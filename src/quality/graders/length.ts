import * as z from 'zod';
import { missed, passed, pureGrader } from './grader.ts';
import { wordsOf } from './normal-form.ts';

const bound = z.int().min(0).max(1_000_000).optional();

/** How long the text is: characters, words, sentences or lines. */
export const length = pureGrader(
  'length',
  z
    .strictObject({
      unit: z.enum(['characters', 'words', 'sentences', 'lines']).default('words'),
      min: bound,
      max: bound,
    })
    .refine(({ min, max }) => min !== undefined || max !== undefined, { error: 'names neither min nor max' })
    .refine(({ min, max }) => (min ?? 0) <= (max ?? Number.POSITIVE_INFINITY), { error: 'has a min above its max' }),
  {
    label: ({ unit, min, max }) => `${min ?? 0} to ${max ?? '∞'} ${unit}`,
    grade({ unit, min = 0, max = Number.POSITIVE_INFINITY }, answer) {
      const count = COUNTS[unit](answer.text.trim());
      const because = `${count} ${unit}`;
      return count >= min && count <= max ? passed(because) : missed(because);
    },
  },
);

export const COUNTS = {
  characters: (text: string) => Array.from(text).length,
  words: (text: string) => wordsOf(text).length,
  sentences: (text: string) => Array.from(new Intl.Segmenter('en', { granularity: 'sentence' }).segment(text)).length,
  lines: (text: string) => (text === '' ? 0 : text.split(/\r\n|\n|\r/).length),
} as const;
