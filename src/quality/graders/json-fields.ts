import * as z from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { missed, partly, pureGrader, shown } from './grader.ts';
import { jsonOf } from './json-text.ts';
import { normalForm } from './normal-form.ts';
import { difference, type JsonRules } from './same-json.ts';

const path = z.string().min(1).max(500);
const tolerance = z.union([
  z.number().min(0),
  z.strictObject({ abs: z.number().min(0).optional(), rel: z.number().min(0).max(1).optional() }),
]);

const schema = z.strictObject({
  expected: z.custom<JsonObject>(isJsonObject, { error: 'is no group of fields' }),
  /** By path, `a.b[*].c`; `*` for every number. A number alone is absolute. */
  tolerances: z.record(path, tolerance).default({}),
  /** Paths of lists whose order does not matter. */
  anyOrder: z.array(path).max(100).default([]),
  /** Compare texts but for case, punctuation and blanks. */
  normalised: z.boolean().default(false),
  /** Fields beyond the expected ones are a difference. */
  only: z.boolean().default(false),
  anywhere: z.boolean().default(false),
});

/** Fields of a JSON answer by value; the score is the share of the expected fields that are right. */
export const jsonFields = pureGrader('json-fields', schema, {
  label: ({ expected }) => `fields ${shown(JSON.stringify(expected), 80)}`,
  grade(options, answer) {
    const found = jsonOf(answer.text, options.anywhere);
    if (!found) return missed(`no JSON: ${shown(answer.text)}`);
    const { value } = found;
    if (!isJsonObject(value)) return missed('the JSON is no object');
    const rules = rulesOf(options);
    const names = Object.keys(options.expected);
    const wrong = names.flatMap((name) => {
      const held: JsonValue | undefined = Object.hasOwn(value, name) ? value[name] : undefined;
      const why = difference(options.expected[name] ?? null, held, rules, name);
      return why === undefined ? [] : [why];
    });
    const extra = options.only ? Object.keys(value).filter((name) => !Object.hasOwn(options.expected, name)) : [];
    const said = [...wrong, ...extra.map((name) => `${name} is not expected`)];
    const right = (names.length - wrong.length) / Math.max(1, names.length + extra.length);
    return partly(
      said.length === 0 ? 1 : right,
      1,
      said.length === 0 ? 'all fields are right' : said.join('; ').slice(0, 300),
    );
  },
});

function rulesOf(options: z.output<typeof schema>): JsonRules {
  const tolerances = Object.entries(options.tolerances).map(
    ([at, written]) => [at, typeof written === 'number' ? { abs: written } : written] as const,
  );
  return {
    tolerances: new Map(tolerances),
    anyOrder: new Set(options.anyOrder),
    ...(options.normalised && { normal: normalForm }),
    subset: !options.only,
  };
}
