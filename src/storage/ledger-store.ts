import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely, SqliteDialect, type SqliteStatement } from 'kysely';
import { ConversationTables } from './conversation-tables.ts';
import { FeedbackTables } from './feedback-tables.ts';
import { JobTables } from './job-tables.ts';
import { LaneTables } from './lane-tables.ts';
import { LedgerError } from './ledger-error.ts';
import type { RefusedWriting } from './ledger-row.ts';
import { migrate } from './migrate.ts';
import { ReceiptTables } from './receipt-tables.ts';
import { type RowStatement, STATEMENTS, type Writing } from './row-statements.ts';
import { endRun, type RunIdentity, recoverFinishedRuns, registerRun } from './run-lease.ts';
import type { LedgerTables } from './schema.ts';
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
  readonly #file: string;
  readonly #runIdentity: RunIdentity;
  readonly #connection: SqliteConnection;
  readonly #statements = new Map<string, SqliteStatement>();

  private constructor(file: string, run: RunIdentity, connection: SqliteConnection) {
    this.driver = connection.driver;
    this.conversations = new ConversationTables(connection);
    this.jobs = new JobTables(connection, { run: run.id });
    this.lanes = new LaneTables(connection);
    this.feedback = new FeedbackTables(connection);
    this.receipts = new ReceiptTables(connection);
    this.#file = file;
    this.#runIdentity = run;
    this.#connection = connection;
  }

  /**
   * Creates folder and file where needed, migrates, takes the lease of this run, and marks what dead runs left behind.
   * @throws LedgerError
   */
  static async open(file: string, run: RunIdentity, now: () => number): Promise<LedgerStore> {
    let connection: SqliteConnection | undefined;
    try {
      mkdirSync(dirname(file), { recursive: true });
      connection = openSqlite(file);
      await configure(file, connection);
      const db = new Kysely<LedgerTables>({ dialect: new SqliteDialect({ database: connection }) });
      await migrate(file, connection, db);
      registerRun(connection, run, now());
      recoverFinishedRuns(connection, run, now());
      return new LedgerStore(file, run, connection);
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
    const refused: RefusedWriting[] = [];
    try {
      this.#statement('begin immediate').run([]);
      for (const [index, writing] of writings.entries()) {
        const why = this.#tryWrite(writing);
        if (why !== undefined) refused.push({ index, why });
      }
      this.#statement('commit').run([]);
    } catch (error) {
      this.#rollback();
      throw toLedgerError(this.#file, error);
    }
    return refused;
  }

  /** Renews the lease and marks what runs that have died meanwhile left behind. */
  beat(now: number): void {
    try {
      registerRun(this.#connection, this.#runIdentity, now);
      recoverFinishedRuns(this.#connection, this.#runIdentity, now);
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
      const { changes } = this.#connection
        .prepare(
          `delete from requests where id in
           (select id from requests where at < ? and outcome is not null order by at limit ?)`,
        )
        .run([beforeMs, limit]);
      if (Number(changes) < limit) {
        this.#connection.prepare('delete from runs where recovered_at is not null and beat_at < ?').run([beforeMs]);
      }
      return Number(changes);
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

  #tryWrite(writing: Writing): string | undefined {
    try {
      return this.#write(writing);
    } catch (error) {
      if (!isAboutOneRow(error)) throw error;
      return `${nameOf(writing)}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** Gives why it was refused, or undefined. */
  #write(writing: Writing): string | undefined {
    switch (writing.kind) {
      case 'request-begun':
      case 'request-whole':
      case 'attempt-started':
      case 'attempt-whole':
      case 'failover':
        this.#run(writing);
        return undefined;
      case 'attempt-ended':
        return this.#run(writing) > 0 ? undefined : `an attempt of request ${writing.requestId} is not on record`;
      case 'request-ended':
        return this.#run(writing) > 0 ? undefined : `the beginning of request ${writing.requestId} is not on record`;
      case 'operator-action':
      case 'lane-event':
      case 'lane-minute':
        this.lanes.write(writing, this.#runIdentity.id);
        return undefined;
      case 'receipt-seen':
      case 'receipt-revoked':
      case 'model-reported':
        this.receipts.write(writing);
        return undefined;
    }
  }

  // Plain SQL rather than the query builder, and each statement prepared once: these are the hot path, and building one
  // costs as much as running it.
  #run({ kind, values }: RowStatement): number {
    return Number(this.#statement(STATEMENTS[kind]).run(values).changes);
  }

  #statement(sql: string): SqliteStatement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #rollback(): void {
    try {
      this.#connection.exec('rollback');
    } catch {
      // A full disk or a failing one has SQLite roll back by itself; there is no transaction left then.
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
