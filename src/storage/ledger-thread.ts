import type { FromThread, ThreadStart, ToThread } from './ledger-messages.ts';
import { startEntry } from './thread-entry.ts';

/** The writer thread as the main thread sees it. */
export interface LedgerThread {
  post(message: ToThread): void;
  /** Ends it wherever it is. */
  terminate(): void;
  /** Whether the thread alone keeps the process alive. */
  holdProcess(hold: boolean): void;
}

export interface ThreadEvents {
  message(message: FromThread): void;
  /** Called once, when the thread is no more, for whatever reason. */
  gone(why: string): void;
}

export type StartThread = (start: ThreadStart, events: ThreadEvents) => LedgerThread;

export const startLedgerThread: StartThread = (start, events) => {
  const worker = startEntry('ledger-worker', start);
  let why: string | undefined;
  worker.on('message', (message: FromThread) => events.message(message));
  worker.on('error', (error) => {
    why = error instanceof Error ? error.message : String(error);
  });
  worker.on('exit', (code) => events.gone(why ?? `the writer thread ended with code ${code}`));
  return {
    post: (message) => worker.postMessage(message),
    terminate: () => {
      void worker.terminate();
    },
    holdProcess: (hold) => (hold ? worker.ref() : worker.unref()),
  };
};
