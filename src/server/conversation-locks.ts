import { HttpFailure } from './http-failure.ts';

const RETRY_AFTER_MS = 1_000;

/** Asks whoever watches over all processes that serve together; undefined where another is at it. */
export type AskLock = (conversation: string) => Promise<(() => void) | undefined>;

/**
 * Who is going on with which conversation: one at a time, because two answers to the same history cannot both be what
 * comes next. What goes on from a response needs no lock: it branches.
 */
export class ConversationLocks {
  readonly #held = new Set<string>();
  /** Absent where this process serves alone. */
  readonly #ask: AskLock | undefined;

  constructor(ask?: AskLock) {
    this.#ask = ask;
  }

  /** Gives the function that lets go, at once where nobody else has to be asked. Throws, or rejects with, 409 where somebody else is at it. */
  take(conversation: string): (() => void) | Promise<() => void> {
    if (this.#held.has(conversation)) throw locked();
    this.#held.add(conversation);
    const release = () => {
      this.#held.delete(conversation);
    };
    return this.#ask ? this.#everywhere(conversation, this.#ask, release) : release;
  }

  async #everywhere(conversation: string, ask: AskLock, release: () => void): Promise<() => void> {
    const releaseAll = await ask(conversation);
    if (!releaseAll) {
      release();
      throw locked();
    }
    return () => {
      releaseAll();
      release();
    };
  }
}

function locked(): HttpFailure {
  return new HttpFailure(
    409,
    'conversation_locked',
    'another request is going on with this conversation; try again when it has ended',
    { field: 'conversation', retryAfterMs: RETRY_AFTER_MS, shouldRetry: true },
  );
}
