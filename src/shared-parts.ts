/** A part that somebody uses; it is closed when the last of them lets go. */
export interface SharedPart<T> {
  readonly part: T;
  /** Resolves once the part is closed, or at once where others use it. Further calls do nothing. */
  release(): Promise<void>;
}

interface Kept {
  readonly part: { close(): Promise<void> };
  users: number;
}

/**
 * Parts that hold sockets or threads, by what they were made from: a configuration that says the same of a provider as
 * the one before it goes on with its connections, and with the tokens that it was given.
 */
export class SharedParts {
  readonly #kept = new Map<string, Kept>();

  /** Parts that are open. */
  get size(): number {
    return this.#kept.size;
  }

  /** `key` says all that the part depends on: the same key with another kind of part is a bug of the caller. */
  take<T extends { close(): Promise<void> }>(key: string, make: () => T): SharedPart<T> {
    const kept = this.#kept.get(key) ?? { part: make(), users: 0 };
    this.#kept.set(key, kept);
    kept.users += 1;
    let released = false;
    return {
      part: kept.part as T,
      release: async () => {
        if (released) return;
        released = true;
        kept.users -= 1;
        if (kept.users > 0) return;
        this.#kept.delete(key);
        await kept.part.close();
      },
    };
  }
}
