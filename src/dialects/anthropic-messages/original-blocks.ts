import type { Part } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import { decodeConversation } from './decode-messages.ts';

/**
 * The caller's own blocks, to be found again by the part that each was decoded to.
 *
 * After a prompt was applied the conversation is written anew; blocks nobody touched go out as they came, so that cache
 * markers and citations survive. A block is given once at most: the API allows four cache markers a request.
 */
export class OriginalBlocks {
  readonly #blocks = new Map<string, JsonObject[]>();

  constructor(original: JsonObject) {
    decodeConversation(original, (block, parts) => {
      const [part, ...others] = parts;
      if (part === undefined || others.length > 0) return;
      const key = JSON.stringify(part);
      const known = this.#blocks.get(key);
      if (known) known.push(block);
      else this.#blocks.set(key, [block]);
    });
  }

  take(part: Part): JsonObject | undefined {
    return this.#blocks.get(JSON.stringify(part))?.shift();
  }
}
