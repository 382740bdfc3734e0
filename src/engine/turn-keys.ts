import { encodeToolCallId } from '../dialects/common/tool-call-ids.ts';
import type { Message, OpaqueState, Part } from '../model/conversation.ts';
import { isJsonObject, type JsonValue } from '../model/json.ts';
import { textHash } from '../model/text-hash.ts';

/** Under which a turn of the assistant is remembered. `anywhere`: the key alone tells it from every other turn. */
export interface TurnKey {
  readonly key: string;
  readonly anywhere: boolean;
}

/** Eight letters and digits in a row, both among them: nobody counts like that. */
const DRAWN_BY_LOT = /(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8}/i;

/**
 * Keys of a turn, by what callers give back unchanged whatever their client library drops: the calls it made, else its
 * text. An id that merely counts may come again elsewhere.
 */
export function turnKeys(caller: string, parts: readonly Part[]): TurnKey[] {
  const calls = parts.flatMap((part) => (part.type === 'tool-call' ? [part] : []));
  if (calls.length > 0) {
    return calls.map(({ id, name, arguments: json }) => ({
      key: `${caller}\ncall\n${callKey(id)}\n${name}\n${textHash(canonical(parsed(json)))}`,
      anywhere: DRAWN_BY_LOT.test(id),
    }));
  }
  const said = textOf(parts);
  return said === '' ? [] : [{ key: `${caller}\ntext\n${textHash(said)}`, anywhere: false }];
}

/** The id of a call in a form that is the same in every dialect: callers of one are shown ids that others need not change. */
export function callKey(id: string): string {
  return encodeToolCallId(id, 'anthropic');
}

/** Key of a piece of state itself: its long strings are what is sealed, and what stands around them clients may reorder. */
export function stateKey(caller: string, { dialect, value }: OpaqueState): string {
  const strings: string[] = [];
  collectStrings(value, strings);
  const sealed = strings.filter((text) => text.length >= MIN_SEALED_CHARS);
  return `${caller}\nstate\n${dialect}\n${textHash(sealed.length > 0 ? sealed.sort().join('\n') : canonical(value))}`;
}

/** Shorter strings are names, ids and formats. */
const MIN_SEALED_CHARS = 24;

/** What a conversation said before each of its messages, as one hash; instructions apart, which may tell the time. */
export class Contexts {
  readonly #messages: readonly Message[];
  readonly #hashes: string[] = [''];

  constructor(messages: readonly Message[]) {
    this.#messages = messages;
  }

  before(at: number): string {
    for (let next = this.#hashes.length; next <= at; next += 1) {
      const message = this.#messages[next - 1];
      const earlier = this.#hashes[next - 1] ?? '';
      this.#hashes.push(
        message === undefined || message.role === 'system' ? earlier : textHash(`${earlier}\n${gist(message)}`),
      );
    }
    return this.#hashes[at] ?? '';
  }
}

/** What a message says, in whatever parts it says it. */
function gist({ role, parts }: Message): string {
  const calls = parts.flatMap((part) =>
    part.type === 'tool-call' ? [`${part.name}(${canonical(parsed(part.arguments))})`] : [],
  );
  const results = parts.flatMap((part) => (part.type === 'tool-result' ? [textOf(part.content)] : []));
  return JSON.stringify([role === 'assistant', textOf(parts), calls, results]);
}

function textOf(parts: readonly Part[]): string {
  let text = '';
  for (const part of parts) if (part.type === 'text' || part.type === 'refusal') text += part.text;
  return text.trim();
}

/** Clients parse the arguments of calls and write them anew. */
function parsed(json: string): JsonValue {
  if (json.trim() === '') return {};
  try {
    return JSON.parse(json) as JsonValue;
  } catch {
    return json;
  }
}

function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}

function collectStrings(value: JsonValue, out: string[]): void {
  if (typeof value === 'string') out.push(value);
  else if (Array.isArray(value)) for (const inner of value) collectStrings(inner, out);
  else if (isJsonObject(value)) for (const inner of Object.values(value)) collectStrings(inner, out);
}
