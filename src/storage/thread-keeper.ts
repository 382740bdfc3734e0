import type { FromThread, ThreadStart, ToThread } from './ledger-messages.ts';
import { type LedgerThread, type StartThread, startLedgerThread } from './ledger-thread.ts';

/** How long a thread may take to write its last words and end. */
const endLimitMs = 2_000;

export interface KeeperEvents {
  ready(): void;
  message(message: FromThread): void;
  /** The thread died or was given up; the keeper starts another when it is asked to. */
  gone(why: string): void;
}

/** Holds at most one writer thread. Nothing a given-up thread still says is listened to. */
export class ThreadKeeper {
  readonly #start: ThreadStart;
  readonly #startThread: StartThread;
  readonly #events: KeeperEvents;
  #thread: LedgerThread | undefined;
  #ready = false;
  #onEnd: (() => void) | undefined;

  constructor(start: ThreadStart, events: KeeperEvents, startThread: StartThread = startLedgerThread) {
    this.#start = start;
    this.#events = events;
    this.#startThread = startThread;
  }

  /** Gives false where no thread is ready; one is being started then, and `ready` tells. */
  post(message: ToThread): boolean {
    this.ensure();
    if (!this.#ready) return false;
    this.#thread?.post(message);
    return true;
  }

  ensure(): void {
    if (this.#thread) return;
    this.#ready = false;
    const mine: LedgerThread = this.#startThread(this.#start, {
      message: (message) => {
        if (this.#thread === mine) this.#message(message);
      },
      gone: (why) => {
        if (this.#thread === mine) this.#gone(why);
      },
    });
    this.#thread = mine;
  }

  /** Gives up a thread that does not answer. It may be stuck in a system call, so its end is not waited for. */
  drop(why: string): void {
    const thread = this.#thread;
    if (!thread) return;
    this.#gone(why);
    thread.terminate();
  }

  holdProcess(hold: boolean): void {
    this.#thread?.holdProcess(hold);
  }

  /** Lets the thread end its lease and close the file; ends it by force after a time. */
  async close(): Promise<void> {
    const thread = this.#thread;
    if (!thread) return;
    const ended = new Promise<void>((resolve) => {
      this.#onEnd = resolve;
    });
    thread.holdProcess(true);
    if (this.#ready) thread.post({ type: 'close' });
    else thread.terminate();
    const force = setTimeout(() => {
      this.drop('it did not end');
    }, endLimitMs);
    await ended;
    clearTimeout(force);
  }

  #message(message: FromThread): void {
    if (message.type === 'ready') {
      this.#ready = true;
      this.#events.ready();
    } else {
      this.#events.message(message);
    }
  }

  #gone(why: string): void {
    this.#thread = undefined;
    this.#ready = false;
    if (this.#onEnd) this.#onEnd();
    else this.#events.gone(why);
  }
}
