import type { JobView } from '../engine/job-store.ts';
import type { CallerDialectName } from '../model/dialect-name.ts';
import type { TargetReport } from '../model/failure.ts';
import {
  type ClaimedDelivery,
  type ClaimedJob,
  type DeliveryState,
  JOB_STATES,
  type JobFailure,
  type JobState,
  type JobTotal,
  type RouteHold,
  type StoredJob,
} from '../model/job.ts';
import { LedgerError } from './ledger-error.ts';
import type { JobsTable } from './schema.ts';
import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';

const columns = `j.seq, j.id, j.caller, j.route, j.dialect, j.state, j.attempts, j.created_at, j.deadline_at, j.not_before,
  j.finished_at, j.webhook, j.request_ids, j.failure, j.reason, h.since as held_since, h.targets as held_targets`;
const from = 'from jobs j left join job_holds h on h.route = j.route';
const waiting = `state in ('queued', 'held')`;

type Row = Omit<JobsTable, 'body' | 'options' | 'result'> & {
  readonly held_since: number | null;
  readonly held_targets: string | null;
};

export interface JobQuery {
  readonly limit: number;
  readonly caller?: string;
  readonly state?: JobState;
  readonly route?: string;
  /** Id of the last job of the page before. */
  readonly after?: string;
}

export interface JobPage {
  /** The newest first. */
  readonly jobs: readonly StoredJob[];
  readonly more: boolean;
}

/** How a webhook was told, or is being told, of a job's end. */
export interface StoredDelivery {
  readonly id: string;
  readonly webhook: string;
  readonly state: DeliveryState;
  readonly tries: number;
  readonly error?: string;
}

/** The statements that read deferred jobs. Each is served by an index. */
export class JobQueries implements JobView {
  readonly #connection: SqliteConnection;
  readonly #now: () => number;

  /** `now`: milliseconds since 1970. */
  constructor(connection: SqliteConnection, now: () => number) {
    this.#connection = connection;
    this.#now = now;
  }

  job(id: string): StoredJob | undefined {
    const [row] = this.#rows<Row>(`select ${columns} ${from} where j.id = ?`, [id]);
    return row && storedJob(row);
  }

  /** The job that a caller's key stands for. */
  byKey(caller: string, key: string): StoredJob | undefined {
    const [row] = this.#rows<Row>(`select ${columns} ${from} where j.caller = ? and j.idempotency_key = ?`, [
      caller,
      key,
    ]);
    return row && storedJob(row);
  }

  /** What was submitted under its key, as a hash. */
  digest(id: string): string | undefined {
    return this.#rows<{ digest: string }>('select digest from jobs where id = ?', [id])[0]?.digest;
  }

  /** JSON of the answer; undefined where there is none. */
  result(id: string): string | undefined {
    return this.#rows<{ result: string | null }>('select result from jobs where id = ?', [id])[0]?.result ?? undefined;
  }

  deliveries(id: string): readonly StoredDelivery[] {
    return this.#rows<{ id: string; webhook: string; state: DeliveryState; tries: number; error: string | null }>(
      'select id, webhook, state, tries, error from job_deliveries where job = ? order by rowid',
      [id],
    ).map(({ error, ...rest }) => ({ ...rest, ...(error !== null && { error }) }));
  }

  /** How many jobs of its route have their turn before it. */
  ahead(id: string): number {
    const [row] = this.#rows<{ ahead: number }>(
      `select count(*) as ahead from jobs j join jobs mine on mine.id = ?
       where j.route = mine.route and j.state in ('queued', 'held') and j.turn < mine.turn`,
      [id],
    );
    return row?.ahead ?? 0;
  }

  /** Undefined where `after` names no job. */
  list({ limit, caller, state, route, after }: JobQuery): JobPage | undefined {
    const conditions = ['1 = 1'];
    const parameters: SqlValue[] = [];
    const only = (condition: string, value: SqlValue | undefined) => {
      if (value === undefined) return;
      conditions.push(condition);
      parameters.push(value);
    };
    only('j.caller = ?', caller);
    only('j.state = ?', state);
    only('j.route = ?', route);
    if (after !== undefined) {
      const [last] = this.#rows<{ seq: number; caller: string }>('select seq, caller from jobs where id = ?', [after]);
      if (!last || (caller !== undefined && last.caller !== caller)) return undefined;
      only('j.seq < ?', last.seq);
    }
    const found = this.#rows<Row>(
      `select ${columns} ${from} where ${conditions.join(' and ')} order by j.seq desc limit ?`,
      [...parameters, limit + 1],
    );
    return { jobs: found.slice(0, limit).map(storedJob), more: found.length > limit };
  }

  claimed(token: string): ClaimedJob | undefined {
    const [row] = this.#rows<Row & { body: string | null; options: string }>(
      `select ${columns}, j.body, j.options ${from} where j.token = ? and j.state = 'running'`,
      [token],
    );
    if (!row) return undefined;
    return {
      ...storedJob(row),
      body: row.body ?? '{}',
      options: row.options,
      leftMs: row.deadline_at - this.#now(),
    };
  }

  delivery(token: string): ClaimedDelivery | undefined {
    const [row] = this.#rows<{ id: string; webhook: string; tries: number; job: string }>(
      'select id, webhook, tries, job from job_deliveries where token = ?',
      [token],
    );
    const job = row && this.job(row.job);
    if (!row || !job) return undefined;
    const result = this.result(row.job);
    return { id: row.id, webhook: row.webhook, tries: row.tries, job, ...(result !== undefined && { result }) };
  }

  standing(tokens: readonly string[]): ReadonlySet<string> {
    const found = new Set<string>();
    for (const token of tokens) {
      const standing = this.#rows(
        `select 1 from jobs where token = ? and state = 'running' union all select 1 from job_deliveries where token = ?`,
        [token, token],
      );
      if (standing.length > 0) found.add(token);
    }
    return found;
  }

  totals(): readonly JobTotal[] {
    const rows = this.#rows<JobTotal>('select route, state, jobs, bytes from job_totals where jobs > 0', []);
    return rows.map((row) => ({ ...row, state: stateOf(row.state) }));
  }

  dueRoutes(): readonly string[] {
    const now = this.#now();
    const routes = new Set(
      this.totals().flatMap(({ route, state }) => (state === 'queued' || state === 'held' ? [route] : [])),
    );
    return [...routes].filter(
      (route) =>
        this.#rows(`select 1 from jobs where route = ? and ${waiting} and not_before <= ? limit 1`, [route, now])
          .length > 0,
    );
  }

  heldRoutes(): readonly string[] {
    return this.#rows<{ route: string }>('select route from job_holds', []).map(({ route }) => route);
  }

  deliveryIsDue(): boolean {
    const sql = `select 1 from job_deliveries where state = 'pending' and token is null and not_before <= ? limit 1`;
    return this.#rows(sql, [this.#now()]).length > 0;
  }

  /** Milliseconds that the oldest waiting job has waited; 0 where none waits. */
  oldestAgeMs(): number {
    // Jobs are numbered in the order in which they came.
    const oldest = (['queued', 'held'] as const).flatMap((state) =>
      this.#rows<{ created_at: number }>('select created_at from jobs where state = ? order by seq limit 1', [state]),
    );
    const first = Math.min(...oldest.map((row) => row.created_at));
    return Number.isFinite(first) ? Math.max(0, this.#now() - first) : 0;
  }

  /** Messages that are still to be delivered, and those given up. */
  deliveryTotals(): { readonly pending: number; readonly dead: number } {
    const rows = this.#rows<{ state: DeliveryState; count: number }>(
      `select state, count(*) as count from job_deliveries where state <> 'delivered' group by state`,
      [],
    );
    const of = (state: DeliveryState) => rows.find((row) => row.state === state)?.count ?? 0;
    return { pending: of('pending'), dead: of('dead') };
  }

  close(): void {
    this.#connection.close();
  }

  #rows<T>(sql: string, parameters: readonly SqlValue[]): T[] {
    return this.#connection.prepare(sql).all([...parameters]) as T[];
  }
}

function storedJob(row: Row): StoredJob {
  const state = stateOf(row.state);
  const routeHold: RouteHold | undefined =
    row.held_since === null || (state !== 'queued' && state !== 'held')
      ? undefined
      : { since: row.held_since, targets: JSON.parse(row.held_targets ?? '[]') as TargetReport[] };
  return {
    id: row.id,
    caller: row.caller,
    route: row.route,
    dialect: row.dialect as CallerDialectName,
    state: routeHold ? 'held' : state,
    attempts: row.attempts,
    createdAt: row.created_at,
    deadlineAt: row.deadline_at,
    notBefore: row.not_before,
    ...(row.finished_at !== null && { finishedAt: row.finished_at }),
    ...(row.webhook !== null && { webhook: row.webhook }),
    requestIds: JSON.parse(row.request_ids) as string[],
    ...(row.failure !== null && { failure: JSON.parse(row.failure) as JobFailure }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(routeHold && { routeHold }),
  };
}

function stateOf(text: string): JobState {
  const state = JOB_STATES.find((known) => known === text);
  if (!state) throw new LedgerError('damaged', `a job is in the state ${JSON.stringify(text)}, which is none`);
  return state;
}
