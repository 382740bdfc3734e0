import * as z from 'zod';
import { LANGUAGES, otherLanguage } from '../language.ts';
import { missed, passed, pureGrader } from './grader.ts';

const code = z.enum(LANGUAGES, { error: `is none of the languages that can be told apart: ${LANGUAGES.join(', ')}` });

/** The text is not clearly written in another language than these (ISO 639-1); a text too short to tell passes. */
export const language = pureGrader(
  'language',
  z.union([code, z.array(code).min(1)]).transform((written) => (Array.isArray(written) ? written : [written])),
  {
    label: (codes) => `is written in ${codes.join(' or ')}`,
    grade(codes, answer) {
      const other = otherLanguage(answer.text, codes);
      return other === undefined ? passed(`no sign of another language`) : missed(`it is written in ${other}`);
    },
  },
);
