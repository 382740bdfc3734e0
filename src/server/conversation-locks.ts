import { HttpFailure } from './http-failure.ts';

const RETRY_AFTER_MS = 1_000;

/**
 * Who is going on with which conversation: one at a time, because two answers to the same history cannot both be what
 * comes next. What goes on from a response needs no lock: it branches.
 */
export class ConversationLocks {
  readonly #held = new Set<string>();

  /** Gives the function that lets go. Throws 409 where somebody else is at it. */
  take(conversation: string): () => void {
    if (this.#held.has(conversation)) {
      throw new HttpFailure(
        409,
        'conversation_locked',
        'another request is going on with this conversation; try again when it has ended',
        { field: 'conversation', retryAfterMs: RETRY_AFTER_MS, shouldRetry: true },
      );
    }
    this.#held.add(conversation);
    return () => {
      this.#held.delete(conversation);
    };
  }
}
