import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { optionalArray } from '../common/fields.ts';

/** Most names that are collected from one request. */
export const maxUnmapped = 100;

/**
 * An object of the API by its documented names. The JSON form of Protocol Buffers takes each field in both spellings,
 * and official clients have sent both.
 *
 * @see https://protobuf.dev/programming-guides/json/
 */
export function camelFields(object: JsonObject): JsonObject {
  const read: JsonObject = {};
  for (const [name, value] of Object.entries(object)) read[camelName(name)] = value;
  return read;
}

export function camelName(name: string): string {
  return name.includes('_') ? name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) : name;
}

/** A list of objects; one alone may stand without its brackets, as the vendor's own examples write it. */
export function repeated(object: JsonObject, key: string, path: string): JsonValue[] | undefined {
  const value = object[key];
  return isJsonObject(value) ? [value] : optionalArray(object, key, path);
}

/** Collects the fields of a request that have no neutral meaning. */
export class Unmapped {
  readonly #names = new Set<string>();

  add(name: string): void {
    if (this.#names.size < maxUnmapped) this.#names.add(name);
  }

  /** Every field outside `known` that asks for something: null, false and empty values ask for nothing. */
  addRest(object: JsonObject, known: ReadonlySet<string>, path: string): void {
    for (const [name, value] of Object.entries(object)) {
      if (!known.has(name) && !asksNothing(value)) this.add(path === '' ? name : `${path}.${name}`);
    }
  }

  names(): string[] {
    return [...this.#names];
  }
}

function asksNothing(value: JsonValue): boolean {
  if (value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
