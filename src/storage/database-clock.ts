import type { SqliteConnection } from './sqlite-driver.ts';

/** Milliseconds since 1970 as the database has them: what is stored is compared with one clock, whoever compares. */
export function databaseNow(connection: SqliteConnection): number {
  const [row] = connection
    .prepare(`select cast(round((julianday('now') - 2440587.5) * 86400000.0) as integer) as now`)
    .all([]) as { now: number }[];
  if (!row) throw new Error('the database does not tell the time');
  return row.now;
}
