import * as z from 'zod';
import { missed, passed, pureGrader, shown } from './grader.ts';

const MAX_CHARS = 100_000;

/** The text to the letter; blanks around it count only with `trim: false`. */
export const exact = pureGrader(
  'exact',
  z
    .union([
      z.string().max(MAX_CHARS),
      z.strictObject({ text: z.string().max(MAX_CHARS), trim: z.boolean().default(true) }),
    ])
    .transform((written) => (typeof written === 'string' ? { text: written, trim: true } : written)),
  {
    label: ({ text }) => `is ${shown(text)}`,
    grade({ text, trim }, answer) {
      const same = trim ? answer.text.trim() === text.trim() : answer.text === text;
      return same ? passed('the same') : missed(`it is ${shown(answer.text)}`);
    },
  },
);
