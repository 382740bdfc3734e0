import { type CreateTableBuilder, type Kysely, sql } from 'kysely';

/** Runs, requests, attempts and failovers, with an index for every listing that the reader offers. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createRuns(db);
  await createRequests(db);
  await createAttempts(db);
  await createFailovers(db);
}

async function createRuns(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('runs')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('pid', 'integer', (column) => column.notNull())
    .addColumn('process_started_at', 'integer', (column) => column.notNull())
    .addColumn('started_at', 'integer', (column) => column.notNull())
    .addColumn('beat_at', 'integer', (column) => column.notNull())
    .addColumn('ended_at', 'integer')
    .addColumn('recovered_at', 'integer')
    .execute();
}

async function createRequests(db: Kysely<unknown>): Promise<void> {
  await withUsage(db.schema.createTable('requests'))
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('route', 'text', (column) => column.notNull())
    .addColumn('dialect', 'text', (column) => column.notNull())
    .addColumn('stream', 'integer', (column) => column.notNull())
    .addColumn('caller', 'text')
    .addColumn('tags', 'text', (column) => column.notNull())
    .addColumn('primary_target', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text')
    .addColumn('served_by', 'text')
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('degraded', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('degraded_reason', 'text')
    .addColumn('degraded_cause', 'text')
    .addColumn('degraded_primary', 'text')
    .addColumn('prompt_version', 'text')
    .addColumn('failure_code', 'text')
    .addColumn('failure_status', 'integer')
    .addColumn('failure_message', 'text')
    .addColumn('first_content_ms', 'real')
    .addColumn('duration_ms', 'real')
    .addColumn('overhead_ms', 'real')
    .addColumn('decisions', 'text')
    .addColumn('decisions_dropped', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  const index = (name: string) => db.schema.createIndex(name).on('requests');
  await index('requests_at').columns(['at', 'id']).execute();
  await index('requests_route').columns(['route', 'at', 'id']).execute();
  await index('requests_outcome').columns(['outcome', 'at', 'id']).execute();
  await index('requests_served_by').columns(['served_by', 'at', 'id']).execute();
  await index('requests_degraded').columns(['at', 'id']).where(sql.ref('degraded'), '=', 1).execute();
  // Only what is unfinished: recovery after a crash then costs nothing on a large ledger.
  await index('requests_unfinished').column('run').where(sql.ref('outcome'), 'is', null).execute();
}

async function createAttempts(db: Kysely<unknown>): Promise<void> {
  await withUsage(db.schema.createTable('attempts'))
    .addColumn('request_id', 'text', (column) => column.notNull().references('requests.id').onDelete('cascade'))
    .addColumn('seq', 'integer', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('lane', 'text', (column) => column.notNull())
    .addColumn('started_ms', 'real')
    .addColumn('try_of_target', 'integer', (column) => column.notNull())
    .addColumn('prompt_version', 'text')
    .addColumn('losses', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('fault', 'text')
    .addColumn('verdict', 'text')
    .addColumn('status', 'integer')
    .addColumn('upstream_request_id', 'text')
    .addColumn('served_model', 'text')
    .addColumn('first_content_ms', 'real')
    .addColumn('duration_ms', 'real')
    .addColumn('committed', 'integer', (column) => column.notNull().defaultTo(0))
    .addPrimaryKeyConstraint('attempts_key', ['request_id', 'seq'])
    .execute();
  await db.schema
    .createIndex('attempts_reserved')
    .on('attempts')
    .columns(['request_id'])
    .where(sql.ref('state'), '=', 'reserved')
    .execute();
}

async function createFailovers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('failovers')
    .addColumn('request_id', 'text', (column) =>
      column.primaryKey().notNull().references('requests.id').onDelete('cascade'),
    )
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('primary_target', 'text', (column) => column.notNull())
    .addColumn('error', 'text', (column) => column.notNull())
    .addColumn('target', 'text')
    .addColumn('latency_delta_ms', 'real')
    .addColumn('cost_delta_usd', 'real')
    .addColumn('prompt_version', 'text')
    .execute();
  await db.schema.createIndex('failovers_at').on('failovers').columns(['at', 'request_id']).execute();
}

function withUsage<Name extends string>(table: CreateTableBuilder<Name>): CreateTableBuilder<Name> {
  return table
    .addColumn('input_tokens', 'integer')
    .addColumn('cached_input_tokens', 'integer')
    .addColumn('cache_write_tokens', 'integer')
    .addColumn('output_tokens', 'integer')
    .addColumn('reasoning_tokens', 'integer')
    .addColumn('cost_usd', 'real') as CreateTableBuilder<Name>;
}
