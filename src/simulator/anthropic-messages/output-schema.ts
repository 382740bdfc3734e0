import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { refuse } from '../dialect-kit.ts';

/** Keywords that structured outputs answer 400 to, by type (platform.claude.com/docs/en/build-with-claude/structured-outputs). */
const UNSUPPORTED: Readonly<Record<string, readonly string[]>> = {
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  string: ['minLength', 'maxLength'],
  array: ['maxItems', 'uniqueItems'],
  object: ['patternProperties', 'minProperties', 'maxProperties'],
};

/** Refuses schemas that structured outputs refuse; `at` is the field's path as the vendor writes it. */
export function checkOutputSchema(schema: JsonValue | undefined, at: string): void {
  if (!isJsonObject(schema)) return;
  const type = typeof schema.type === 'string' ? schema.type : '';
  if (type === 'object' && schema.additionalProperties !== false) {
    refuse(`${at}: For 'object' type, 'additionalProperties' must be explicitly set to false`);
  }
  const keyword = (Object.hasOwn(UNSUPPORTED, type) ? UNSUPPORTED[type] : undefined)?.find(
    (name) => schema[name] !== undefined,
  );
  if (keyword) refuse(`${at}: For '${type}' type, property '${keyword}' is not supported`);
  if (type === 'array' && typeof schema.minItems === 'number' && schema.minItems > 1) {
    refuse(`${at}: For 'array' type, 'minItems' values other than 0 or 1 are not supported`);
  }
  for (const store of [schema.properties, schema.$defs, schema.definitions]) {
    if (isJsonObject(store)) for (const part of Object.values(store)) checkOutputSchema(part, at);
  }
  for (const branches of [schema.anyOf, schema.oneOf, schema.allOf]) {
    if (Array.isArray(branches)) for (const branch of branches) checkOutputSchema(branch, at);
  }
  checkOutputSchema(schema.items, at);
}
