import { Kysely, SqliteDialect } from 'kysely';
import type { RequestPage } from './ledger-reader.ts';
import { cursorOf, type RequestQuery, requestsQuery } from './request-query.ts';
import type { LedgerTables } from './schema.ts';
import type { SqliteConnection } from './sqlite-driver.ts';
import type { StoredFeedback, StoredRequest } from './stored-request.ts';
import { attemptRow, decisionsOf, failoverRow, feedbackRow, requestRow } from './stored-rows.ts';

/** What a ledger is asked: apart from its reader, because what builds queries is loaded with the first question. */
export class LedgerQueries {
  readonly #connection: SqliteConnection;
  readonly #db: Kysely<LedgerTables>;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
    this.#db = new Kysely<LedgerTables>({ dialect: new SqliteDialect({ database: connection }) });
  }

  /** Rejects with LedgerError `bad-query`, naming the field. */
  async requests(query: RequestQuery): Promise<RequestPage> {
    const found = await requestsQuery(this.#db, query).execute();
    const page = found.slice(0, query.limit);
    const last = page.at(-1);
    const rows = page.map(requestRow);
    return found.length > query.limit && last ? { rows, next: cursorOf(last) } : { rows };
  }

  /** Undefined where no such request is on record. */
  async request(requestId: string): Promise<StoredRequest | undefined> {
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
  }

  /** A file of an older version knows of none. */
  async #feedbackOf(requestId: string): Promise<readonly StoredFeedback[]> {
    const found = this.#connection.prepare(`select 1 from sqlite_master where name = 'feedback'`).all([]);
    if (found.length === 0) return [];
    const rows = await this.#db.selectFrom('feedback').selectAll().where('request_id', '=', requestId).execute();
    return rows.map(feedbackRow);
  }
}
