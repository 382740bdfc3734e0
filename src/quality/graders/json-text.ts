import type { JsonValue } from '../../model/json.ts';

/** Places at which JSON may begin that are tried in one text. */
const MAX_STARTS = 50;

/** The JSON that a text is, or with `anywhere` the first object or list within it; undefined where there is none. */
export function jsonOf(text: string, anywhere: boolean): { readonly value: JsonValue } | undefined {
  const whole = parsed(text);
  if (whole || !anywhere) return whole;
  let tried = 0;
  for (const { index } of text.matchAll(/[{[]/g)) {
    tried += 1;
    if (tried > MAX_STARTS) return undefined;
    const end = endOf(text, index);
    const found = end === undefined ? undefined : parsed(text.slice(index, end));
    if (found) return found;
  }
  return undefined;
}

function parsed(text: string): { readonly value: JsonValue } | undefined {
  try {
    return { value: JSON.parse(text) as JsonValue };
  } catch {
    return undefined;
  }
}

/** Behind the bracket that closes the one at `from`. */
function endOf(text: string, from: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}
