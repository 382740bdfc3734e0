import type { SqliteConnection } from './sqlite-driver.ts';

/** The migrations there are, in their order: apart from what they do, which few starts need to load. */
export const MIGRATION_NAMES = [
  '001-ledger',
  '002-conversations',
  '003-jobs',
  '004-operations',
  '005-receipts',
  '006-feedback',
  '007-seals',
] as const;

export type MigrationName = (typeof MIGRATION_NAMES)[number];

/** Whether a file has had exactly these. Without a table of them it is a new file, or none of ours. */
export function isNewest(connection: SqliteConnection): boolean {
  const kept = connection.prepare(`select 1 from sqlite_master where name = 'kysely_migration'`).all([]);
  if (kept.length === 0) return false;
  const had = connection.prepare('select name from kysely_migration order by name').all([]) as { name: string }[];
  return had.length === MIGRATION_NAMES.length && had.every(({ name }, at) => name === MIGRATION_NAMES[at]);
}
