import * as z from 'zod';
import { type AnswerSeen, type Grade, partly, pureGrader, shown } from './grader.ts';
import { normalForm } from './normal-form.ts';

const words = z.string().min(1).max(10_000);
const fact = z.union([words, z.array(words).min(1).max(50)]);
const facts = z.array(fact).min(1).max(200);

const schema = z
  .union([
    facts,
    z.strictObject({
      facts,
      /** Facts that have to be there; all of them where it is left out. */
      atLeast: z.int().min(1).max(200).optional(),
      /** Compare to the letter. */
      exactly: z.boolean().default(false),
    }),
  ])
  .transform((written) => ('facts' in written ? written : { facts: written, atLeast: undefined, exactly: false }));

/**
 * Facts that an answer has to state, in whatever words stand around them. A list within the list holds other ways of
 * saying one fact. The score is the share of the facts that are wanted.
 */
export const containsFacts = pureGrader('contains-facts', schema, {
  label({ facts, atLeast }) {
    const named = facts.map((one) => shown(Array.isArray(one) ? one.join(' | ') : one, 40)).join(', ');
    return atLeast === undefined ? `states ${named}` : `states at least ${atLeast} of ${named}`;
  },
  grade: ({ facts, atLeast, exactly }, answer) =>
    gradeFacts(facts, Math.min(atLeast ?? facts.length, facts.length), exactly, answer),
});

function gradeFacts(facts: z.output<typeof fact>[], wanted: number, exactly: boolean, answer: AnswerSeen): Grade {
  const said = exactly ? answer.text : ` ${normalForm(answer.text)} `;
  const holds = (one: string) => {
    if (exactly) return said.includes(one);
    const normal = normalForm(one);
    // A fact of signs alone ("%", "🙂") has no normal form.
    return normal === '' ? answer.text.includes(one) : said.includes(normal);
  };
  const missing = facts.filter((one) => !(Array.isArray(one) ? one.some(holds) : holds(one)));
  const found = facts.length - missing.length;
  const because =
    found >= wanted
      ? `${found} of ${facts.length} facts`
      : `does not state ${missing.map((one) => shown(Array.isArray(one) ? one.join(' | ') : one, 40)).join(', ')}`;
  return partly(found / wanted, 1, because);
}
