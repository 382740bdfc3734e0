import type { Kysely } from 'kysely';

/** What callers said of answers. It goes with the request that it is about. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('feedback')
    .addColumn('request_id', 'text', (column) => column.notNull().references('requests.id').onDelete('cascade'))
    .addColumn('caller', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('score', 'real', (column) => column.notNull())
    .addColumn('complaint', 'integer', (column) => column.notNull())
    .addColumn('comment', 'text')
    .addColumn('tags', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('feedback_key', ['request_id', 'caller'])
    .execute();
}
