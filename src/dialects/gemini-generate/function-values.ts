import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { parseJson } from '../common/frame-json.ts';

/** Most levels of JSON inside the text of a call or a result. */
const maxNesting = 100;

/** JSON numbers of this many digits change when they are parsed. */
export const LONG_NUMBER = /\d{16}/;

/** A response is an object. Its keys for anything else are the vendor's own: `output` and `error`. */
export function responseOf(text: string, isError: boolean): JsonObject {
  const parsed = LONG_NUMBER.test(text) ? undefined : parseShallow(text);
  const value: JsonValue =
    parsed?.ok && typeof parsed.value === 'object' && parsed.value !== null ? parsed.value : text;
  if (isError) return { error: value };
  return isJsonObject(value) && !isEnvelope(value) ? value : { output: value };
}

/** Would be taken for the vendor's own keys around something else. */
function isEnvelope(value: JsonObject): boolean {
  const [only, ...others] = Object.keys(value);
  return 'error' in value || (others.length === 0 && only === 'output');
}

/** Deeper nesting stays text: it could not be written into the body again. */
export function parseShallow(text: string): ReturnType<typeof parseJson> {
  let depth = 0;
  for (const character of text) {
    if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth > maxNesting) return { ok: false };
  }
  return parseJson(text);
}
