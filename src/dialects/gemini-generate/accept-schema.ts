import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { LossList } from '../common/losses.ts';
import { alone, dereference, keepKeywords, mapSchema } from '../common/schema.ts';

/**
 * What `responseJsonSchema` and `parametersJsonSchema` understand. References are understood too, but only without
 * anything beside them and hardly where they are recursive, so they are put in place instead.
 *
 * @see https://ai.google.dev/api/generate-content#generationconfig
 */
const ALLOWED: ReadonlySet<string> = new Set([
  'type',
  'format',
  'title',
  'description',
  'enum',
  'items',
  'prefixItems',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'anyOf',
  'oneOf',
  'properties',
  'additionalProperties',
  'required',
  'propertyOrdering',
]);

/** Without these the same values are meant, or a few more: the caller's own schema is checked against the answer. */
const REFINEMENTS: ReadonlySet<string> = new Set([
  ...ALLOWED,
  '$schema',
  '$id',
  '$anchor',
  '$comment',
  'default',
  'example',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'minLength',
  'maxLength',
  'pattern',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'contentEncoding',
  'contentMediaType',
  'strict',
]);

/** The caller's schema in the words that this API has; every keyword that had to go is named. */
export function acceptableSchema(schema: JsonObject, field: string, losses: LossList): JsonObject {
  const flat = dereference(schema);
  const plain = mapSchema(flat.schema, plainly);
  const structural = keepKeywords(plain.schema, REFINEMENTS);
  const accepted = keepKeywords(structural.schema, ALLOWED);
  for (const line of [...flat.losses, ...plain.losses]) losses.add(field, line, true);
  for (const line of structural.losses) losses.add(field, `this target does not know ${line}`, true);
  if (accepted.losses.length > 0) losses.add(field, `not enforced by this target: ${accepted.losses.join('; ')}`);
  return accepted.schema;
}

/** One value is an enumeration of one, a subschema that allows anything is an empty one. */
function plainly(given: JsonObject): JsonObject {
  const { const: value, ...rest } = alone(given);
  const node: JsonObject = value === undefined ? rest : { ...rest, enum: [value] };
  const { properties } = node;
  if (!isJsonObject(properties) || !Object.values(properties).includes(true)) return node;
  const open = Object.entries(properties).map(([name, property]) => [name, property === true ? {} : property]);
  return { ...node, properties: Object.fromEntries(open) };
}
