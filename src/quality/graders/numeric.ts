import * as z from 'zod';
import { missed, passed, pureGrader, shown } from './grader.ts';
import { within } from './same-json.ts';

const schema = z
  .union([
    z.number(),
    z.strictObject({
      value: z.number(),
      abs: z.number().min(0).optional(),
      rel: z.number().min(0).max(1).optional(),
      /** Which of the numbers in the text counts. */
      which: z.enum(['any', 'first', 'last', 'only']).default('any'),
      /** How the answer's language writes 1,234.5: the sign before its decimals. */
      decimal: z.enum(['.', ',']).default('.'),
    }),
  ])
  .transform((written) =>
    typeof written === 'number'
      ? { value: written, abs: undefined, rel: undefined, which: 'any' as const, decimal: '.' as const }
      : written,
  );

/** A number in the text, whatever units and currency signs stand around it. */
export const numeric = pureGrader('numeric', schema, {
  label: ({ value, abs, rel }) =>
    `gives ${value}${abs === undefined ? '' : ` ± ${abs}`}${rel === undefined ? '' : ` ± ${rel * 100} %`}`,
  grade({ value, abs, rel, which, decimal }, answer) {
    const numbers = numbersOf(answer.text, decimal);
    if (numbers.length === 0) return missed(`no number in ${shown(answer.text)}`);
    if (which === 'only' && numbers.length > 1) return missed(`${numbers.length} numbers, where one belongs`);
    const asked = which === 'first' ? numbers.slice(0, 1) : which === 'last' ? numbers.slice(-1) : numbers;
    const right = asked.some((number) => within(value, number, { abs, rel: rel ?? 1e-9 }));
    return right ? passed(`${value}`) : missed(`it gives ${asked.slice(0, 5).join(', ')}`);
  },
});

/** Every number of a text: grouped digits, decimals, exponents. */
export function numbersOf(text: string, decimal: '.' | ','): number[] {
  const group = decimal === '.' ? ',' : '.';
  const whole = `\\d{1,3}(?:[${group}\\u00a0\\u202f' ]\\d{3})+(?!\\d)|\\d+`;
  const pattern = new RegExp(`(?<![\\w.])[-−+]?(?:${whole})(?:\\${decimal}\\d+)?(?:[eE][-+]?\\d{1,3})?`, 'g');
  return Array.from(text.matchAll(pattern), ([written]) => {
    const plain = written.replace('−', '-').replace(new RegExp(`[\\${group}\\u00a0\\u202f' ]`, 'g'), '');
    return Number(plain.replace(decimal, '.'));
  }).filter((number) => Number.isFinite(number));
}
