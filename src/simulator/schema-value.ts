import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { Dice } from './chance.ts';

/** Deeper nesting than this gets only what the schema requires, so that a schema that refers to itself ends. */
const MAX_FULL_DEPTH = 5;
const MAX_DEPTH = 24;
const MAX_ITEMS = 64;

const WORDS = ['amber', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'harbour', 'indigo', 'juniper'] as const;

/** What a generated value may draw on: chance, and a word of the conversation for free strings. */
export interface ValueSource {
  readonly dice: Dice;
  readonly topic: string;
}

/**
 * A value that satisfies `schema`: type, enum, const, required, nested objects, arrays, minima and maxima, formats,
 * `anyOf`, `oneOf`, `allOf`, `$ref` into the same document. `pattern` is not read.
 */
export function valueFor(schema: JsonObject, source: ValueSource): JsonValue {
  return new Generator(schema, source).value(schema, 0);
}

class Generator {
  readonly #root: JsonObject;
  readonly #source: ValueSource;

  constructor(root: JsonObject, source: ValueSource) {
    this.#root = root;
    this.#source = source;
  }

  value(written: JsonObject, depth: number): JsonValue {
    const schema = this.#resolve(written);
    if (depth > MAX_DEPTH) return null;
    if (schema.const !== undefined) return schema.const;
    if (Array.isArray(schema.enum) && schema.enum.length > 0) return this.#source.dice.pick(schema.enum);
    const branch = firstObject(schema.anyOf) ?? firstObject(schema.oneOf);
    if (branch) return this.value({ ...withoutBranches(schema), ...branch }, depth + 1);
    switch (typeOf(schema)) {
      case 'object':
        return this.#object(schema, depth);
      case 'array':
        return this.#array(schema, depth);
      case 'integer':
        return this.#number(schema, true);
      case 'number':
        return this.#number(schema, false);
      case 'boolean':
        return this.#source.dice.next() < 0.5;
      case 'null':
        return null;
      default:
        return this.#string(schema);
    }
  }

  #resolve(schema: JsonObject): JsonObject {
    let current = schema;
    for (let hops = 0; typeof current.$ref === 'string' && hops < MAX_DEPTH; hops++) {
      const target = lookUp(this.#root, current.$ref);
      if (!target) return {};
      current = target;
    }
    if (!Array.isArray(current.allOf)) return current;
    const { allOf, ...rest } = current;
    let merged: JsonObject = rest;
    for (const part of allOf) if (isJsonObject(part)) merged = mergeSchemas(merged, this.#resolve(part));
    return merged;
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const properties = isJsonObject(schema.properties) ? schema.properties : {};
    const required = Array.isArray(schema.required) ? schema.required : [];
    const value: JsonObject = {};
    for (const [name, property] of Object.entries(properties)) {
      if (depth >= MAX_FULL_DEPTH && !required.includes(name)) continue;
      value[name] = isJsonObject(property) ? this.value(property, depth + 1) : null;
    }
    for (const name of required)
      if (typeof name === 'string' && !Object.hasOwn(value, name)) value[name] = this.#topic();
    return value;
  }

  #array(schema: JsonObject, depth: number): JsonValue[] {
    const least = numberOf(schema.minItems) ?? 0;
    const most = numberOf(schema.maxItems) ?? Math.max(least, 2);
    const wanted = depth >= MAX_FULL_DEPTH ? least : Math.min(Math.max(least, 2), most);
    const fixed = Array.isArray(schema.prefixItems) ? schema.prefixItems.filter(isJsonObject) : [];
    const items = isJsonObject(schema.items) ? schema.items : { type: 'string' };
    const values: JsonValue[] = [];
    for (let i = 0; i < Math.min(Math.max(wanted, fixed.length), MAX_ITEMS); i++) {
      const value = this.value(fixed[i] ?? items, depth + 1);
      const seen =
        schema.uniqueItems === true && values.some((other) => JSON.stringify(other) === JSON.stringify(value));
      values.push(
        seen && typeof value === 'string' ? `${value} ${i}` : seen && typeof value === 'number' ? value + i : value,
      );
    }
    return values;
  }

  #number(schema: JsonObject, whole: boolean): number {
    const step = numberOf(schema.multipleOf) ?? (whole ? 1 : 0.5);
    const least = numberOf(schema.minimum) ?? above(numberOf(schema.exclusiveMinimum), step);
    const most = numberOf(schema.maximum) ?? above(numberOf(schema.exclusiveMaximum), -step);
    const from = least ?? (most === undefined ? 1 : Math.min(1, most));
    const to = most ?? from + 99 * step;
    const first = Math.ceil(from / step) * step;
    const steps = Math.max(0, Math.floor((to - first) / step + 1e-9));
    const value = first + Math.floor(this.#source.dice.next() * (steps + 1)) * step;
    if (value > to || value < from) return whole ? Math.ceil(from) : from;
    return whole ? Math.round(value) : Number(value.toFixed(6));
  }

  #string(schema: JsonObject): string {
    const fixed = typeof schema.format === 'string' ? FORMATS.get(schema.format) : undefined;
    if (fixed !== undefined) return fixed;
    const least = numberOf(schema.minLength) ?? 0;
    const most = numberOf(schema.maxLength) ?? Number.POSITIVE_INFINITY;
    let text = this.#topic();
    while (text.length < least) text += ` ${this.#source.dice.pick(WORDS)}`;
    return text.length > most ? text.slice(0, most) : text;
  }

  #topic(): string {
    return this.#source.topic === '' ? this.#source.dice.pick(WORDS) : this.#source.topic;
  }
}

const FORMATS: ReadonlyMap<string, string> = new Map([
  ['date-time', '2026-01-15T09:30:00Z'],
  ['date', '2026-01-15'],
  ['time', '09:30:00Z'],
  ['duration', 'PT15M'],
  ['email', 'ada@example.com'],
  ['hostname', 'example.com'],
  ['ipv4', '192.0.2.7'],
  ['ipv6', '2001:db8::7'],
  ['uri', 'https://example.com/'],
  ['url', 'https://example.com/'],
  ['uuid', '5f2b9b64-1d5c-4f3a-9c0e-0a1b2c3d4e5f'],
]);

function typeOf(schema: JsonObject): string {
  const type = Array.isArray(schema.type) ? schema.type.find((name) => name !== 'null') : schema.type;
  if (typeof type === 'string') return type.toLowerCase();
  if (isJsonObject(schema.properties)) return 'object';
  return isJsonObject(schema.items) ? 'array' : 'string';
}

function above(bound: number | undefined, step: number): number | undefined {
  return bound === undefined ? undefined : bound + step;
}

/** Gemini writes its 64-bit counts as strings. */
function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : undefined;
}

function firstObject(value: JsonValue | undefined): JsonObject | undefined {
  const branches = Array.isArray(value) ? value.filter(isJsonObject) : [];
  return branches.find((branch) => typeOf(branch) !== 'null') ?? branches[0];
}

function withoutBranches(schema: JsonObject): JsonObject {
  const { anyOf: _any, oneOf: _one, ...rest } = schema;
  return rest;
}

function mergeSchemas(left: JsonObject, right: JsonObject): JsonObject {
  const properties = {
    ...(isJsonObject(left.properties) && left.properties),
    ...(isJsonObject(right.properties) && right.properties),
  };
  const required = [
    ...(Array.isArray(left.required) ? left.required : []),
    ...(Array.isArray(right.required) ? right.required : []),
  ];
  return {
    ...left,
    ...right,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  };
}

/** `#/a/b` in the document; anything else is not known here. */
function lookUp(root: JsonObject, reference: string): JsonObject | undefined {
  if (!reference.startsWith('#')) return undefined;
  let found: JsonValue | undefined = root;
  for (const step of reference.slice(1).split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    found = isJsonObject(found) ? found[key] : undefined;
  }
  return isJsonObject(found) ? found : undefined;
}
