// Entry of the writer thread: a slow disk or a checkpoint stops this thread, and never the event loop of the gateway.
import { parentPort, workerData } from 'node:worker_threads';
import { CheckpointClock } from './checkpoint-clock.ts';
import type { FromThread, Question, ThreadStart, ToThread } from './ledger-messages.ts';
import { LedgerStore } from './ledger-store.ts';
import { beatMs } from './run-lease.ts';
import { sealKeyOf } from './seal.ts';
import { toLedgerError } from './sqlite-fault.ts';
import { WalCopier } from './wal-copier.ts';

/** Requests or conversations deleted in one transaction; batches of rows are written between two of them. */
const sweepStepRows = 500;

const { file, run, sealKey } = workerData as ThreadStart;
const wal = new WalCopier(file);

function tell(message: FromThread): void {
  parentPort?.postMessage(message);
}

function messageOf(error: unknown): string {
  return toLedgerError(file, error).message;
}

function write(store: LedgerStore, message: Extract<ToThread, { type: 'write' }>): void {
  try {
    tell({ type: 'committed', batch: message.batch, refused: store.commit(message.writings) });
    wal.wrote(message.writings.length);
  } catch (error) {
    tell({ type: 'not-committed', batch: message.batch, message: messageOf(error) });
  }
}

function ask(store: LedgerStore, id: number, question: Question): void {
  guarded(id, () => {
    switch (question.kind) {
      case 'sweep-requests':
        return sweep(id, () => store.sweepStep(question.beforeMs, sweepStepRows));
      case 'sweep-conversations':
        return sweep(id, () => store.conversations.sweepStep(question.beforeMs, sweepStepRows));
      case 'sweep-lanes':
        return sweep(id, () => store.lanes.sweepStep(question, sweepStepRows));
      case 'job':
        return tell({ type: 'answered', question: id, result: store.jobs.execute(question.order) });
      case 'feedback':
        return tell({ type: 'answered', question: id, result: store.feedback.add(question.row) ? 1 : 0 });
      case 'order': {
        const done = store.conversations.execute(question.caller, question.order);
        return tell({ type: 'answered', question: id, result: done ? 1 : 0 });
      }
    }
  });
}

/** Step by step, so that what is asked meanwhile is not kept waiting. */
function sweep(id: number, step: () => number, before = 0): void {
  const deleted = step();
  if (deleted < sweepStepRows) tell({ type: 'answered', question: id, result: before + deleted });
  else setImmediate(() => guarded(id, () => sweep(id, step, before + deleted)));
}

function guarded(id: number, task: () => void): void {
  try {
    task();
  } catch (error) {
    tell({ type: 'not-answered', question: id, message: messageOf(error) });
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
  const checkpoints = new CheckpointClock((head) => tell({ type: 'checkpoint', head }));
  const heart = setInterval(() => {
    beat(store);
    checkpoints.look(store.sealed, Date.now());
  }, beatMs);
  parentPort?.on('message', (message: ToThread) => {
    switch (message.type) {
      case 'write':
        write(store, message);
        checkpoints.look(store.sealed, Date.now());
        return;
      case 'ask':
        ask(store, message.id, message.question);
        return;
      case 'close':
        clearInterval(heart);
        checkpoints.end(store.sealed);
        // A closed port leaves the thread nothing to wait for; process.exit could overtake answers on their way.
        parentPort?.close();
        wal.close(() => store.close(Date.now()));
        return;
    }
  });
  tell({ type: 'ready', driver: store.driver });
}

try {
  const key = sealKey === undefined ? undefined : sealKeyOf(sealKey);
  const onCut = (message: string) => tell({ type: 'chain-cut', message });
  serve(await LedgerStore.open(file, { run, now: Date.now, onCut, ...(key && { key }) }));
} catch (error) {
  const { code, message } = toLedgerError(file, error);
  tell({ type: 'not-opened', code, message });
}
