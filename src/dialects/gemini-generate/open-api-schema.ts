import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import { asObject, fieldPath } from '../common/fields.ts';
import { camelFields } from './proto-fields.ts';

/** Deepest schema that is read. */
export const maxSchemaDepth = 64;

/** The API takes a type by its name, in any case, or by its number. */
const TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'];

/** 64-bit numbers, which the JSON form of Protocol Buffers writes as text. */
const COUNTS = new Set(['minItems', 'maxItems', 'minProperties', 'maxProperties', 'minLength', 'maxLength']);

/** Say nothing about which values are meant. */
const SILENT = new Set(['propertyOrdering', 'example']);

/**
 * A `Schema` of this API, a subset of OpenAPI 3.0, as JSON Schema: types in lower case, `nullable` as a type beside the
 * others. Keywords that it does not know stay as they are. Throws `RequestError`.
 *
 * @see https://ai.google.dev/api/caching#Schema
 */
export function jsonSchemaOf(value: JsonValue | undefined, path: string, depth = 0): JsonObject {
  if (depth > maxSchemaDepth)
    throw new RequestError(path, `${path} is nested more than ${maxSchemaDepth} levels deep.`);
  const { type, nullable, format, ...schema } = camelFields(asObject(value, path));
  const out: JsonObject = {};
  const name = typeName(type, fieldPath(path, 'type'));
  if (name !== undefined) out.type = nullable === true ? [name, 'null'] : name;
  // `enum` as a format says only that there is an enumeration.
  if (format !== undefined && format !== null && format !== 'enum' && format !== '') out.format = format;
  for (const [keyword, given] of Object.entries(schema)) {
    if (given === null || SILENT.has(keyword)) continue;
    out[keyword] = keywordOf(keyword, given, fieldPath(path, keyword), depth);
  }
  return nullable === true ? nullableToo(out) : out;
}

function keywordOf(keyword: string, given: JsonValue, path: string, depth: number): JsonValue {
  if (COUNTS.has(keyword) && typeof given === 'string' && /^\d{1,15}$/.test(given)) return Number(given);
  switch (keyword) {
    case 'items':
      return jsonSchemaOf(given, path, depth + 1);
    case 'additionalProperties':
      return isJsonObject(given) ? jsonSchemaOf(given, path, depth + 1) : given;
    case 'anyOf':
    case 'prefixItems':
      return Array.isArray(given)
        ? given.map((branch, at) => jsonSchemaOf(branch, fieldPath(path, at), depth + 1))
        : given;
    case 'properties':
      return Object.fromEntries(
        Object.entries(asObject(given, path)).map(([name, property]) => [
          name,
          jsonSchemaOf(property, fieldPath(path, name), depth + 1),
        ]),
      );
    default:
      return given;
  }
}

function typeName(type: JsonValue | undefined, path: string): string | undefined {
  if (type === undefined || type === null || type === 0 || type === 'TYPE_UNSPECIFIED') return undefined;
  const name = typeof type === 'number' ? TYPES[type - 1] : String(type).toLowerCase();
  if (name !== undefined && TYPES.includes(name)) return name;
  throw new RequestError(path, `${path} must be one of ${TYPES.map((known) => known.toUpperCase()).join(', ')}.`);
}

/** An enumeration or a choice that may be null has to say so itself. */
function nullableToo(schema: JsonObject): JsonObject {
  const { enum: values, anyOf } = schema;
  if (Array.isArray(values) && !values.includes(null)) return { ...schema, enum: [...values, null] };
  if (Array.isArray(anyOf) && schema.type === undefined) return { ...schema, anyOf: [...anyOf, { type: 'null' }] };
  return schema;
}
