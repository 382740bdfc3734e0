import cluster, { type Worker } from 'node:cluster';
import type { ToKeeper, ToWorker } from './messages.ts';
import { Restarts } from './restarts.ts';

/** Messages that a worker has not read; one that reads no more is ill, and is replaced. */
const MAX_UNREAD = 20_000;

export interface SlotEvents {
  message(slot: WorkerSlot, message: ToKeeper): void;
  /** `againInMs`: undefined where its place stays empty. */
  gone(slot: WorkerSlot, why: string, againInMs: number | undefined): void;
}

/** One place for a worker: the process that has it, and the next one when it dies. */
export class WorkerSlot {
  readonly index: number;
  /** `loading` until it can be told to serve, `told` until it listens. */
  state: 'loading' | 'loaded' | 'told' | 'serving' | 'gone' | 'given-up' = 'gone';
  url: string | undefined;
  readonly #events: SlotEvents;
  readonly #env: NodeJS.ProcessEnv;
  readonly #restarts = new Restarts();
  #worker: Worker | undefined;
  #startedAt = 0;
  #unread = 0;
  #timer: NodeJS.Timeout | undefined;
  #ending = false;

  constructor(index: number, env: NodeJS.ProcessEnv, events: SlotEvents) {
    this.index = index;
    this.#env = env;
    this.#events = events;
  }

  get pid(): number | undefined {
    return this.#worker?.process.pid;
  }

  start(): void {
    const worker = cluster.fork(this.#env);
    this.#worker = worker;
    this.#startedAt = performance.now();
    this.#unread = 0;
    this.state = 'loading';
    worker.on('message', (message: ToKeeper) => this.#events.message(this, message));
    // A process that cannot be started, or told anything, ends all the same.
    worker.on('error', () => worker.process.kill('SIGKILL'));
    worker.on('exit', (code, signal) => this.#gone(worker, signal ?? `code ${code}`));
  }

  send(message: ToWorker): void {
    const worker = this.#worker;
    if (!worker?.isConnected()) return;
    this.#unread += 1;
    if (this.#unread > MAX_UNREAD) {
      this.kill();
      return;
    }
    worker.send(message, () => {
      this.#unread -= 1;
    });
  }

  kill(): void {
    this.#worker?.process.kill('SIGKILL');
  }

  /** It ends now, or soon, and is not replaced. */
  retire(): void {
    this.#ending = true;
    clearTimeout(this.#timer);
  }

  #gone(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.state = 'gone';
    const againInMs = this.#ending ? undefined : this.#restarts.afterDeath(performance.now() - this.#startedAt);
    if (againInMs !== undefined) this.#timer = setTimeout(() => this.start(), againInMs);
    else this.state = 'given-up';
    this.#events.gone(this, why, againInMs);
  }
}
