import type { Part } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import { decodeConversation } from './decode-contents.ts';
import { camelFields } from './proto-fields.ts';
import { objectOf, textOf } from './wire.ts';

interface Original {
  readonly part: JsonObject;
  /** How many neutral parts it became: a text with a signature is two. */
  readonly length: number;
}

/**
 * The caller's own parts, to be found again by what each was decoded to.
 *
 * After a prompt was applied the conversation is written anew; parts that nobody touched go out as they came, so that
 * signatures, video settings and calls without an id survive.
 */
export class OriginalParts {
  readonly #parts = new Map<string, JsonObject[]>();
  readonly #ids = new Set<string>();
  #longest = 1;

  constructor(original: JsonObject) {
    decodeConversation(camelFields(original), undefined, (part, decoded) => {
      if (decoded.length === 0) return;
      const { functionCall } = camelFields(part);
      const id = textOf(objectOf(functionCall).id);
      if (id !== undefined) this.#ids.add(id);
      this.#longest = Math.max(this.#longest, decoded.length);
      const key = JSON.stringify(decoded);
      const known = this.#parts.get(key);
      if (known) known.push(part);
      else this.#parts.set(key, [part]);
    });
  }

  /** The caller gave a call this id; the others have one inside the gateway alone. */
  namesCall(id: string): boolean {
    return this.#ids.has(id);
  }

  /** The part that gave the parts from `at` on; each is given once. */
  take(parts: readonly Part[], at: number): Original | undefined {
    for (let length = Math.min(this.#longest, parts.length - at); length > 0; length -= 1) {
      const part = this.#parts.get(JSON.stringify(parts.slice(at, at + length)))?.shift();
      if (part !== undefined) return { part, length };
    }
    return undefined;
  }
}
