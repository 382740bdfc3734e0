import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConversationTables } from './conversation-tables.ts';
import { FeedbackTables } from './feedback-tables.ts';
import { JobTables } from './job-tables.ts';
import { LaneTables } from './lane-tables.ts';
import { LedgerError } from './ledger-error.ts';
import type { RefusedWriting } from './ledger-row.ts';
import { isNewest } from './newest-migration.ts';
import { ReceiptTables } from './receipt-tables.ts';
import { RequestTables } from './request-tables.ts';
import type { Writing } from './row-statements.ts';
import { endRun, type RunIdentity, recoverFinishedRuns, registerRun } from './run-lease.ts';
import { SealChain, type SealChainOptions, type SealHead } from './seal-chain.ts';
import { sweepRequests } from './sealed-sweep.ts';
import { type DriverName, openSqlite, type SqliteConnection } from './sqlite-driver.ts';
import { isAboutOneRow, isBusy, toLedgerError } from './sqlite-fault.ts';

/** How long one statement waits for another process's lock. */
const busyTimeoutMs = 5_000;
/** How long closing waits for others, to leave one file rather than three. */
const closeBusyTimeoutMs = 250;
/** Statements that SQLite fails at once, without its busy wait, are tried this often when a file is opened. */
const openTries = 40;
const openPauseMs = 50;
/** What the write-ahead log shrinks to after a checkpoint. */
const walLimitBytes = 64 * 1024 * 1024;
/** Half of that, in pages of SQLite's own size. */
const walPages = 8_192;

/**
 * The writing side of the file: synchronous, so it lives on a thread of its own. Every row is idempotent: a batch may
 * be written again after a crash of which nobody knows whether it was before or after the commit.
 */
export class LedgerStore {
  readonly driver: DriverName;
  readonly conversations: ConversationTables;
  readonly jobs: JobTables;
  readonly lanes: LaneTables;
  readonly feedback: FeedbackTables;
  readonly receipts: ReceiptTables;
  readonly #requests: RequestTables;
  readonly #chain: SealChain;
  readonly #file: string;
  readonly #runIdentity: RunIdentity;
  readonly #connection: SqliteConnection;

  private constructor(file: string, run: RunIdentity, connection: SqliteConnection, chain: SealChain) {
    this.driver = connection.driver;
    this.#chain = chain;
    this.#requests = new RequestTables(connection, chain);
    this.conversations = new ConversationTables(connection);
    this.jobs = new JobTables(connection, { run: run.id });
    this.lanes = new LaneTables(connection, chain);
    this.feedback = new FeedbackTables(connection, chain);
    this.receipts = new ReceiptTables(connection, chain);
    this.#file = file;
    this.#runIdentity = run;
    this.#connection = connection;
  }

  /**
   * Creates folder and file where needed, migrates, takes the lease of this run, and marks what dead runs left behind.
   * @throws LedgerError
   */
  static async open(file: string, options: SealChainOptions): Promise<LedgerStore> {
    const { run, now } = options;
    let connection: SqliteConnection | undefined;
    try {
      mkdirSync(dirname(file), { recursive: true });
      connection = openSqlite(file);
      await configure(file, connection);
      if (!isNewest(connection)) await (await import('./migrate.ts')).migrate(file, connection);
      const chain = new SealChain(connection, options);
      chain.open();
      registerRun(connection, run, now());
      recoverFinishedRuns(connection, chain, run, now());
      return new LedgerStore(file, run, connection, chain);
    } catch (error) {
      connection?.close();
      throw toLedgerError(file, error);
    }
  }

  /**
   * Writes all of it as one transaction, and gives what was refused for a reason of its own.
   * @throws LedgerError when the batch as a whole could not be written; nothing of it was then.
   */
  commit(writings: readonly Writing[]): RefusedWriting[] {
    try {
      return this.#chain.transact((seal) => {
        const refused: RefusedWriting[] = [];
        for (const [index, writing] of writings.entries()) {
          const why = this.#tryWrite(writing, seal);
          if (why !== undefined) refused.push({ index, why });
        }
        return refused;
      });
    } catch (error) {
      throw toLedgerError(this.#file, error);
    }
  }

  /** The last seal that this process wrote. */
  get sealed(): SealHead | undefined {
    return this.#chain.head;
  }

  /** Renews the lease and marks what runs that have died meanwhile left behind. */
  beat(now: number): void {
    try {
      registerRun(this.#connection, this.#runIdentity, now);
      recoverFinishedRuns(this.#connection, this.#chain, this.#runIdentity, now);
    } catch (error) {
      throw toLedgerError(this.#file, error);
    }
  }

  /**
   * Deletes finished requests older than `beforeMs`, at most `limit` of them, with their attempts and failovers; once
   * none is left, also the runs that are long over.
   * @returns how many requests went.
   */
  sweepStep(beforeMs: number, limit: number): number {
    try {
      const swept = sweepRequests(this.#connection, this.#chain, beforeMs, limit);
      if (swept < limit) {
        this.#connection.prepare('delete from runs where recovered_at is not null and beat_at < ?').run([beforeMs]);
      }
      return swept;
    } catch (error) {
      throw toLedgerError(this.#file, error);
    }
  }

  close(now: number): void {
    try {
      endRun(this.#connection, this.#runIdentity, now);
      // A reader in the middle of a page makes SQLite wait here, and the log may as well stay for the next start.
      this.#connection.prepare(`pragma busy_timeout = ${closeBusyTimeoutMs}`).all([]);
      this.#connection.prepare('pragma wal_checkpoint(truncate)').all([]);
    } finally {
      this.#connection.close();
    }
  }

  #tryWrite(writing: Writing, seal: number): string | undefined {
    try {
      return this.#write(writing, seal);
    } catch (error) {
      if (!isAboutOneRow(error)) throw error;
      return `${nameOf(writing)}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** Gives why it was refused, or undefined. */
  #write(writing: Writing, seal: number): string | undefined {
    switch (writing.kind) {
      case 'operator-action':
      case 'lane-event':
      case 'lane-minute':
        this.lanes.write(writing, this.#runIdentity.id, seal);
        return undefined;
      case 'receipt-seen':
      case 'receipt-revoked':
      case 'model-reported':
        this.receipts.write(writing, seal);
        return undefined;
      default:
        return this.#requests.write(writing, seal);
    }
  }
}

function nameOf(writing: Writing): string {
  if ('requestId' in writing) return `${writing.kind} of request ${writing.requestId}`;
  return `${writing.kind} of ${'lane' in writing.row ? writing.row.lane : writing.row.target}`;
}

async function configure(file: string, connection: SqliteConnection): Promise<void> {
  const pragma = (text: string) => connection.prepare(`pragma ${text}`).all([]);
  pragma(`busy_timeout = ${busyTimeoutMs}`);
  const [mode] = (await whileBusy(() => pragma('journal_mode = wal'))) as { journal_mode?: string }[];
  if (mode?.journal_mode !== 'wal') {
    throw new LedgerError(
      'unwritable',
      `${file} cannot keep a write-ahead log (journal mode ${mode?.journal_mode ?? 'unknown'}): put it on a local disk.`,
    );
  }
  // NORMAL survives a killed process; only a power cut may cost the last commits.
  pragma('synchronous = normal');
  // Another thread copies the log; what it leaves is copied by the commit that makes the log so many pages long.
  pragma(`wal_autocheckpoint = ${walPages}`);
  pragma('foreign_keys = on');
  // What somebody asked to be deleted must not be found in the file afterwards.
  pragma('secure_delete = on');
  pragma(`journal_size_limit = ${walLimitBytes}`);
}

/** Changing the journal mode fails at once where another process opens the same file: SQLite does not wait there. */
async function whileBusy<T>(task: () => T): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return task();
    } catch (error) {
      if (!isBusy(error) || tries === openTries) throw error;
      await new Promise((resolve) => setTimeout(resolve, openPauseMs));
    }
  }
}
