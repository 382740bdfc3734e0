import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';

/** Most subschemas and deepest nesting that are rewritten; larger schemas go through a tool instead. */
export const maxSchemaNodes = 5_000;
export const maxSchemaDepth = 64;

/** A schema for `output_config.format`, or why this one cannot be said there. */
export type NativeSchema =
  | { readonly ok: true; readonly schema: JsonObject; readonly moved: readonly string[] }
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
    return { ok: true, schema: rewriting.node(schema, 0), moved: [...rewriting.moved] };
  } catch (error) {
    if (error instanceof CannotSay) return { ok: false, why: error.message };
    throw error;
  }
}

class Rewriting {
  readonly moved = new Set<string>();
  #nodes = 0;

  node(value: JsonValue | undefined, depth: number): JsonObject {
    this.#nodes += 1;
    if (depth > maxSchemaDepth || this.#nodes > maxSchemaNodes) throw new CannotSay('a schema of this size');
    if (!isJsonObject(value)) throw new CannotSay('a subschema that allows anything');
    const out: JsonObject = {};
    const moved: string[] = [];
    for (const [keyword, given] of Object.entries(value)) {
      if (!this.#keep(out, keyword, given, depth) && !SILENT.has(keyword)) {
        moved.push(`${keyword}: ${JSON.stringify(given)}`);
        this.moved.add(keyword);
      }
    }
    if (out.type === undefined && !['enum', 'const', 'anyOf', 'allOf', '$ref'].some((key) => key in out)) {
      throw new CannotSay('a subschema without a type');
    }
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
      case 'anyOf':
      case 'oneOf':
      case 'allOf':
        if (!Array.isArray(given)) return false;
        out[keyword === 'oneOf' ? 'anyOf' : keyword] = given.map((each) => this.node(each, depth + 1));
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
    out.additionalProperties = false;
  }
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
