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
  readonly wake: Wake;
}

/** Told once: true with the place taken; false where the room to wait went to somebody who had less of it. */
export type Wake = (granted: boolean) => void;

/**
 * Bounds what a lane carries at once, so that a dead primary cannot flatten its understudy. Bookkeeping only: how long
 * to wait is the caller's affair, who cancels when the time is up. Parties that wait are served in turn, each in the order
 * in which it came; where the queue is full, whoever waits in the longest line makes room for a party with a shorter one
 * (McKenney, Stochastic Fairness Queueing, 1990), so that no party can keep the others out.
 * Throws `RangeError` for a concurrency below 1 or a queue below 0.
 */
export class ConcurrencyGate {
  #concurrency: number;
  #queue: number;
  /** Who waits, by party; whose turn is next stands first. Sets keep the order and forget who cancels in constant time. */
  readonly #lines = new Map<string, Set<Waiter>>();
  #waiting = 0;
  #active = 0;

  constructor(options: ConcurrencyGateOptions) {
    this.#concurrency = requireCount('concurrency', options.concurrency, 1);
    this.#queue = requireCount('queue', options.queue, 0);
  }

  /**
   * Other limits from now on. Nobody is thrown out: where they shrink, places that come free stay empty until they fit.
   * Where they grow, those who wait are let in at once. Throws `RangeError` as the constructor does.
   */
  resize(options: ConcurrencyGateOptions): void {
    this.#concurrency = requireCount('concurrency', options.concurrency, 1);
    this.#queue = requireCount('queue', options.queue, 0);
    while (this.#active < this.#concurrency && this.#waiting > 0) {
      this.#active += 1;
      if (!this.#handOver()) this.#active -= 1;
    }
  }

  get active(): number {
    return this.#active;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Takes a place where one is free; it never is while somebody waits, because `leave` hands places over. */
  tryEnter(): boolean {
    if (this.#active >= this.#concurrency) return false;
    this.#active += 1;
    return true;
  }

  /**
   * Waits for a place, in the line of `party`; undefined where the queue is full and nobody waits in a longer line. `wake`
   * is called inside the `leave()` that frees the place, or at once where a place is free already.
   */
  enqueue(wake: Wake, party = ''): QueuedPlace | undefined {
    if (this.tryEnter()) {
      wake(true);
      return { cancel: () => false };
    }
    if (this.#waiting >= this.#queue && !this.#makeRoom(party)) return undefined;
    const waiter: Waiter = { wake };
    const line = this.#lines.get(party) ?? new Set();
    this.#lines.set(party, line.add(waiter));
    this.#waiting += 1;
    return { cancel: () => this.#forget(party, line, waiter) };
  }

  /** Gives a place back, to the party whose turn it is. Throws `RangeError` where no place was taken: a bug of the caller. */
  leave(): void {
    if (this.#active === 0) throw new RangeError('leave() without a place taken, active is 0');
    if (this.#active > this.#concurrency || !this.#handOver()) this.#active -= 1;
  }

  /** Gives a place that is taken to whoever's turn it is; false where nobody waits. */
  #handOver(): boolean {
    for (const [party, line] of this.#lines) {
      // Its next turn comes after those of all others.
      this.#lines.delete(party);
      this.#lines.set(party, line);
      for (const longest of line) {
        this.#forget(party, line, longest);
        longest.wake(true);
        return true;
      }
    }
    return false;
  }

  /** Sends away the last in the longest line; false where the newcomer's would then be as long. */
  #makeRoom(party: string): boolean {
    let longest: Set<Waiter> | undefined;
    let whose = '';
    for (const [name, line] of this.#lines) {
      if (line.size > (longest?.size ?? 0)) {
        longest = line;
        whose = name;
      }
    }
    const own = this.#lines.get(party)?.size ?? 0;
    const last = longest && longest.size > own + 1 ? [...longest].at(-1) : undefined;
    if (!longest || !last) return false;
    this.#forget(whose, longest, last);
    last.wake(false);
    return true;
  }

  #forget(party: string, line: Set<Waiter>, waiter: Waiter): boolean {
    if (!line.delete(waiter)) return false;
    this.#waiting -= 1;
    if (line.size === 0) this.#lines.delete(party);
    return true;
  }
}
