import type { Clock } from '../../src/engine/ports.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
}

/** Time that moves only when told to. Timers run in the order of their moments; promises settle between them. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  #timers: Timer[] = [];
  /** Wall clock minus monotonic clock; tests step it to show that durations do not care. */
  wallOffset = 1_700_000_000_000;

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now + this.wallOffset;
  }

  setTimer(ms: number, task: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that are still armed; none may be left when a request is over. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Lets so much time pass, running everything that falls due on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (;;) {
      const next = this.#timers.reduce<Timer | undefined>(
        (first, timer) =>
          !first || timer.at < first.at || (timer.at === first.at && timer.order < first.order) ? timer : first,
        undefined,
      );
      if (!next || next.at > until) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
      await settle();
    }
    this.#now = until;
    await settle();
  }

  /** The process froze: time passed and no timer ran. */
  freeze(ms: number): void {
    this.#now += ms;
  }

  /** Lets time pass until the promise is settled; gives up after `limitMs` of virtual time. */
  async until<T>(promise: Promise<T>, limitMs = 3_600_000): Promise<T> {
    let done = false;
    promise.then(
      () => {
        done = true;
      },
      () => {
        done = true;
      },
    );
    const end = this.#now + limitMs;
    await settle();
    while (!done) {
      const next = this.#timers.reduce((first, timer) => Math.min(first, timer.at), Number.POSITIVE_INFINITY);
      if (next > end) throw new Error(`still unsettled after ${limitMs} ms of virtual time`);
      await this.advance(Math.max(0, next - this.#now));
    }
    return promise;
  }
}

/** Gives every promise that can settle now the turns to do so. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
