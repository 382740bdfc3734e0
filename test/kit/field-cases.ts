import { asksNothing, type FieldRule, type RequestFields } from '../../src/dialects/common/request-fields.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';

/** One field of a dialect's request, in a request that holds it and in the same one without it. */
export interface FieldCase {
  /** In the caller's terms; a list's object is its first: `tools[0].name`. */
  readonly field: string;
  /** As the documentation names it: `tools[].name`. */
  readonly name: string;
  readonly rule: FieldRule;
  readonly body: JsonObject;
  readonly without: JsonObject;
}

/** A case for every field that a dialect's table decides about. */
export function fieldCases({ smallest, objects }: RequestFields): FieldCase[] {
  return Object.entries(objects).flatMap(([place, { fields, within }]) =>
    Object.entries(fields).map(([key, rule]) => {
      const path = place.replace(/:.*/, '');
      const without = merged(merged(smallest, within ?? {}), rule.beside ?? {});
      const field = path === '' ? key : `${path.replaceAll('[]', '[0]')}.${key}`;
      const name = place === '' ? key : `${place}.${key}`;
      return {
        field,
        name,
        rule,
        body: placed(without, path, key, rule.example),
        without: lackingOrOpposite(without, path, key, rule),
      };
    }),
  );
}

/** True where the example asks for something that is not done anyway. */
export function asksSomething({ rule }: FieldCase): boolean {
  return !asksNothing(rule.example, rule);
}

/** The second laid over the first, objects and the items of lists one by one. */
export function merged(under: JsonObject, over: JsonObject): JsonObject {
  const out: JsonObject = { ...under };
  for (const [key, value] of Object.entries(over)) out[key] = laidOver(out[key], value);
  return out;
}

function laidOver(under: JsonValue | undefined, over: JsonValue): JsonValue {
  if (isJsonObject(under) && isJsonObject(over)) return merged(under, over);
  if (!Array.isArray(under) || !Array.isArray(over)) return over;
  return over.map((item, at) => laidOver(under[at], item));
}

function placed(body: JsonObject, path: string, key: string, value: JsonValue): JsonObject {
  return withObjectAt(body, segmentsOf(path), (object) => ({ ...object, [key]: value }));
}

function lackingOrOpposite(body: JsonObject, path: string, key: string, { opposite }: FieldRule): JsonObject {
  return opposite === undefined ? lacking(body, path, key) : placed(body, path, key, opposite);
}

function lacking(body: JsonObject, path: string, key: string): JsonObject {
  const needed = new Set(['messages', 'contents', 'input', 'model', 'max_tokens', 'input_schema']);
  // What no request goes without stays as the smallest request has it.
  if (
    needed.has(key) ||
    (path.startsWith('tools') && ['name', 'function', 'custom', 'type', 'parameters'].includes(key))
  )
    return body;
  // An object that says what it is by this field is nothing without it.
  if ((path === 'thinking' || path === 'tool_choice') && (key === 'type' || key === 'name')) {
    return lacking(body, '', path);
  }
  return withObjectAt(body, segmentsOf(path), ({ [key]: _, ...others }) => others);
}

function segmentsOf(path: string): string[] {
  return path === '' ? [] : path.split('.');
}

function withObjectAt(
  body: JsonObject,
  path: readonly string[],
  change: (object: JsonObject) => JsonObject,
): JsonObject {
  const [first, ...rest] = path;
  if (first === undefined) return change(body);
  const key = first.replace('[]', '');
  const value = body[key];
  if (!first.endsWith('[]')) return { ...body, [key]: withObjectAt(isJsonObject(value) ? value : {}, rest, change) };
  const [item, ...others] = Array.isArray(value) ? value : [{}];
  return { ...body, [key]: [withObjectAt(isJsonObject(item) ? item : {}, rest, change), ...others] };
}
