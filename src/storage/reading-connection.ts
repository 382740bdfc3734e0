import { existsSync, statSync } from 'node:fs';
import { LedgerError } from './ledger-error.ts';
import { openSqlite, type SqliteConnection } from './sqlite-driver.ts';
import { toLedgerError } from './sqlite-fault.ts';

/** Reading does not wait long for anybody: it happens on the main thread. */
const readBusyTimeoutMs = 250;

/**
 * Opens an existing file for reading only. Nothing is created, migrated or marked. `file` is an absolute path.
 * @throws LedgerError `file-absent`, `not-a-ledger`, `damaged`, `unwritable`, `driver-missing`
 */
export function openForReading(file: string): SqliteConnection {
  if (!existsSync(file)) {
    throw new LedgerError('file-absent', `There is no ledger at ${file}. The gateway writes one once it has started.`);
  }
  if (!statSync(file).isFile()) throw new LedgerError('not-a-ledger', `${file} is not a file.`);
  let connection: SqliteConnection | undefined;
  try {
    connection = openSqlite(file);
    const pragma = (text: string) => connection?.prepare(`pragma ${text}`).all([]);
    pragma(`busy_timeout = ${readBusyTimeoutMs}`);
    pragma('query_only = on');
    const found = connection.prepare(`select 1 from sqlite_master where type = 'table' and name = 'requests'`).all([]);
    if (found.length === 0) {
      throw new LedgerError('not-a-ledger', `${file} is a database, but holds no ledger. Name the ledger's file.`);
    }
    return connection;
  } catch (error) {
    connection?.close();
    throw toLedgerError(file, error);
  }
}
