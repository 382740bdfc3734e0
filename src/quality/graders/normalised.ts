import * as z from 'zod';
import { missed, passed, pureGrader, shown } from './grader.ts';
import { normalForm } from './normal-form.ts';

const text = z.string().min(1).max(100_000);

/** The text but for case, punctuation, blanks and the ways of writing one character; one of several where a list stands. */
export const normalised = pureGrader(
  'normalised',
  z.union([text, z.array(text).min(1).max(100)]).transform((written) => (Array.isArray(written) ? written : [written])),
  {
    label: (texts) => `says ${texts.map((one) => shown(one, 60)).join(' or ')}`,
    grade(texts, answer) {
      const said = normalForm(answer.text);
      return texts.some((one) => normalForm(one) === said) ? passed('the same') : missed(`it is ${shown(answer.text)}`);
    },
  },
);
