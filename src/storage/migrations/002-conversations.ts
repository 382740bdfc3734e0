import type { Kysely } from 'kysely';

/** What callers of the Responses API have the gateway keep: conversations, the responses in them, and their items. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createConversations(db);
  await createResponses(db);
  await createItems(db);
}

async function createConversations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('conversations')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('caller', 'text', (column) => column.notNull())
    .addColumn('named', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('touched_at', 'integer', (column) => column.notNull())
    .addColumn('metadata', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('conversations_touched').on('conversations').columns(['touched_at', 'id']).execute();
}

async function createResponses(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('responses')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('conversation', 'text', (column) => column.notNull().references('conversations.id').onDelete('cascade'))
    .addColumn('previous', 'text')
    .addColumn('last_input', 'integer')
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('responses_conversation').on('responses').columns(['conversation']).execute();
}

async function createItems(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('items')
    // Never used twice: a page that begins after a deleted item still begins in the right place.
    .addColumn('key', 'integer', (column) => column.primaryKey().autoIncrement().notNull())
    .addColumn('conversation', 'text', (column) => column.notNull().references('conversations.id').onDelete('cascade'))
    .addColumn('response', 'text')
    .addColumn('side', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('bytes', 'integer', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute();
  const index = (name: string) => db.schema.createIndex(name).on('items');
  await index('items_conversation').columns(['conversation', 'key']).execute();
  await index('items_response').columns(['response', 'key']).execute();
  await index('items_id').columns(['id']).execute();
}
