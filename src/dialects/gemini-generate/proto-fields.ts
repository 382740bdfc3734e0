import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { optionalArray } from '../common/fields.ts';

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
