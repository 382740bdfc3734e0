import type { Clock } from '../../src/engine/ports.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  /** Undefined once it ran or was cancelled; the heap drops it when it comes up. */
  task: (() => void) | undefined;
}

/** Cancelled timers that may wait in the heap for their moment before the heap is built anew. */
const MAX_CANCELLED = 1_024;

/**
 * Time that moves only when told to. Timers run in the order of their moments, and everything that promises can settle
 * is settled between two of them. A heap, and one turn of the tick queue a timer: a million requests are minutes.
 */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  #heap: Timer[] = [];
  #armed = 0;
  #running: Promise<void> = Promise.resolve();
  /** Wall clock minus monotonic clock; tests step it to show that durations do not care. */
  wallOffset = 1_700_000_000_000;
  /** Looked at between two timers, when everything has settled. */
  onTurn: (() => void) | undefined;

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now + this.wallOffset;
  }

  setTimer(ms: number, task: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, task };
    this.#push(timer);
    this.#armed += 1;
    return () => {
      if (timer.task === undefined) return;
      timer.task = undefined;
      this.#armed -= 1;
      if (this.#heap.length - this.#armed > MAX_CANCELLED + this.#armed) this.#rebuild();
    };
  }

  /** Timers that are still armed; none may be left when a request is over. */
  get pending(): number {
    return this.#armed;
  }

  /** Moment of the next timer; undefined where none is armed. */
  get nextAt(): number | undefined {
    return this.#first()?.at;
  }

  /** Lets so much time pass, running everything that falls due on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    await this.#run((at) => at <= until);
    this.#now = Math.max(this.#now, until);
    await settle();
  }

  /** The process froze: time passed and no timer ran. */
  freeze(ms: number): void {
    this.#now += ms;
  }

  /** Lets time pass until the promise is settled; gives up after `limitMs` of virtual time. */
  async until<T>(promise: Promise<T>, limitMs = 3_600_000): Promise<T> {
    let done = false;
    const over = () => {
      done = true;
    };
    promise.then(over, over);
    const end = this.#now + limitMs;
    await settle();
    await this.#run((at) => !done && at <= end);
    if (!done) throw new Error(`still unsettled after ${limitMs} ms of virtual time`);
    return promise;
  }

  /** One run after the other: two at once would take the next timer while the last one's promises still settle. */
  #run(goOn: (at: number) => boolean): Promise<void> {
    const run = this.#running.then(() => this.#runNow(goOn));
    this.#running = run.catch(() => undefined);
    return run;
  }

  /** Runs timers for as long as `goOn` says so of the next one's moment. */
  #runNow(goOn: (at: number) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        this.onTurn?.();
        const next = this.#first();
        if (!next || !goOn(next.at)) return resolve();
        this.#pop();
        const { task } = next;
        next.task = undefined;
        this.#armed -= 1;
        this.#now = Math.max(this.#now, next.at);
        try {
          task?.();
        } catch (error) {
          return reject(error);
        }
        whenSettled(turn);
      };
      whenSettled(turn);
    });
  }

  #first(): Timer | undefined {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (top.task !== undefined) return top;
      this.#pop();
    }
    return undefined;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !isBefore(timer, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const child = this.#earlierChild(at);
      const below = heap[child];
      if (below === undefined || !isBefore(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }

  #earlierChild(at: number): number {
    const left = 2 * at + 1;
    const one = this.#heap[left];
    const other = this.#heap[left + 1];
    return one !== undefined && other !== undefined && isBefore(other, one) ? left + 1 : left;
  }

  #rebuild(): void {
    const armed = this.#heap.filter((timer) => timer.task !== undefined);
    this.#heap = [];
    for (const timer of armed) this.#push(timer);
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** Gives every promise that can settle now the turns to do so. */
function settle(): Promise<void> {
  return new Promise(whenSettled);
}

/**
 * The tick queue is looked at when all promises have settled: the cheapest way to wait for them. Entered from within a
 * promise, because ticks that are added by a tick run before any promise.
 */
function whenSettled(task: () => void): void {
  queueMicrotask(() => process.nextTick(task));
}
