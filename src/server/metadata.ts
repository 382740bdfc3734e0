import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { HttpFailure } from './http-failure.ts';

/** As the API has it. */
const MAX_PAIRS = 16;
const MAX_NAME_CHARS = 64;
const MAX_VALUE_CHARS = 512;

/** Notes of a caller on something it had kept: names and texts. */
export function readMetadata(value: JsonValue | undefined): JsonObject {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw refuse('must be an object of texts');
  const pairs = Object.entries(value);
  if (pairs.length > MAX_PAIRS) throw refuse(`holds ${pairs.length} pairs, and ${MAX_PAIRS} are the most`);
  for (const [name, text] of pairs) {
    const short = JSON.stringify(name.slice(0, MAX_NAME_CHARS));
    if (name.length > MAX_NAME_CHARS) throw refuse(`has a name of more than ${MAX_NAME_CHARS} characters: ${short}`);
    if (typeof text !== 'string') throw refuse(`must hold texts, and ${short} is none`);
    if (text.length > MAX_VALUE_CHARS)
      throw refuse(`has a text of more than ${MAX_VALUE_CHARS} characters at ${short}`);
  }
  return value;
}

function refuse(why: string): HttpFailure {
  return new HttpFailure(400, 'invalid_request', `metadata ${why}`, { field: 'metadata' });
}
