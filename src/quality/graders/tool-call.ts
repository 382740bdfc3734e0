import * as z from 'zod';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { type AnswerSeen, missed, partly, pureGrader } from './grader.ts';
import { jsonOf } from './json-text.ts';
import { difference, type JsonRules } from './same-json.ts';

const call = z.strictObject({
  name: z.string().min(1).max(256),
  arguments: z.custom<JsonObject>(isJsonObject, { error: 'is no group of arguments' }).optional(),
});
type WantedCall = z.output<typeof call>;

const options = z.strictObject({
  /** The calls that have to be made; none may be made where the list is empty. */
  calls: z.array(call).max(50),
  /** `equal`: these arguments and no others. `subset`: others may stand beside them. */
  arguments: z.enum(['equal', 'subset']).default('subset'),
  order: z.enum(['any', 'same']).default('any'),
  /** Calls beside the wanted ones are no fault. */
  others: z.boolean().default(false),
});

const schema = z.union([z.string().min(1).max(256), call, options]).transform((written) => {
  if (typeof written === 'string') return options.parse({ calls: [{ name: written }] });
  return 'calls' in written ? written : options.parse({ calls: [written] });
});

/** Tool calls by name and arguments; the score is the share of the wanted calls that were made. */
export const toolCall = pureGrader('tool-call', schema, {
  label: ({ calls }) =>
    calls.length === 0
      ? 'calls no tool'
      : `calls ${calls.map((one) => `${one.name}(${argumentText(one)})`).join(', ')}`,
  grade({ calls, arguments: how, order, others }, answer) {
    const rules: JsonRules = { tolerances: new Map(), anyOrder: new Set(), subset: how === 'subset' };
    if (calls.length === 0)
      return answer.toolCalls.length === 0 ? partly(1, 1, 'no call') : missed(`called ${madeText(answer)}`);
    const left = [...answer.toolCalls];
    const why: string[] = [];
    let at = 0;
    let made = 0;
    for (const wanted of calls) {
      const found = left.findIndex(
        (one, index) => (order === 'any' || index >= at) && fits(wanted, one, rules) === undefined,
      );
      if (found < 0) why.push(nearest(wanted, answer, rules));
      else {
        made += 1;
        if (order === 'same') at = found;
        left.splice(found, 1);
      }
    }
    if (!others && why.length === 0 && left.length > 0)
      why.push(`called ${left.map(({ name }) => name).join(', ')} besides`);
    const extra = others ? 0 : left.length;
    const because = why.join('; ').slice(0, 300) || 'as wanted';
    return partly(made / (calls.length + extra), 1, because);
  },
});

function fits(wanted: WantedCall, made: AnswerSeen['toolCalls'][number], rules: JsonRules): string | undefined {
  if (made.name !== wanted.name) return `${wanted.name} was not called`;
  if (!wanted.arguments) return undefined;
  // Models write nothing at all where a tool takes no arguments.
  const given = made.arguments.trim() === '' ? { value: {} } : jsonOf(made.arguments, false);
  if (!given) return `the arguments of ${wanted.name} are no JSON`;
  const why = difference(wanted.arguments, given.value, rules);
  return why === undefined ? undefined : `${wanted.name}: ${why}`;
}

/** Of the calls of the same tool, why the first is not the one. */
function nearest(wanted: WantedCall, answer: AnswerSeen, rules: JsonRules): string {
  const same = answer.toolCalls.find(({ name }) => name === wanted.name);
  return (
    (same && fits(wanted, same, rules)) ??
    (same ? `${wanted.name} was called in another order` : `${wanted.name} was not called`)
  );
}

function argumentText({ arguments: given }: WantedCall): string {
  return given ? JSON.stringify(given).slice(0, 60) : '…';
}

function madeText({ toolCalls }: AnswerSeen): string {
  return toolCalls.map(({ name }) => name).join(', ');
}
