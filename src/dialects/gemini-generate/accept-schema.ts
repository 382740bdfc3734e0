import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { LossList } from '../common/losses.ts';
import { dereference, keepKeywords, mapSchema } from '../common/schema.ts';

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
  const plain = mapSchema(flat.schema, withoutConst);
  const structural = keepKeywords(plain.schema, REFINEMENTS);
  const accepted = keepKeywords(structural.schema, ALLOWED);
  for (const line of [...flat.losses, ...plain.losses]) losses.add(field, line, true);
  for (const line of structural.losses) losses.add(field, `this target does not know ${line}`, true);
  if (accepted.losses.length > 0) losses.add(field, `not enforced by this target: ${accepted.losses.join('; ')}`);
  return accepted.schema;
}

/** One value is an enumeration of one; `allOf` of one is that one. Both are what schema generators write. */
function withoutConst(node: JsonObject): JsonObject {
  const { const: value, ...rest } = node;
  const plain: JsonObject = value === undefined ? node : { ...rest, ...(rest.enum === undefined && { enum: [value] }) };
  const { allOf, ...beside } = plain;
  const [only] = Array.isArray(allOf) && allOf.length === 1 ? allOf : [];
  if (!isJsonObject(only)) return plain;
  // Said in both places it would have to hold twice; then it is left to be named as lost.
  const contradicts = Object.keys(only).some((keyword) => keyword !== 'description' && Object.hasOwn(beside, keyword));
  return contradicts ? plain : withoutConst({ ...only, ...beside });
}
