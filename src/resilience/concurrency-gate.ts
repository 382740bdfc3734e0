import { requireCount } from './number-guards.ts';

export interface ConcurrencyGateOptions {
  /** Requests that may be under way at once. */
  readonly concurrency: number;
  /** Requests that may wait for a place; 0: nobody waits. */
  readonly queue: number;
}

export interface QueuedPlace {
  /**
   * Stops waiting. False where the place had been granted already: it is then the caller's, who owes a `leave()`.
   */
  cancel(): boolean;
}

interface Waiter {
  readonly wake: (granted: true) => void;
}

/**
 * Bounds what a lane carries at once, so that a dead primary cannot flatten its understudy. Bookkeeping only: how long
 * to wait is the caller's affair, who cancels when the time is up. First come, first served; nobody overtakes.
 * Throws `RangeError` for a concurrency below 1 or a queue below 0.
 */
export class ConcurrencyGate {
  readonly #concurrency: number;
  readonly #queue: number;
  /** A set keeps the order of arrival and forgets a waiter that cancels in constant time. */
  readonly #waiters = new Set<Waiter>();
  #active = 0;

  constructor(options: ConcurrencyGateOptions) {
    this.#concurrency = requireCount('concurrency', options.concurrency, 1);
    this.#queue = requireCount('queue', options.queue, 0);
  }

  get active(): number {
    return this.#active;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Takes a place where one is free; it never is while somebody waits, because `leave` hands places over. */
  tryEnter(): boolean {
    if (this.#active >= this.#concurrency) return false;
    this.#active += 1;
    return true;
  }

  /**
   * Waits for a place; undefined where the queue is full. `wake` is called once, with the place taken, inside the
   * `leave()` that frees it, or at once where a place is free already.
   */
  enqueue(wake: (granted: true) => void): QueuedPlace | undefined {
    if (this.tryEnter()) {
      wake(true);
      return { cancel: () => false };
    }
    if (this.#waiters.size >= this.#queue) return undefined;
    const waiter: Waiter = { wake };
    this.#waiters.add(waiter);
    return { cancel: () => this.#waiters.delete(waiter) };
  }

  /** Gives a place back, to whoever waits longest. Throws `RangeError` where no place was taken: a bug of the caller. */
  leave(): void {
    if (this.#active === 0) throw new RangeError('leave() without a place taken, active is 0');
    for (const longest of this.#waiters) {
      this.#waiters.delete(longest);
      longest.wake(true);
      return;
    }
    this.#active -= 1;
  }
}
