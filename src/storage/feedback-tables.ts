import type { FeedbackGiven } from '../engine/record.ts';
import type { SealChain } from './seal-chain.ts';
import type { SqliteConnection } from './sqlite-driver.ts';
import { storableCells } from './stored-text.ts';

const INSERT = `insert into feedback (request_id, caller, at, score, complaint, comment, tags, seal)
  select ?, ?, ?, ?, ?, ?, ?, ? where exists (select 1 from requests where id = ?)
  on conflict (request_id, caller) do nothing`;

/** The writing side of feedback, which is sealed. Rows are rare, so no statement is kept. */
export class FeedbackTables {
  readonly #connection: SqliteConnection;
  readonly #chain: SealChain;

  constructor(connection: SqliteConnection, chain: SealChain) {
    this.#connection = connection;
    this.#chain = chain;
  }

  /** False where this caller has spoken of this request before, or the request is not on record any more. */
  add(row: FeedbackGiven): boolean {
    const { requestId, at, score, complaint, comment, tags } = row;
    const said = [Math.round(at), score, complaint ? 1 : 0, comment ?? null, JSON.stringify(tags)];
    const cells = storableCells([requestId, row.caller, ...said]);
    return this.#chain.transact((seal) => {
      const { changes } = this.#connection.prepare(INSERT).run([...cells, seal, requestId]);
      if (Number(changes) === 0) return false;
      this.#chain.addStored('b', cells.slice(0, 2));
      return true;
    });
  }
}
