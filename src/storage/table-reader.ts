import { LedgerError } from './ledger-error.ts';
import { ledgerPath } from './ledger-path.ts';
import { openForReading } from './reading-connection.ts';
import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';
import { toLedgerError } from './sqlite-fault.ts';

/** Most rows of a page. */
const maxPageRows = 200;

/** Reads tables that came with some version of the ledger. A file of an older one is read as it is: nothing is in them. */
export class TableReader {
  readonly #file: string;
  readonly #connection: SqliteConnection;
  readonly #there: boolean;
  #closed = false;

  /**
   * `lastTable`: of those that came together, the one that was made last.
   * @throws LedgerError `file-absent`, `not-a-ledger`, `damaged`, `unwritable`, `driver-missing`
   */
  constructor(file: string, lastTable: string) {
    this.#file = ledgerPath(file);
    this.#connection = openForReading(this.#file);
    this.#there = this.#connection.prepare('select 1 from sqlite_master where name = ?').all([lastTable]).length > 0;
  }

  read<Row>(sql: string, cells: SqlValue[]): readonly Row[] {
    if (this.#closed) throw new LedgerError('closed', 'The ledger is closed.');
    if (!this.#there) return [];
    try {
      return this.#connection.prepare(sql).all(cells) as Row[];
    } catch (error) {
      throw toLedgerError(this.#file, error);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }
}

/** @throws LedgerError `bad-query` */
export function pageSize(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxPageRows) return limit;
  throw new LedgerError('bad-query', `limit must be a whole number from 1 to ${maxPageRows}, not ${limit}.`);
}
