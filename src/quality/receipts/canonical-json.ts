import { isJsonObject, type JsonValue } from '../../model/json.ts';

/**
 * One text for one value, whoever wrote it: members sorted by the UTF-16 code units of their names, no white space,
 * numbers and strings as ECMAScript writes them (RFC 8785). Members that are undefined are left out.
 * @throws RangeError for numbers that JSON cannot hold
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`JSON cannot hold ${value}`);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
