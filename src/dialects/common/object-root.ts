import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { type AcceptedSchema, dereference } from './schema.ts';

const ALTERNATIVES = ['anyOf', 'oneOf'] as const;

/**
 * A schema of arguments with an object at its root: no reference, no alternatives, no other type. OpenAI and Anthropic
 * both answer 400 to anything else. Alternatives become one object with the properties of all of them, of which only
 * those are required that each of them requires: it accepts at least what the caller's schema accepts.
 */
export function objectRoot(schema: JsonObject): AcceptedSchema {
  const whole = rootInPlace(schema);
  const losses = [...whole.losses];
  let root = whole.schema;
  if (Array.isArray(root.allOf)) root = withAll(root, root.allOf, losses);
  for (const keyword of ALTERNATIVES) {
    const variants = root[keyword];
    if (Array.isArray(variants)) root = withAny(root, keyword, variants, losses);
  }
  for (const keyword of ['enum', 'const', 'not']) {
    if (root[keyword] === undefined) continue;
    root = without(root, keyword);
    losses.push(`${keyword} at the root, left out`);
  }
  const { type } = root;
  const fits = type === undefined || type === 'object' || (Array.isArray(type) && type.includes('object'));
  if (!fits) {
    losses.push('a type other than object, sent as an object: arguments can be nothing else');
    return { schema: { type: 'object' }, losses };
  }
  return { schema: { ...root, type: 'object' }, losses };
}

/** A schema that is a reference as a whole, with what it refers to in its place; any other as it is. */
export function rootInPlace(schema: JsonObject): AcceptedSchema {
  return typeof schema.$ref === 'string' ? dereference(schema) : { schema, losses: [] };
}

/** Every part holds: properties of all, each required that one part requires. */
function withAll(root: JsonObject, parts: readonly JsonValue[], losses: string[]): JsonObject {
  losses.push('allOf at the root, merged into one object');
  const properties: JsonObject = { ...objectOf(root.properties) };
  const required = new Set(namesOf(root.required));
  for (const part of parts.filter(isJsonObject)) {
    for (const [name, property] of Object.entries(objectOf(part.properties))) {
      const known = ownProperty(properties, name);
      setProperty(properties, name, known === undefined ? property : { allOf: [known, property] });
    }
    for (const name of namesOf(part.required)) required.add(name);
  }
  return withProperties(without(root, 'allOf'), properties, required);
}

/** One part holds: a property may be as any of them has it, and is required where each requires it. */
function withAny(root: JsonObject, keyword: string, given: readonly JsonValue[], losses: string[]): JsonObject {
  losses.push(`${keyword} at the root, merged into one object`);
  const variants = given.filter(isJsonObject);
  const properties: JsonObject = { ...objectOf(root.properties) };
  const names = new Set(variants.flatMap((variant) => Object.keys(objectOf(variant.properties))));
  for (const name of names) {
    if (ownProperty(properties, name) !== undefined) continue;
    const forms = variants.map((variant) => ownProperty(objectOf(variant.properties), name));
    setProperty(properties, name, anyOf(forms));
  }
  const [first, ...others] = variants.map((variant) => namesOf(variant.required));
  const required = new Set(namesOf(root.required));
  for (const name of first ?? []) if (others.every((list) => list.includes(name))) required.add(name);
  return withProperties(without(root, keyword), properties, required);
}

/** A variant that says nothing of a property leaves it open. */
function anyOf(forms: readonly (JsonValue | undefined)[]): JsonValue {
  const distinct = new Map<string, JsonValue>();
  for (const form of forms) {
    if (form === undefined || form === true) return {};
    distinct.set(JSON.stringify(form), form);
  }
  const [only, ...more] = distinct.values();
  return only !== undefined && more.length === 0 ? only : { anyOf: [...distinct.values()] };
}

function withProperties(root: JsonObject, properties: JsonObject, required: ReadonlySet<string>): JsonObject {
  return { ...root, properties, ...(required.size > 0 && { required: [...required] }) };
}

function without(schema: JsonObject, keyword: string): JsonObject {
  const { [keyword]: _dropped, ...rest } = schema;
  return rest;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function namesOf(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

/** A property may be called `__proto__`. */
function ownProperty(properties: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
}

function setProperty(properties: JsonObject, name: string, value: JsonValue): void {
  Object.defineProperty(properties, name, { value, enumerable: true, configurable: true, writable: true });
}
