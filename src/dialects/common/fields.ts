import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';

/** Bounds of a number, both inclusive. */
export interface NumberRule {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

/** `messages[2]` + `content` → `messages[2].content`; `messages` + 2 → `messages[2]`. `''` is the top of the body. */
export function fieldPath(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** What a value is, in a caller's words. */
function kindOf(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
}

function refuse(field: string, wanted: string, value: JsonValue | undefined): never {
  const problem = value === undefined ? `is required and must be ${wanted}` : `must be ${wanted}, got ${kindOf(value)}`;
  throw new RequestError(field, `${field} ${problem}.`);
}

/** The value of an own key; what a prototype holds is not the caller's. */
function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function readString(object: JsonObject, key: string, path: string): string {
  const value = own(object, key);
  return typeof value === 'string' ? value : refuse(fieldPath(path, key), 'a string', value);
}

export function optionalString(object: JsonObject, key: string, path: string): string | undefined {
  const value = own(object, key) ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  return refuse(fieldPath(path, key), 'a string', value);
}

export function optionalNumber(
  object: JsonObject,
  key: string,
  path: string,
  rule: NumberRule = {},
): number | undefined {
  const value = own(object, key) ?? undefined;
  if (value === undefined) return undefined;
  const field = fieldPath(path, key);
  if (typeof value !== 'number') return refuse(field, rule.integer ? 'an integer' : 'a number', value);
  if (rule.integer && !Number.isSafeInteger(value)) {
    throw new RequestError(field, `${field} must be an integer, got ${value}.`);
  }
  if (rule.min !== undefined && value < rule.min) {
    throw new RequestError(field, `${field} must be at least ${rule.min}, got ${value}.`);
  }
  if (rule.max !== undefined && value > rule.max) {
    throw new RequestError(field, `${field} must be at most ${rule.max}, got ${value}.`);
  }
  return value;
}

export function optionalBoolean(object: JsonObject, key: string, path: string): boolean | undefined {
  const value = own(object, key) ?? undefined;
  if (value === undefined || typeof value === 'boolean') return value;
  return refuse(fieldPath(path, key), 'true or false', value);
}

export function readObject(object: JsonObject, key: string, path: string): JsonObject {
  return asObject(own(object, key), fieldPath(path, key));
}

export function optionalObject(object: JsonObject, key: string, path: string): JsonObject | undefined {
  const value = own(object, key) ?? undefined;
  return value === undefined ? undefined : asObject(value, fieldPath(path, key));
}

export function readArray(object: JsonObject, key: string, path: string): JsonValue[] {
  const value = own(object, key);
  return Array.isArray(value) ? value : refuse(fieldPath(path, key), 'an array', value);
}

export function optionalArray(object: JsonObject, key: string, path: string): JsonValue[] | undefined {
  const value = own(object, key) ?? undefined;
  if (value === undefined || Array.isArray(value)) return value;
  return refuse(fieldPath(path, key), 'an array', value);
}

export function optionalStringList(object: JsonObject, key: string, path: string): string[] | undefined {
  const list = optionalArray(object, key, path);
  if (list === undefined) return undefined;
  const field = fieldPath(path, key);
  return list.map((item, at) => (typeof item === 'string' ? item : refuse(fieldPath(field, at), 'a string', item)));
}

/** An item of an array that has to be an object; `field` is the item's own path. */
export function asObject(value: JsonValue | undefined, field: string): JsonObject {
  return isJsonObject(value) ? value : refuse(field, 'an object', value);
}

/** A caller's word inside an error message: short, and on one line. */
export function quoted(word: string): string {
  return JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
}
