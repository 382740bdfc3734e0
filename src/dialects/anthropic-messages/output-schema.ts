import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { alone } from '../common/schema.ts';

/** Most subschemas and deepest nesting that are rewritten; larger schemas go through a tool instead. */
export const maxSchemaNodes = 5_000;
export const maxSchemaDepth = 64;

/**
 * A schema for `output_config.format`, or why this one cannot be said there. `moved`: the keywords that stand in
 * descriptions now. `changed`: one line for each other change.
 */
export type NativeSchema =
  | {
      readonly ok: true;
      readonly schema: JsonObject;
      readonly moved: readonly string[];
      readonly changed: readonly string[];
    }
  | { readonly ok: false; readonly why: string };

const FORMATS = new Set(['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid']);
const KEPT = new Set(['type', 'enum', 'const', 'title', 'description', 'default', 'required', '$ref']);
/** Says which JSON Schema this is, or how it is filed; constrains nothing. */
const SILENT = new Set(['$schema', '$id', '$comment', 'examples', 'deprecated', 'readOnly', 'writeOnly']);

class CannotSay extends Error {}

/**
 * Rewrites a JSON Schema to the subset that structured outputs take: closed objects, no recursion, no bounds on numbers,
 * lengths or counts. Constraints outside of it move into descriptions, as the vendor's SDK does it (`transformJSONSchema`);
 * the answer is validated against the caller's own schema in any case. Maps with free keys and schemas that allow
 * anything cannot be said at all.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
export function nativeSchema(schema: JsonObject): NativeSchema {
  const rewriting = new Rewriting();
  try {
    if (refersToItself(schema)) return { ok: false, why: 'a recursive schema' };
    const written = rewriting.node(schema, 0);
    return { ok: true, schema: written, moved: [...rewriting.moved], changed: [...rewriting.changed] };
  } catch (error) {
    if (error instanceof CannotSay) return { ok: false, why: error.message };
    throw error;
  }
}

class Rewriting {
  readonly moved = new Set<string>();
  readonly changed = new Set<string>();
  #nodes = 0;

  node(value: JsonValue | undefined, depth: number): JsonObject {
    this.#nodes += 1;
    if (depth > maxSchemaDepth || this.#nodes > maxSchemaNodes) throw new CannotSay('a schema of this size');
    if (!isJsonObject(value)) throw new CannotSay('a subschema that allows anything');
    const out: JsonObject = {};
    const moved: string[] = [];
    for (const [keyword, given] of Object.entries(alone(value))) {
      if (!this.#keep(out, keyword, given, depth) && !SILENT.has(keyword)) {
        moved.push(`${keyword}: ${JSON.stringify(given)}`);
        this.moved.add(keyword);
      }
    }
    if (out.type === undefined && !['enum', 'const', 'anyOf', '$ref'].some((key) => key in out)) {
      throw new CannotSay('a subschema without a type');
    }
    if (typeof out.$ref === 'string') {
      if (out.description !== undefined) this.changed.add('descriptions beside references left out');
      return onlyReference(out);
    }
    // The vendor's SDK says a type only where nothing else tells it.
    if (out.anyOf !== undefined && out.properties !== undefined) throw new CannotSay('alternatives beside properties');
    if ([out.enum, out.const, out.anyOf].some((told) => told !== undefined)) delete out.type;
    if (isObjectType(out.type)) this.#closeObject(out, value);
    if (moved.length > 0) {
      const said = typeof out.description === 'string' ? `${out.description}\n\n` : '';
      out.description = `${said}{${moved.join(', ')}}`;
    }
    return out;
  }

  /** False where the keyword has to move into the description. */
  #keep(out: JsonObject, keyword: string, given: JsonValue, depth: number): boolean {
    switch (keyword) {
      case 'allOf':
        // Parts that close their objects each exclude what the others name, and none may be a reference.
        throw new CannotSay('a schema put together of several');
      case 'anyOf':
      case 'oneOf':
        if (!Array.isArray(given) || out.anyOf !== undefined) return false;
        out.anyOf = given.map((each) => this.node(each, depth + 1));
        return true;
      case '$defs':
      case 'definitions':
      case 'properties':
        if (!isJsonObject(given)) return false;
        out[keyword] = Object.fromEntries(
          Object.entries(given).map(([name, each]) => [name, this.node(each, depth + 1)]),
        );
        return true;
      case 'items':
        out.items = this.node(given, depth + 1);
        return true;
      case 'additionalProperties':
        if (isJsonObject(given)) throw new CannotSay('an object with free keys');
        return true;
      case 'enum':
        if (!Array.isArray(given) || given.some(isNested)) return false;
        break;
      case 'const':
        if (isNested(given)) return false;
        break;
      case 'format':
        if (typeof given !== 'string' || !FORMATS.has(given)) return false;
        break;
      case 'minItems':
        if (given !== 0 && given !== 1) return false;
        break;
      default:
        if (!KEPT.has(keyword)) return false;
    }
    out[keyword] = given;
    return true;
  }

  #closeObject(out: JsonObject, given: JsonObject): void {
    const named = isJsonObject(out.properties) && Object.keys(out.properties).length > 0;
    if (!named && given.additionalProperties !== false) throw new CannotSay('an object with free keys');
    if (given.additionalProperties !== false) this.changed.add('objects closed');
    out.additionalProperties = false;
  }
}

/** Beside a reference nothing else is taken; definitions stay, for this one or for others. */
function onlyReference({ $ref, $defs, definitions }: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [keyword, value] of Object.entries({ $ref, $defs, definitions })) {
    if (value !== undefined) out[keyword] = value;
  }
  return out;
}

function isNested(value: JsonValue): boolean {
  return typeof value === 'object' && value !== null;
}

function isObjectType(type: JsonValue | undefined): boolean {
  return type === 'object' || (Array.isArray(type) && type.includes('object'));
}

/** Follows every local reference; a foreign one throws, because nobody here can fetch it. */
function refersToItself(schema: JsonObject): boolean {
  const done = new Set<string>();
  const visit = (value: JsonValue, open: readonly string[], depth: number): boolean => {
    if (depth > maxSchemaDepth * 2) throw new CannotSay('a schema of this size');
    if (Array.isArray(value)) return value.some((each) => visit(each, open, depth + 1));
    if (!isJsonObject(value)) return false;
    const ref = value.$ref;
    if (typeof ref === 'string') {
      if (open.includes(ref) || ref === '#') return true;
      if (!done.has(ref)) {
        const found = pointedAt(schema, ref);
        if (found === undefined) throw new CannotSay('a reference to another document');
        if (visit(found, [...open, ref], depth + 1)) return true;
        done.add(ref);
      }
    }
    return Object.entries(value).some(
      ([key, each]) => key !== '$defs' && key !== 'definitions' && visit(each, open, depth + 1),
    );
  };
  return visit(schema, [], 0);
}

function pointedAt(root: JsonObject, ref: string): JsonValue | undefined {
  const match = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(ref);
  const [, section, name] = match ?? [];
  if (section === undefined || name === undefined) return undefined;
  const definitions = root[section];
  if (!isJsonObject(definitions)) return undefined;
  return definitions[name.replaceAll('~1', '/').replaceAll('~0', '~')];
}
