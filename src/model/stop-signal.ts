/**
 * Says that nobody wants the outcome any more, and why. What is used of an `AbortSignal` and no more: every `AbortSignal`
 * is one.
 */
export interface StopSignal {
  readonly aborted: boolean;
  /** What it was stopped with; undefined before. */
  readonly reason: unknown;
  /** @throws `reason`, once stopped. */
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * A `StopSignal` that is stopped from here. An `AbortController` does the same through an event target, at a cost that shows
 * where every request needs several and nearly none is ever stopped.
 */
export class StopSource implements StopSignal {
  #listeners: (() => void)[] | undefined;
  #aborted = false;
  #reason: unknown;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  /** Listeners are called once, in order, at `abort`; one that comes later is not called. */
  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.#aborted) return;
    if (this.#listeners) this.#listeners.push(listener);
    else this.#listeners = [listener];
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.#listeners?.indexOf(listener) ?? -1;
    if (at !== -1) this.#listeners?.splice(at, 1);
  }

  /** Stops; the first reason stays. A listener that throws does not keep the others from hearing of it: the first error is thrown at the end. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const errors: unknown[] = [];
    // Taken one by one: a listener may let go of those that are still to be called.
    for (let listener = this.#listeners?.shift(); listener; listener = this.#listeners?.shift()) {
      try {
        listener();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/** The same as a real `AbortSignal`, for what takes no less. */
export function abortSignalOf(signal: StopSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  if (signal.aborted) controller.abort(signal.reason);
  else signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  return controller.signal;
}
