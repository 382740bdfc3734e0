import { Kysely, SqliteDialect } from 'kysely';
import { LedgerError } from './ledger-error.ts';
import { ledgerPath } from './ledger-path.ts';
import { openForReading } from './reading-connection.ts';
import { cursorOf, type RequestQuery, requestsQuery } from './request-query.ts';
import type { LedgerTables } from './schema.ts';
import type { SqliteConnection } from './sqlite-driver.ts';
import { toLedgerError } from './sqlite-fault.ts';
import type { StoredFeedback, StoredRequest, StoredRequestRow } from './stored-request.ts';
import { attemptRow, decisionsOf, failoverRow, feedbackRow, requestRow } from './stored-rows.ts';

export interface RequestPage {
  /** Newest first. */
  readonly rows: readonly StoredRequestRow[];
  /** Give it as `before` to read on; absent on the last page. */
  readonly next?: string;
}

/** Reads a ledger, beside a process that writes it or alone. Every answer is bounded and served by an index. */
export interface LedgerReader {
  /** Rejects with LedgerError `bad-query`, naming the field. */
  requests(query: RequestQuery): Promise<RequestPage>;
  /** Undefined where no such request is on record. */
  request(requestId: string): Promise<StoredRequest | undefined>;
  close(): void;
}

/**
 * Opens an existing ledger for reading only. Nothing is created, migrated or marked.
 * @throws LedgerError `file-absent`, `not-a-ledger`, `damaged`, `unwritable`, `driver-missing`
 */
export function openLedgerReader(options: { readonly file: string }): LedgerReader {
  const file = ledgerPath(options.file);
  return new SqliteReader(file, openForReading(file));
}

class SqliteReader implements LedgerReader {
  readonly #file: string;
  readonly #connection: SqliteConnection;
  readonly #db: Kysely<LedgerTables>;
  #closed = false;

  constructor(file: string, connection: SqliteConnection) {
    this.#file = file;
    this.#connection = connection;
    this.#db = new Kysely<LedgerTables>({ dialect: new SqliteDialect({ database: connection }) });
  }

  requests(query: RequestQuery): Promise<RequestPage> {
    return this.#read(async () => {
      const found = await requestsQuery(this.#db, query).execute();
      const page = found.slice(0, query.limit);
      const last = page.at(-1);
      const rows = page.map(requestRow);
      return found.length > query.limit && last ? { rows, next: cursorOf(last) } : { rows };
    });
  }

  request(requestId: string): Promise<StoredRequest | undefined> {
    return this.#read(async () => {
      const row = await this.#db.selectFrom('requests').selectAll().where('id', '=', requestId).executeTakeFirst();
      if (!row) return undefined;
      const attempts = await this.#db
        .selectFrom('attempts')
        .selectAll()
        .where('request_id', '=', requestId)
        .orderBy('seq')
        .execute();
      const failover = await this.#db
        .selectFrom('failovers')
        .selectAll()
        .where('request_id', '=', requestId)
        .executeTakeFirst();
      return {
        ...requestRow(row),
        attemptRows: attempts.map(attemptRow),
        ...(failover && { failover: failoverRow(failover) }),
        feedback: await this.#feedbackOf(requestId),
        decisions: decisionsOf(row.id, row.decisions),
        decisionsDropped: row.decisions_dropped,
      };
    });
  }

  /** A file of an older version knows of none. */
  async #feedbackOf(requestId: string): Promise<readonly StoredFeedback[]> {
    const found = this.#connection.prepare(`select 1 from sqlite_master where name = 'feedback'`).all([]);
    if (found.length === 0) return [];
    const rows = await this.#db.selectFrom('feedback').selectAll().where('request_id', '=', requestId).execute();
    return rows.map(feedbackRow);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }

  async #read<T>(task: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new LedgerError('closed', 'The ledger is closed.');
    try {
      return await task();
    } catch (error) {
      throw toLedgerError(this.#file, error);
    }
  }
}
