import * as z from 'zod';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { schemaCheck } from '../schema-check.ts';
import { missed, passed, pureGrader, shown } from './grader.ts';
import { jsonOf } from './json-text.ts';

const schemaObject = z.custom<JsonObject>(isJsonObject, { error: 'is no JSON Schema' });

/** The whole text is JSON that satisfies a schema; with `anywhere: true` the first JSON within it. */
export const jsonSchema = pureGrader(
  'json-schema',
  z.strictObject({ schema: schemaObject.optional(), anywhere: z.boolean().default(false) }),
  {
    label: ({ schema, anywhere }) =>
      `${anywhere ? 'holds' : 'is'} JSON${schema ? ` of schema ${shown(JSON.stringify(schema), 60)}` : ''}`,
    grade({ schema, anywhere }, answer) {
      const found = jsonOf(answer.text, anywhere);
      if (!found) return missed(`no JSON: ${shown(answer.text)}`);
      if (!schema) return passed('it is JSON');
      const check = schemaCheck(schema);
      if (check.uncompilable !== undefined) return missed(`the schema cannot be checked: ${check.uncompilable}`);
      const violation = check.violation(found.value);
      return violation === undefined ? passed('it satisfies the schema') : missed(violation);
    },
  },
);
