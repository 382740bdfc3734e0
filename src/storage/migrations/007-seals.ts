import { type Kysely, sql } from 'kysely';

const SEALED_TABLES = ['requests', 'attempts', 'failovers', 'operator_actions', 'feedback', 'receipt_revocations'];

/** The chain of seals, and for each sealed row the number of its seal. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('seals')
    .addColumn('seq', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('prev', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('key_id', 'text', (column) => column.notNull())
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('rows', 'integer', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute();
  for (const table of SEALED_TABLES) {
    // The default marks what is there already, and costs nothing however large the file is: SQLite rewrites no row.
    await sql`alter table ${sql.table(table)} add column seal integer default 0`.execute(db);
  }
}
