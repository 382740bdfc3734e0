import type { Kysely } from 'kysely';

/** What operators and breakers did to lanes, and what lanes carried: what tells who would have served at another time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createOperatorActions(db);
  await createLaneEvents(db);
  await createLaneMinutes(db);
}

async function createOperatorActions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('operator_actions')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('lane', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('until_at', 'integer')
    .addColumn('by_key', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('forced', 'integer', (column) => column.notNull())
    .execute();
  const index = (name: string) => db.schema.createIndex(name).on('operator_actions');
  await index('operator_actions_at').columns(['at', 'id']).execute();
  await index('operator_actions_lane').columns(['lane', 'at']).execute();
}

async function createLaneEvents(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('lane_events')
    .addColumn('key', 'integer', (column) => column.primaryKey().autoIncrement().notNull())
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('lane', 'text', (column) => column.notNull())
    .addColumn('from_state', 'text', (column) => column.notNull())
    .addColumn('to_state', 'text', (column) => column.notNull())
    .addColumn('cause', 'text')
    .execute();
  const index = (name: string) => db.schema.createIndex(name).on('lane_events');
  await index('lane_events_at').columns(['at', 'key']).execute();
  // A batch may be written twice: the same change in the same millisecond is the same row.
  await index('lane_events_lane').unique().columns(['run', 'lane', 'at', 'from_state', 'to_state']).execute();
}

async function createLaneMinutes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('lane_minutes')
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('lane', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('active', 'integer', (column) => column.notNull())
    .addColumn('tokens', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('lane_minutes_key', ['lane', 'at', 'run'])
    .execute();
  await db.schema.createIndex('lane_minutes_at').on('lane_minutes').columns(['at']).execute();
}
