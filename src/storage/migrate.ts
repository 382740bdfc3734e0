import { Kysely, type Migration, type MigrationResultSet, Migrator, SqliteDialect } from 'kysely';
import { LedgerError } from './ledger-error.ts';
import * as ledger from './migrations/001-ledger.ts';
import * as conversations from './migrations/002-conversations.ts';
import * as jobs from './migrations/003-jobs.ts';
import * as operations from './migrations/004-operations.ts';
import * as receipts from './migrations/005-receipts.ts';
import * as feedback from './migrations/006-feedback.ts';
import * as seals from './migrations/007-seals.ts';
import type { MigrationName } from './newest-migration.ts';
import type { LedgerTables } from './schema.ts';
import type { SqliteConnection } from './sqlite-driver.ts';

/** Every migration by name. A released one is never edited: add the next number. */
const MIGRATIONS: Readonly<Record<MigrationName, Migration>> = {
  '001-ledger': ledger,
  '002-conversations': conversations,
  '003-jobs': jobs,
  '004-operations': operations,
  '005-receipts': receipts,
  '006-feedback': feedback,
  '007-seals': seals,
};

/**
 * Brings the file to the newest schema, as one transaction: Kysely takes no lock on SQLite, and two processes that
 * start at once would otherwise create the same table twice.
 * @throws LedgerError `newer-ledger` when a newer version migrated this file; the driver's errors otherwise.
 */
export async function migrate(file: string, connection: SqliteConnection): Promise<void> {
  const db = new Kysely<LedgerTables>({ dialect: new SqliteDialect({ database: connection }) });
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  connection.exec('begin immediate');
  const { error } = await migrator
    .migrateToLatest()
    .catch((thrown: unknown): MigrationResultSet => ({ error: thrown }));
  if (error === undefined) {
    connection.exec('commit');
    return;
  }
  connection.exec('rollback');
  if (error instanceof Error && error.message.startsWith('corrupted migrations')) {
    throw new LedgerError('newer-ledger', `${file} was written by a newer version: ${error.message}`);
  }
  throw error;
}
