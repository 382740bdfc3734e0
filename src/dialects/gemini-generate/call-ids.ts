import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { camelFields } from './proto-fields.ts';
import { listOf, objectOf, textOf } from './wire.ts';

interface Call {
  readonly id: string;
  readonly name: string;
}

/**
 * Ids for the function calls of a conversation, where this API needs none: by position, so that the same conversation
 * gives the same ids each time. A response without an id belongs to the first call of its name that has none yet.
 */
export class CallIds {
  readonly #taken = new Set<string>();
  #unanswered: Call[] = [];
  #calls = 0;

  /** `contents`: all turns, so that no id that is made up is one that was given. */
  constructor(contents: readonly JsonValue[]) {
    for (const turn of contents) {
      for (const value of repeatedParts(turn)) {
        if (!isJsonObject(value)) continue;
        const { functionCall, functionResponse } = camelFields(value);
        for (const given of [functionCall, functionResponse]) {
          const id = textOf(objectOf(given).id);
          if (id !== undefined) this.#taken.add(id);
        }
      }
    }
  }

  /** What was not answered by now never will be. */
  beginTurn(): void {
    this.#unanswered = [];
  }

  ofCall(given: string | undefined, name: string): string {
    const id = given ?? this.#made();
    this.#calls += 1;
    this.#unanswered.push({ id, name });
    return id;
  }

  ofResponse(given: string | undefined, name: string): string {
    const at = this.#unanswered.findIndex((call) => (given === undefined ? call.name === name : call.id === given));
    const [call] = at < 0 ? [] : this.#unanswered.splice(at, 1);
    return call?.id ?? given ?? this.#made();
  }

  #made(): string {
    let id = `call_${this.#calls}`;
    while (this.#taken.has(id)) id += '_';
    this.#taken.add(id);
    return id;
  }
}

function repeatedParts(turn: JsonValue): readonly JsonValue[] {
  const { parts } = objectOf(turn);
  return isJsonObject(parts) ? [parts] : listOf(parts);
}
