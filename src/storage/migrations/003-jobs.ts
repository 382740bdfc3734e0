import { type Kysely, sql } from 'kysely';

/** Deferred jobs, the deliveries of their ends, the routes that are held, and totals that are never counted anew. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createJobs(db);
  await createJobTotals(db);
  await createDeliveries(db);
  await db.schema
    .createTable('job_holds')
    .addColumn('route', 'text', (column) => column.primaryKey().notNull())
    .addColumn('since', 'integer', (column) => column.notNull())
    .addColumn('targets', 'text', (column) => column.notNull())
    .execute();
}

async function createJobs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('jobs')
    .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement().notNull())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('caller', 'text', (column) => column.notNull())
    .addColumn('idempotency_key', 'text')
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('route', 'text', (column) => column.notNull())
    .addColumn('dialect', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('turn', 'integer', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('deadline_at', 'integer', (column) => column.notNull())
    .addColumn('not_before', 'integer', (column) => column.notNull())
    .addColumn('finished_at', 'integer')
    .addColumn('webhook', 'text')
    .addColumn('run', 'text')
    .addColumn('token', 'text')
    .addColumn('lease_until', 'integer')
    .addColumn('request_ids', 'text', (column) => column.notNull().defaultTo('[]'))
    .addColumn('failure', 'text')
    .addColumn('reason', 'text')
    .addColumn('bytes', 'integer', (column) => column.notNull())
    .addColumn('options', 'text', (column) => column.notNull())
    .addColumn('body', 'text')
    .addColumn('result', 'text')
    .execute();
  const waiting = sql`state in ('queued', 'held')`;
  await sql`create unique index jobs_key on jobs (caller, idempotency_key) where idempotency_key is not null`.execute(
    db,
  );
  await sql`create index jobs_caller on jobs (caller, seq)`.execute(db);
  await sql`create index jobs_state on jobs (state, seq)`.execute(db);
  await sql`create index jobs_due on jobs (route, not_before) where ${waiting}`.execute(db);
  await sql`create index jobs_turn on jobs (route, turn) where ${waiting}`.execute(db);
  await sql`create index jobs_last on jobs (turn)`.execute(db);
  await sql`create index jobs_age on jobs (route, seq) where ${waiting}`.execute(db);
  await sql`create index jobs_pause on jobs (not_before) where ${waiting}`.execute(db);
  await sql`create index jobs_deadline on jobs (deadline_at) where state in ('queued', 'held', 'running')`.execute(db);
  await sql`create index jobs_lease on jobs (token) where state = 'running'`.execute(db);
  await sql`create index jobs_finished on jobs (finished_at) where finished_at is not null`.execute(db);
}

/** Triggers keep the totals, so that asking whether there is room costs the same however many wait. */
async function createJobTotals(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('job_totals')
    .addColumn('route', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('jobs', 'integer', (column) => column.notNull())
    .addColumn('bytes', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('job_totals_key', ['route', 'state'])
    .execute();
  const add = (row: 'new' | 'old', sign: '+' | '-') =>
    `insert into job_totals (route, state, jobs, bytes) values (${row}.route, ${row}.state, ${sign}1, ${sign}${row}.bytes)
     on conflict (route, state) do update set jobs = jobs ${sign} 1, bytes = bytes ${sign} ${row}.bytes;`;
  const trigger = (name: string, on: string, body: string) =>
    sql.raw(`create trigger jobs_${name} after ${on} on jobs begin ${body} end`).execute(db);
  await trigger('added', 'insert', add('new', '+'));
  // Callers may name routes: those without a job must not stay.
  const drop = `delete from job_totals where route = old.route and state = old.state and jobs <= 0;`;
  await trigger('moved', 'update of state', `${add('old', '-')} ${add('new', '+')} ${drop}`);
  await trigger('removed', 'delete', `${add('old', '-')} ${drop}`);
}

async function createDeliveries(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('job_deliveries')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('job', 'text', (column) => column.notNull().references('jobs.id').onDelete('cascade'))
    .addColumn('webhook', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('tries', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('not_before', 'integer', (column) => column.notNull())
    .addColumn('run', 'text')
    .addColumn('token', 'text')
    .addColumn('lease_until', 'integer')
    .addColumn('error', 'text')
    .execute();
  await sql`create index job_deliveries_job on job_deliveries (job)`.execute(db);
  await sql`create index job_deliveries_due on job_deliveries (not_before) where state = 'pending'`.execute(db);
  await sql`create index job_deliveries_lease on job_deliveries (token) where token is not null`.execute(db);
  await sql`create index job_deliveries_state on job_deliveries (state) where state <> 'delivered'`.execute(db);
}
