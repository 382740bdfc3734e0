import type { FeedbackGiven } from '../engine/record.ts';
import type { SqliteConnection } from './sqlite-driver.ts';

const INSERT = `insert into feedback (request_id, caller, at, score, complaint, comment, tags)
  select ?, ?, ?, ?, ?, ?, ? where exists (select 1 from requests where id = ?)
  on conflict (request_id, caller) do nothing`;

/** The writing side of feedback. Rows are rare, so no statement is kept. */
export class FeedbackTables {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** False where this caller has spoken of this request before, or the request is not on record any more. */
  add(row: FeedbackGiven): boolean {
    const { requestId, caller, at, score, complaint, comment, tags } = row;
    const cells = [requestId, caller, Math.round(at), score, complaint ? 1 : 0, comment ?? null, JSON.stringify(tags)];
    return Number(this.#connection.prepare(INSERT).run([...cells, requestId]).changes) > 0;
  }
}
