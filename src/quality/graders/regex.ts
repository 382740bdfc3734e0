import * as z from 'zod';
import { LinearPattern } from '../linear-pattern.ts';
import { missed, passed, pureGrader, shown } from './grader.ts';

/** Steps of one match, about a tenth of a second. */
const MAX_STEPS = 5_000_000;

const pattern = z
  .string()
  .min(1)
  .max(2_000)
  .superRefine((source, context) => {
    try {
      new LinearPattern(source, () => undefined);
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: `is no pattern that can be matched in linear time: ${messageOf(error)}`,
      });
    }
  });

class TooManySteps extends Error {}

/** A regular expression anywhere in the text, matched in linear time: no lookarounds and no back references. */
export const regex = pureGrader(
  'regex',
  z
    .union([pattern, z.strictObject({ pattern, ignoreCase: z.boolean().default(false) })])
    .transform((written) => (typeof written === 'string' ? { pattern: written, ignoreCase: false } : written)),
  {
    label: ({ pattern: source, ignoreCase }) => `matches /${source}/${ignoreCase ? 'i' : ''}`,
    grade({ pattern: source, ignoreCase }, answer) {
      let steps = 0;
      const count = (more: number) => {
        steps += more;
        if (steps > MAX_STEPS) throw new TooManySteps();
      };
      try {
        const found = ignoreCase
          ? new LinearPattern(folded(source), count).test(answer.text.toLowerCase())
          : new LinearPattern(source, count).test(answer.text);
        return found ? passed('it matches') : missed(`no match in ${shown(answer.text)}`);
      } catch (error) {
        if (error instanceof TooManySteps) return missed('the text is too long for this pattern');
        return missed(`the pattern cannot be matched: ${messageOf(error)}`);
      }
    },
  },
);

/** Lower case, but for what follows a backslash: `\S` is not `\s`. */
function folded(source: string): string {
  return source.replace(/\\[\s\S]|[^\\]/g, (piece) => (piece.startsWith('\\') ? piece : piece.toLowerCase()));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
