import type { Ledger } from '../engine/ports.ts';
import { LedgerError } from './ledger-error.ts';
import type { FromThread, Question } from './ledger-messages.ts';
import type { LedgerRow, RefusedWriting } from './ledger-row.ts';
import { LostRows } from './lost-rows.ts';
import { PendingQuestions } from './pending-questions.ts';
import { type Batch, type Queued, RowQueue, rowsOf } from './row-queue.ts';
import { whyRefused, writingOf } from './row-statements.ts';
import { ThreadKeeper } from './thread-keeper.ts';
import { WRITER_LIMITS, type WriterLimits, type WriterOptions } from './writer-options.ts';

type RowOf<Kind extends LedgerRow['kind']> = Extract<LedgerRow, { kind: Kind }>['row'];

const NONE_REFUSED: ReadonlyMap<number, string> = new Map();

/**
 * The ledger as the engine sees it. Rows queue here; while the writer thread commits one batch the next one gathers,
 * so that a slow disk makes batches larger rather than requests slower. One batch is on its way at a time: order holds,
 * and after a lost thread exactly that batch is sent again.
 */
export class LedgerWriter implements Ledger {
  readonly #limits: WriterLimits;
  readonly #run: string;
  readonly #lost: LostRows;
  readonly #onCheckpoint: WriterOptions['onCheckpoint'];
  readonly #keeper: ThreadKeeper;
  readonly #queue: RowQueue;
  readonly #questions = new PendingQuestions();
  #batch: Batch | undefined;
  #lastId = 0;
  #full = false;
  /** The last batch was given up: until one succeeds, each gets a single try, so that callers are told sooner. */
  #troubled = false;
  #closing: Promise<void> | undefined;
  #onDrained: (() => void) | undefined;
  #opening: { resolve(): void; reject(error: LedgerError): void } | undefined;

  private constructor(options: WriterOptions) {
    this.#limits = { ...WRITER_LIMITS, ...options.limits };
    this.#run = options.run.id;
    this.#lost = new LostRows(options.onTrouble);
    this.#onCheckpoint = options.onCheckpoint;
    this.#queue = new RowQueue(this.#limits, () => this.#send());
    this.#keeper = new ThreadKeeper(
      { file: options.file, run: options.run, ...(options.sealKey !== undefined && { sealKey: options.sealKey }) },
      {
        ready: () => this.#threadReady(),
        message: (message) => this.#message(message),
        gone: (why) => this.#threadGone(why),
      },
      options.startThread,
    );
  }

  /** Resolves once the file is open, migrated and writable. Rejects with a LedgerError. */
  static async open(options: WriterOptions): Promise<LedgerWriter> {
    const writer = new LedgerWriter(options);
    const { openTimeoutMs } = writer.#limits;
    const late = setTimeout(() => writer.#keeper.drop(`nothing happened in ${openTimeoutMs} ms`), openTimeoutMs);
    try {
      await new Promise<void>((resolve, reject) => {
        writer.#opening = { resolve, reject };
        writer.#keeper.ensure();
      });
    } finally {
      clearTimeout(late);
    }
    return writer;
  }

  requestBegun(row: RowOf<'request-begun'>): void {
    this.#offer({ row: { kind: 'request-begun', row } });
  }

  attemptStarted(row: RowOf<'attempt-started'>): void {
    this.#offer({ row: { kind: 'attempt-started', row } });
  }

  attemptEnded(row: RowOf<'attempt-ended'>): void {
    this.#offer({ row: { kind: 'attempt-ended', row } });
  }

  requestEnded(row: RowOf<'request-ended'>): Promise<void> {
    return this.#durable({ kind: 'request-ended', row });
  }

  /** Resolves once it is durable. */
  operatorActed(row: RowOf<'operator-action'>): Promise<void> {
    return this.#durable({ kind: 'operator-action', row });
  }

  laneMoved(row: RowOf<'lane-event'>): void {
    this.#offer({ row: { kind: 'lane-event', row } });
  }

  laneMinute(row: RowOf<'lane-minute'>): void {
    this.#offer({ row: { kind: 'lane-minute', row } });
  }

  receiptSeen(row: RowOf<'receipt-seen'>): void {
    this.#offer({ row: { kind: 'receipt-seen', row } });
  }

  /** Resolves once it is durable. */
  receiptRevoked(row: RowOf<'receipt-revoked'>): Promise<void> {
    return this.#durable({ kind: 'receipt-revoked', row });
  }

  modelReported(row: RowOf<'model-reported'>): void {
    this.#offer({ row: { kind: 'model-reported', row } });
  }

  /** Rows that are not in the file and will not be, whether or not somebody was told by a rejection. */
  lost(): number {
    return this.#lost.count;
  }

  /** Rows that wait or are on their way. */
  queued(): number {
    return this.#queue.size + (this.#batch?.rows.length ?? 0);
  }

  /** Asks the writer thread for what is no row; `chars` is about how much text the question holds. */
  ask(question: Question, chars = 0): Promise<number> {
    if (this.#closing) return Promise.reject(new LedgerError('closed', 'The ledger is closed.'));
    return this.#questions.begin(chars, (id) => {
      const asked = this.#keeper.post({ type: 'ask', id, question });
      if (asked) this.#keeper.holdProcess(true);
      return asked;
    });
  }

  /** Writes what is queued, for at most `limitMs`, and closes the file. Rows left over are rejected and counted. */
  close(limitMs = 5_000): Promise<void> {
    this.#closing ??= this.#close(limitMs);
    return this.#closing;
  }

  async #close(limitMs: number): Promise<void> {
    this.#send();
    if (this.queued() > 0) {
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, limitMs);
        this.#onDrained = () => {
          clearTimeout(limit);
          resolve();
        };
      });
    }
    const left = [...(this.#batch?.rows ?? []), ...this.#queue.take(this.#limits.maxQueuedRows)];
    clearTimeout(this.#batch?.timer);
    this.#batch = undefined;
    if (left.length > 0)
      this.#lost.giveUp(left, new LedgerError('closed', `The ledger was closed after ${limitMs} ms.`));
    this.#questions.rejectAll('The ledger was closed.');
    await this.#keeper.close();
  }

  #durable(row: LedgerRow): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#offer({ row, waiter: { resolve, reject } });
    });
  }

  #offer(queued: Queued): void {
    if (this.#closing) {
      this.#lost.refuse(queued, new LedgerError('closed', 'The ledger is closed.'));
      return;
    }
    const { maxQueuedRows } = this.#limits;
    if (this.queued() >= maxQueuedRows) {
      this.#lost.refuse(
        queued,
        new LedgerError('queue-full', `${maxQueuedRows} ledger rows are waiting to be written.`),
      );
      if (!this.#full) this.#lost.trouble('queue-full', `More than ${maxQueuedRows} rows are waiting to be written.`);
      this.#full = true;
      return;
    }
    this.#queue.push(queued);
    if (!this.#batch) this.#queue.wake();
  }

  #send(): void {
    if (this.#batch || this.#queue.size === 0) return;
    this.#batch = { id: ++this.#lastId, rows: this.#queue.take(this.#limits.maxBatchRows), tries: 0 };
    this.#post(this.#batch);
  }

  #post(batch: Batch): void {
    const { ackTimeoutMs } = this.#limits;
    batch.timer = setTimeout(
      () => this.#keeper.drop(`the writer thread gave no answer in ${ackTimeoutMs} ms`),
      ackTimeoutMs,
    );
    try {
      this.#keeper.post({ type: 'write', batch: batch.id, writings: writingOf(rowsOf(batch), this.#run).writings });
      this.#keeper.holdProcess(true);
    } catch (error) {
      // A thread that cannot be started, or a row that cannot be copied to it, must not stop the gateway.
      this.#failed(batch, error instanceof Error ? error.message : String(error));
    }
  }

  #threadReady(): void {
    this.#opening?.resolve();
    this.#opening = undefined;
    const batch = this.#batch;
    if (!batch) {
      this.#keeper.holdProcess(false);
      return;
    }
    clearTimeout(batch.timer);
    this.#post(batch);
  }

  #message(message: FromThread): void {
    switch (message.type) {
      case 'committed':
        if (message.batch === this.#batch?.id) this.#committed(this.#batch, message.refused);
        return;
      case 'not-committed':
        if (message.batch === this.#batch?.id) this.#failed(this.#batch, message.message);
        return;
      case 'not-opened':
        this.#notOpened(new LedgerError(message.code, message.message));
        return;
      case 'answered':
      case 'not-answered':
        this.#questions.answered(message);
        this.#rest();
        return;
      case 'beat-failed':
        this.#lost.trouble('lease-late', message.message);
        return;
      case 'checkpoint':
        this.#onCheckpoint?.(message.head);
        return;
      case 'chain-cut':
        this.#lost.trouble('chain-cut', message.message);
        return;
      case 'ready':
        return;
    }
  }

  #notOpened(error: LedgerError): void {
    const opening = this.#opening;
    if (!opening) {
      this.#keeper.drop(error.message);
      return;
    }
    this.#opening = undefined;
    void this.#keeper.close();
    opening.reject(error);
  }

  #committed(batch: Batch, refused: readonly RefusedWriting[]): void {
    clearTimeout(batch.timer);
    this.#batch = undefined;
    this.#troubled = false;
    const why = refused.length > 0 ? whyRefused(rowsOf(batch), this.#run, refused) : NONE_REFUSED;
    for (const [index, { waiter }] of batch.rows.entries()) {
      const reason = why.get(index);
      if (reason === undefined) waiter?.resolve();
      else waiter?.reject(new LedgerError('row-refused', `Not recorded: ${reason}.`));
    }
    this.#lost.add(why.size);
    const first = refused[0];
    if (first) this.#lost.trouble('rows-refused', `${why.size} rows were refused; the first: ${first.why}.`);
    this.#next();
  }

  #failed(batch: Batch, why: string): void {
    clearTimeout(batch.timer);
    batch.tries += 1;
    const { maxTries, retryPauseMs } = this.#limits;
    if (this.#troubled || batch.tries >= maxTries) {
      this.#batch = undefined;
      this.#troubled = true;
      this.#lost.giveUp(batch.rows, new LedgerError('write-failed', `The ledger could not be written: ${why}`));
      this.#next();
      return;
    }
    this.#lost.trouble('write-retried', `A batch of ${batch.rows.length} rows is written again: ${why}`);
    batch.timer = setTimeout(() => this.#post(batch), retryPauseMs * 2 ** (batch.tries - 1));
  }

  #next(): void {
    if (this.#full && this.queued() < this.#limits.maxQueuedRows / 2) {
      this.#full = false;
      this.#lost.trouble('rows-lost', 'The queue has room again; rows that came while it was full were refused.');
    }
    if (this.#queue.size > 0) {
      if (this.#closing) this.#send();
      else this.#queue.wake();
      return;
    }
    this.#rest();
    this.#onDrained?.();
  }

  /** An idle thread does not keep a finished program from ending. */
  #rest(): void {
    if (!this.#batch && this.#questions.size === 0) this.#keeper.holdProcess(false);
  }

  #threadGone(why: string): void {
    this.#questions.rejectAll(why);
    if (this.#opening) {
      this.#opening.reject(new LedgerError('write-failed', `The ledger could not be opened: ${why}`));
      this.#opening = undefined;
      return;
    }
    if (this.#batch) {
      this.#failed(this.#batch, why);
      return;
    }
    // Without rows to write the next row starts a thread; a broken disk must not make it start one after another.
    this.#lost.trouble('thread-lost', why);
  }
}
