import { isDeepStrictEqual } from 'node:util';
import { alone, dereference, mapSchema } from '../../src/dialects/common/schema.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';

/** Words that constrain nothing, and that no model is shown. */
const SILENT = new Set([
  '$schema',
  '$id',
  '$comment',
  'examples',
  'example',
  'deprecated',
  'readOnly',
  'writeOnly',
  'title',
]);

/** Both schemas in one form, where they do not mean the same; undefined where they do. */
export function schemaDifference(
  before: JsonObject,
  after: JsonObject,
): { before: JsonValue; after: JsonValue } | undefined {
  const [was, is] = [canonical(before), canonical(after)];
  return isDeepStrictEqual(was, is) ? undefined : { before: was, after: is };
}

/** References in place, and one way of saying what can be said in two. */
function canonical(schema: JsonObject): JsonObject {
  const root: JsonObject = typeof schema.$ref === 'string' ? schema : { type: 'object', properties: {}, ...schema };
  const { schema: written } = mapSchema(dereference(root).schema, (node) => plainly(alone(node)));
  // Nothing at all: whether more than that may be said has no meaning to anybody.
  const { additionalProperties, ...rest } = written;
  return isDeepStrictEqual(written.properties, {}) && additionalProperties === false ? rest : written;
}

function plainly(node: JsonObject): JsonObject {
  const isListed = node.enum !== undefined || node.const !== undefined;
  const out: JsonObject = {};
  for (const [keyword, value] of Object.entries(node)) {
    if (SILENT.has(keyword) || (isListed && keyword === 'type')) continue;
    if (keyword === 'const') out.enum = [value];
    else if (keyword === 'properties' && isJsonObject(value)) out.properties = mapValues(value);
    else if (keyword === 'required' && Array.isArray(value)) {
      if (value.length > 0) out.required = [...value].sort();
    } else if (!ANYTHING.some(([name, open]) => name === keyword && isDeepStrictEqual(open, value)))
      out[keyword] = value;
  }
  return out;
}

/** What a schema means anyway. */
const ANYTHING: readonly (readonly [string, JsonValue])[] = [
  ['items', {}],
  ['items', true],
  ['additionalProperties', true],
];

function mapValues(properties: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, each === true ? {} : each]));
}
