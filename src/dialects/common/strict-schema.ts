import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { alone, maxSchemaDepth } from './schema.ts';

/** OpenAI's limits of a strict schema. */
export const maxStrictDepth = 10;
export const maxStrictProperties = 5_000;
export const maxStrictEnumValues = 1_000;

/** A schema that OpenAI enforces, or why it cannot enforce this one. `changed`: one line for each change. */
export type StrictSchema =
  | { readonly ok: true; readonly schema: JsonObject; readonly changed: readonly string[] }
  | { readonly ok: false; readonly why: string };

const KEPT: ReadonlySet<string> = new Set([
  'type',
  'title',
  'description',
  'enum',
  'const',
  'required',
  '$ref',
  'pattern',
  'multipleOf',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minItems',
  'maxItems',
]);
const FORMATS: ReadonlySet<string> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
]);
/** Says which JSON Schema this is, or how it is kept. */
const SILENT: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$comment',
  'example',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]);
/** Narrow or hint at what is otherwise said in full: without them a few values more are accepted. */
const REFINEMENTS: ReadonlySet<string> = new Set([
  'default',
  'format',
  'minLength',
  'maxLength',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'contentEncoding',
  'contentMediaType',
]);

class CannotBeStrict extends Error {}

/**
 * Rewrites a schema to what OpenAI enforces with `strict: true`: closed objects whose properties are all required, a few
 * keywords. A schema that already is so comes back as it was. One with optional properties, free keys or conditions
 * cannot be enforced: saying null in place of nothing would be another answer than the caller's schema allows.
 *
 * @see https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export function strictSchema(schema: JsonObject): StrictSchema {
  const rewriting = new Rewriting();
  try {
    if (schema.type !== 'object') throw new CannotBeStrict('a root that is no object');
    if (schema.anyOf !== undefined || schema.oneOf !== undefined) throw new CannotBeStrict('alternatives at the root');
    return { ok: true, schema: rewriting.node(schema, 1), changed: [...rewriting.changed] };
  } catch (error) {
    if (error instanceof CannotBeStrict) return { ok: false, why: error.message };
    throw error;
  }
}

class Rewriting {
  readonly changed = new Set<string>();
  #properties = 0;
  #enumValues = 0;
  /** Alternatives are no level of their own to OpenAI, but they nest as well. */
  #nesting = 0;

  node(value: JsonValue | undefined, depth: number): JsonObject {
    if (depth > maxStrictDepth || this.#nesting > maxSchemaDepth) {
      throw new CannotBeStrict(`more than ${maxStrictDepth} levels`);
    }
    if (!isJsonObject(value)) throw new CannotBeStrict('a subschema that allows anything');
    this.#nesting += 1;
    const out = this.#rewrite(alone(value), depth);
    this.#nesting -= 1;
    return out;
  }

  #rewrite(given: JsonObject, depth: number): JsonObject {
    if (typeof given.$ref === 'string') return this.#reference(given, given.$ref, depth);
    const out: JsonObject = {};
    for (const [keyword, said] of Object.entries(given)) this.#keyword(out, keyword, said, depth);
    const isSaid = ['type', 'enum', 'const', 'anyOf'].some((keyword) => out[keyword] !== undefined);
    if (!isSaid) throw new CannotBeStrict('a subschema that allows anything');
    if (Array.isArray(out.enum)) this.#countValues(out.enum.length);
    if (allows(out.type, 'array') && out.items === undefined) throw new CannotBeStrict('a list of anything');
    if (allows(out.type, 'object')) this.#close(out, given.additionalProperties);
    return out;
  }

  #keyword(out: JsonObject, keyword: string, said: JsonValue, depth: number): void {
    switch (keyword) {
      case 'anyOf':
      case 'oneOf':
        if (!Array.isArray(said) || out.anyOf !== undefined) throw new CannotBeStrict(keyword);
        if (keyword === 'oneOf') this.changed.add('oneOf sent as anyOf');
        out.anyOf = said.map((branch) => this.node(branch, depth));
        return;
      case 'properties':
      case '$defs':
      case 'definitions':
        if (!isJsonObject(said)) throw new CannotBeStrict(keyword);
        if (keyword === 'properties') this.#countProperties(Object.keys(said).length);
        out[keyword] = Object.fromEntries(
          Object.entries(said).map(([name, each]) => [
            name,
            this.node(each, depth + (keyword === 'properties' ? 1 : 0)),
          ]),
        );
        return;
      case 'items':
        out.items = this.node(said, depth + 1);
        return;
      case 'additionalProperties':
        return;
      default:
        if (KEPT.has(keyword) || (keyword === 'format' && FORMATS.has(String(said)))) out[keyword] = said;
        else if (REFINEMENTS.has(keyword)) this.changed.add(`${keyword} left out`);
        else if (!SILENT.has(keyword)) throw new CannotBeStrict(keyword);
    }
  }

  /** A reference stands alone: OpenAI refuses even a description beside it. */
  #reference(given: JsonObject, reference: string, depth: number): JsonObject {
    const { $defs, definitions, title: _title, description, $ref: _ref, ...rest } = given;
    if (!reference.startsWith('#')) throw new CannotBeStrict('a reference to another document');
    const more = Object.keys(rest).find((keyword) => !SILENT.has(keyword));
    if (more !== undefined) throw new CannotBeStrict(`${more} beside a reference`);
    if (description !== undefined) this.changed.add('descriptions beside references left out');
    const out: JsonObject = { $ref: reference };
    for (const [keyword, said] of Object.entries({ $defs, definitions })) {
      if (said !== undefined) this.#keyword(out, keyword, said, depth);
    }
    return out;
  }

  #close(out: JsonObject, additional: JsonValue | undefined): void {
    const properties = isJsonObject(out.properties) ? out.properties : {};
    const names = Object.keys(properties);
    const isFree = names.length === 0 && additional === undefined;
    if (isFree || (additional !== undefined && additional !== false))
      throw new CannotBeStrict('an object with free keys');
    const required = Array.isArray(out.required) ? out.required : [];
    const optional = names.find((name) => !required.includes(name));
    if (optional !== undefined) throw new CannotBeStrict('an optional property');
    if (required.length > names.length) throw new CannotBeStrict('a required property that is not described');
    if (additional === undefined) this.changed.add('objects closed');
    Object.assign(out, { properties, required: names, additionalProperties: false });
  }

  #countProperties(count: number): void {
    this.#properties += count;
    if (this.#properties > maxStrictProperties) throw new CannotBeStrict(`more than ${maxStrictProperties} properties`);
  }

  #countValues(count: number): void {
    this.#enumValues += count;
    if (this.#enumValues > maxStrictEnumValues)
      throw new CannotBeStrict(`more than ${maxStrictEnumValues} enumerated values`);
  }
}

function allows(type: JsonValue | undefined, name: string): boolean {
  return type === name || (Array.isArray(type) && type.includes(name));
}
