import type { Worker } from 'node:worker_threads';
import { startEntry } from './thread-entry.ts';

/** About ten megabytes of log: often enough that little is left to do for the writer, seldom enough to cost little. */
const ROWS_BETWEEN = 1_000;
/** How long the end of a copy is waited for, in milliseconds. */
const END_LIMIT_MS = 500;

/**
 * Copies the write-ahead log into the database file on a thread of its own, while the writer goes on (SQLite, "Write-Ahead
 * Logging", §3): a copy waits for the disk twice, and answers wait for commits. What was written while it copied the
 * writer copies itself, once its log has grown to its own limit; that is little then. The thread starts with the first
 * copy: a gateway that writes little has none.
 */
export class WalCopier {
  readonly #file: string;
  #thread: Worker | undefined;
  #copying = false;
  #rows = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Told after each commit. */
  wrote(rows: number): void {
    this.#rows += rows;
    if (this.#rows < ROWS_BETWEEN || this.#copying) return;
    this.#rows = 0;
    this.#copying = true;
    this.#thread ??= this.#start();
    this.#thread.postMessage('copy');
  }

  /** Ends the thread, in the middle of a copy if that takes long, and then calls back: at once where there is none. */
  close(closed: () => void): void {
    const thread = this.#thread;
    if (!thread) return closed();
    const limit = setTimeout(() => void thread.terminate(), END_LIMIT_MS);
    thread.once('exit', () => {
      clearTimeout(limit);
      closed();
    });
    thread.ref();
    thread.postMessage('end');
  }

  #start(): Worker {
    const thread = startEntry('wal-copy-worker', { file: this.#file });
    thread.on('message', () => {
      this.#copying = false;
    });
    // Without it the writer copies its log itself, as SQLite does by default; the next thousand rows try again.
    thread.on('error', () => {});
    thread.on('exit', () => {
      this.#thread = undefined;
      this.#copying = false;
    });
    thread.unref();
    return thread;
  }
}
