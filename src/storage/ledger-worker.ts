// Entry of the writer thread: a slow disk or a checkpoint stops this thread, and never the event loop of the gateway.
import { parentPort, workerData } from 'node:worker_threads';
import type { FromThread, ThreadStart, ToThread } from './ledger-messages.ts';
import { LedgerStore } from './ledger-store.ts';
import { beatMs } from './run-lease.ts';
import { toLedgerError } from './sqlite-fault.ts';

/** Requests deleted in one transaction; batches of rows are written between two of them. */
const sweepStepRequests = 500;

const { file, run } = workerData as ThreadStart;

function tell(message: FromThread): void {
  parentPort?.postMessage(message);
}

function messageOf(error: unknown): string {
  return toLedgerError(file, error).message;
}

function write(store: LedgerStore, message: Extract<ToThread, { type: 'write' }>): void {
  try {
    tell({ type: 'committed', batch: message.batch, refused: store.commit(message.rows) });
  } catch (error) {
    tell({ type: 'not-committed', batch: message.batch, message: messageOf(error) });
  }
}

function sweep(store: LedgerStore, message: Extract<ToThread, { type: 'sweep' }>, before = 0): void {
  try {
    const step = store.sweepStep(message.beforeMs, sweepStepRequests);
    const deleted = before + step;
    if (step < sweepStepRequests) tell({ type: 'swept', sweep: message.sweep, deleted });
    else setImmediate(() => sweep(store, message, deleted));
  } catch (error) {
    tell({ type: 'not-swept', sweep: message.sweep, message: messageOf(error) });
  }
}

function beat(store: LedgerStore): void {
  try {
    store.beat(Date.now());
  } catch (error) {
    tell({ type: 'beat-failed', message: messageOf(error) });
  }
}

function serve(store: LedgerStore): void {
  const heart = setInterval(() => beat(store), beatMs);
  parentPort?.on('message', (message: ToThread) => {
    switch (message.type) {
      case 'write':
        write(store, message);
        return;
      case 'sweep':
        sweep(store, message);
        return;
      case 'close':
        clearInterval(heart);
        // A closed port leaves the thread nothing to wait for; process.exit could overtake answers on their way.
        parentPort?.close();
        store.close(Date.now());
        return;
    }
  });
  tell({ type: 'ready', driver: store.driver });
}

try {
  serve(await LedgerStore.open(file, run, Date.now));
} catch (error) {
  const { code, message } = toLedgerError(file, error);
  tell({ type: 'not-opened', code, message });
}
