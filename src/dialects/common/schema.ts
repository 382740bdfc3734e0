import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';

/** A schema made acceptable, and one line for each thing that had to go, such as `properties.city: pattern`. */
export interface AcceptedSchema {
  readonly schema: JsonObject;
  readonly losses: string[];
}

/** References multiply: thirty lines can unfold into millions of nodes. */
export const maxSchemaNodes = 10_000;
export const maxSchemaDepth = 64;
export const maxSchemaLosses = 20;

const SCHEMA_MAPS = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions']);
const SCHEMA_LISTS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items']);
const SCHEMAS = new Set([
  'items',
  'additionalItems',
  'additionalProperties',
  'contains',
  'contentSchema',
  'else',
  'if',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
/** Beside a `$ref` these only describe; anything else beside it narrows, and narrowing cannot be merged. */
const ANNOTATIONS = new Set(['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly']);
const DEFINITIONS = new Set(['$defs', 'definitions']);

/**
 * Puts every local `$ref` (JSON pointers into the same document) in place and removes `$defs` and `definitions`.
 * A reference that contains itself is cut where it begins again and left open there; foreign references are left open.
 */
export function dereference(schema: JsonObject): AcceptedSchema {
  const walk = new Dereferencing(schema);
  const result = walk.expand(schema, '', []);
  return { schema: isJsonObject(result) ? result : {}, losses: walk.losses.lines() };
}

/** Drops every keyword outside `allowed`, at all depths; names of properties are not keywords and stay. */
export function keepKeywords(schema: JsonObject, allowed: ReadonlySet<string>): AcceptedSchema {
  const losses = new LossLines();
  const result = mapSchema(schema, (node, at) => {
    const kept = Object.entries(node).filter(([keyword]) => allowed.has(keyword));
    if (kept.length === Object.keys(node).length) return node;
    for (const keyword of Object.keys(node)) if (!allowed.has(keyword)) losses.add(at, keyword);
    return Object.fromEntries(kept);
  });
  for (const line of result.losses) losses.addLine(line);
  return { schema: result.schema, losses: losses.lines() };
}

/** Rewrites each subschema before the ones inside it. Bounded: what lies too deep or is too much is left open. */
export function mapSchema(schema: JsonObject, change: (node: JsonObject, at: string) => JsonObject): AcceptedSchema {
  const losses = new LossLines();
  let nodes = 0;
  const visit = (value: JsonValue, at: string, depth: number): JsonValue => {
    if (!isJsonObject(value)) return value;
    nodes += 1;
    if (nodes > maxSchemaNodes || depth > maxSchemaDepth) {
      losses.add(at, 'too large, left open');
      return {};
    }
    return mapSubschemas(change(value, at), at, (child, where) => visit(child, where, depth + 1));
  };
  const result = visit(schema, '', 0);
  return { schema: isJsonObject(result) ? result : {}, losses: losses.lines() };
}

/** `allOf` of one is that one, where the two do not say the same thing twice: what schema generators write. */
export function alone(node: JsonObject): JsonObject {
  const { allOf, ...beside } = node;
  const [only, ...others] = Array.isArray(allOf) ? allOf : [];
  if (!isJsonObject(only) || others.length > 0) return node;
  const contradicts = Object.keys(only).some((keyword) => keyword !== 'description' && Object.hasOwn(beside, keyword));
  return contradicts ? node : alone({ ...only, ...beside });
}

type Each = (subschema: JsonValue, at: string) => JsonValue;

/** `Object.fromEntries`, not assignment: a property may be called `__proto__`. */
function mapSubschemas(node: JsonObject, at: string, each: Each): JsonObject {
  return Object.fromEntries(
    Object.entries(node).map(([keyword, value]) => [keyword, mapKeyword(keyword, value, join(at, keyword), each)]),
  );
}

function mapKeyword(keyword: string, value: JsonValue, at: string, each: Each): JsonValue {
  if (Array.isArray(value)) {
    return SCHEMA_LISTS.has(keyword) ? value.map((entry, index) => each(entry, `${at}[${index}]`)) : value;
  }
  if (!isJsonObject(value)) return value;
  if (SCHEMAS.has(keyword)) return each(value, at);
  if (!SCHEMA_MAPS.has(keyword)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, each(entry, join(at, name))]));
}

function join(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`;
}

class Dereferencing {
  readonly losses = new LossLines();
  readonly #root: JsonObject;
  #nodes = 0;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  /** `open`: the references that are being put in place around this node. */
  expand(value: JsonValue, at: string, open: readonly string[], depth = 0): JsonValue {
    if (!isJsonObject(value)) return value;
    this.#nodes += 1;
    if (this.#nodes > maxSchemaNodes || depth > maxSchemaDepth) {
      this.losses.add(at, 'too large, left open');
      return {};
    }
    const reference = value.$ref;
    if (typeof reference === 'string') return this.#follow(value, reference, at, open, depth);
    const node = Object.fromEntries(Object.entries(value).filter(([keyword]) => !DEFINITIONS.has(keyword)));
    return mapSubschemas(node, at, (child, where) => this.expand(child, where, open, depth + 1));
  }

  #follow(node: JsonObject, reference: string, at: string, open: readonly string[], depth: number): JsonValue {
    const beside = Object.fromEntries(Object.entries(node).filter(([keyword]) => keyword !== '$ref'));
    const target = lookUp(this.#root, reference);
    if (target === undefined) {
      this.losses.add(at, `reference ${reference} not found, left open`);
      return this.expand(beside, at, open, depth + 1);
    }
    if (open.includes(reference)) {
      this.losses.add(at, `recursive reference ${reference}, left open`);
      return Object.fromEntries(
        Object.entries({ ...target, ...beside }).filter(([keyword]) => keyword === 'type' || ANNOTATIONS.has(keyword)),
      );
    }
    for (const keyword of Object.keys(beside)) {
      if (!ANNOTATIONS.has(keyword) && Object.hasOwn(target, keyword)) {
        this.losses.add(at, `${keyword} beside ${reference} replaces the one it refers to`);
      }
    }
    return this.expand({ ...target, ...beside }, at, [...open, reference], depth + 1);
  }
}

/** JSON pointer as a URI fragment (RFC 6901, section 6); undefined for anything else and for what is not there. */
function lookUp(root: JsonObject, reference: string): JsonObject | undefined {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  let value: JsonValue | undefined = root;
  for (const step of reference.slice(2).split('/')) {
    const name = decodeStep(step);
    if (name === undefined || value === undefined) return undefined;
    if (Array.isArray(value)) value = /^\d+$/.test(name) ? value[Number(name)] : undefined;
    else value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  if (value === true) return {};
  return isJsonObject(value) ? value : undefined;
}

function decodeStep(step: string): string | undefined {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}

class LossLines {
  readonly #lines = new Set<string>();
  #more = 0;

  add(at: string, what: string): void {
    this.addLine(at === '' ? what : `${at}: ${what}`);
  }

  addLine(line: string): void {
    if (this.#lines.has(line)) return;
    if (this.#lines.size < maxSchemaLosses) this.#lines.add(line);
    else this.#more += 1;
  }

  lines(): string[] {
    return this.#more === 0 ? [...this.#lines] : [...this.#lines, `and ${this.#more} more`];
  }
}
