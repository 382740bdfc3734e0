import { isJsonObject, type JsonValue } from '../../src/model/json.ts';
import type { Random } from './random.ts';

/** What parsers of event streams and of JSON stumble over. */
const TOKENS = [
  ...['\n', '\r', '\r\n', '\n\n', '\r\n\r\n', ':', 'data:', 'data: ', 'event: ', 'id: 1\n', 'retry: 1\n', ': ping\n\n'],
  ...['[DONE]', 'data: [DONE]\n\n', '{', '}', '[', ']', '"', '\\', '\\u0000', '\\ud800', ',', 'null', '-', '1e999'],
  ...['\0', '\ufeff', '\u2028', '\ud800', '"__proto__":{},', '"constructor":1,', '[[[[[[[[[[', '{"a":{"a":{"a":'],
];

/** Values of every type, for the place of one of another. */
const VALUES: readonly JsonValue[] = [
  ...[null, true, false, 0, -1, 1.5, 1e21, 4_294_967_296, '', ' ', '0', 'null', 'stop', 'text', 'error', 'tool_use'],
  ...['function_call', 'message', '{', '{}', '[]', '"', '\u0000', '\ud800', 'x'.repeat(300), [], {}, [null], [[]]],
  ...[{ type: 'text' }, { type: 'x' }, { text: 'x' }, [{}], [{ type: 'text', text: 'x' }], { error: 'x' }],
];

/** One change of a text, blind to what it means. */
export function mutateText(text: string, other: string, random: Random): string {
  const at = random.below(text.length + 1);
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + random.pick(TOKENS) + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + random.below(40));
    case 2:
      return text.slice(0, at);
    case 3: {
      const from = random.below(text.length + 1);
      return text.slice(0, at) + text.slice(from, from + random.below(400)) + text.slice(at);
    }
    case 4:
      return text.slice(0, at) + other.slice(random.below(other.length + 1));
    default:
      return text.slice(0, at) + String.fromCharCode(random.below(0x1_0000)) + text.slice(at + 1);
  }
}

/** One change of a value that stays JSON: another type in a place, a key gone, doubled or renamed, a list turned. */
export function mutateJson(value: JsonValue, random: Random): JsonValue {
  const copy = structuredClone(value);
  const places = placesOf(copy);
  if (places.length === 0) return random.pick(VALUES);
  const { holder, key } = random.pick(places);
  if (Array.isArray(holder)) changeItem(holder, key as number, random);
  else changeField(holder, key as string, random);
  return copy;
}

type Place =
  | { readonly holder: JsonValue[]; readonly key: number }
  | { readonly holder: Record<string, JsonValue>; readonly key: string };

/** Deep enough for everything that a provider says, and no deeper: places are picked evenly. */
const MAX_PLACES = 2_000;

function placesOf(value: JsonValue, found: Place[] = []): Place[] {
  if (found.length >= MAX_PLACES) return found;
  if (Array.isArray(value)) {
    for (const [key, item] of value.entries()) {
      found.push({ holder: value, key });
      placesOf(item, found);
    }
  } else if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      found.push({ holder: value, key });
      placesOf(item, found);
    }
  }
  return found;
}

function changeItem(holder: JsonValue[], at: number, random: Random): void {
  switch (random.below(4)) {
    case 0:
      holder[at] = structuredClone(random.pick(VALUES));
      return;
    case 1:
      holder.splice(at, 1);
      return;
    case 2:
      holder.splice(at, 0, structuredClone(holder[at] ?? null));
      return;
    default:
      holder.reverse();
  }
}

function changeField(holder: Record<string, JsonValue>, key: string, random: Random): void {
  const was = holder[key] ?? null;
  switch (random.below(5)) {
    case 0:
    case 1:
      holder[key] = structuredClone(random.pick(VALUES));
      return;
    case 2:
      delete holder[key];
      return;
    case 3: {
      const other = random.pick(Object.keys(holder));
      holder[key] = structuredClone(holder[other] ?? null);
      return;
    }
    default:
      // Text and numbers a little wrong are the likeliest thing a provider does.
      if (typeof was === 'string') holder[key] = was.slice(0, random.below(was.length + 1)) + random.pick(TOKENS);
      else if (typeof was === 'number') holder[key] = was + random.pick([-1, 1, 0.5, 1_000_000]);
      else holder[key] = [was];
  }
}
