import type { DeliveryOutcome, JobOrder, JobOutcome, QueueLimits, Submission } from '../engine/job-store.ts';
import { SUBMISSIONS } from '../engine/job-store.ts';
import type { JobFailure, JobState, NewJob } from '../model/job.ts';
import { databaseNow } from './database-clock.ts';
import { tendJobs } from './job-tending.ts';
import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';

/** Runs of a job whose ids are kept: enough to find the last ones in the ledger, and bounded. */
const maxRequestIds = 20;

const waiting = `state in ('queued', 'held')`;
/** Behind all that wait now. */
const lastTurn = '(select coalesce(max(turn), 0) + 1 from jobs)';
const open = `state in ('queued', 'held', 'running')`;

/** Who takes jobs, and what time it is. */
export interface JobTablesOptions {
  /** Id of the run that holds the leases taken here. */
  readonly run: string;
  /** Milliseconds since 1970; the clock of the database unless told. Leases and deadlines are compared with it alone. */
  readonly now?: () => number;
}

/**
 * The writing side of deferred jobs, on the connection of the writer thread. Every order is one transaction. A lease is
 * a token that only its holder knows: whoever has lost it changes nothing any more.
 */
export class JobTables {
  readonly #connection: SqliteConnection;
  readonly #run: string;
  readonly #now: () => number;
  #tendedAt = 0;

  constructor(connection: SqliteConnection, { run, now }: JobTablesOptions) {
    this.#connection = connection;
    this.#run = run;
    this.#now = now ?? (() => databaseNow(connection));
  }

  /** Throws the driver's errors; nothing of the order was done then. */
  execute(order: JobOrder): number {
    this.#connection.exec('begin immediate');
    try {
      const result = this.#execute(order);
      this.#connection.exec('commit');
      return result;
    } catch (error) {
      try {
        this.#connection.exec('rollback');
      } catch {
        // A full disk or a failing one has SQLite roll back by itself; there is no transaction left then.
      }
      throw error;
    }
  }

  #execute(order: JobOrder): number {
    switch (order.kind) {
      case 'submit':
        return SUBMISSIONS.indexOf(this.#submit(order.job, order.limits));
      case 'claim':
        return this.#claim(order);
      case 'renew':
        return this.#renew(order.tokens, order.leaseMs);
      case 'settle':
        return this.#settle(order.token, order.outcome);
      case 'cancel':
        return this.#cancel(order.id, order.caller);
      case 'delete':
        return this.#change('delete from jobs where id = ? and caller = ? and finished_at is not null', [
          order.id,
          order.caller,
        ]);
      case 'retry':
        return this.#retry(order.id, order.deadlineMs);
      case 'hold-route':
        return this.#change(
          `insert into job_holds (route, since, targets) values (?, ?, ?)
           on conflict (route) do update set targets = excluded.targets`,
          [order.route, this.#now(), JSON.stringify(order.targets)],
        );
      case 'release-route':
        return this.#change('delete from job_holds where route = ?', [order.route]);
      case 'claim-delivery':
        return this.#change(
          `update job_deliveries set run = ?, token = ?, lease_until = ?, tries = tries + 1 where id =
           (select id from job_deliveries where state = 'pending' and token is null and not_before <= ? order by not_before limit 1)`,
          [this.#run, order.token, this.#now() + order.leaseMs, this.#now()],
        );
      case 'settle-delivery':
        return this.#settleDelivery(order.token, order.outcome);
      case 'tend': {
        const now = this.#now();
        const setBackMs = Math.max(0, this.#tendedAt - now);
        this.#tendedAt = now;
        return tendJobs(this.#connection, order, {
          now,
          setBackMs,
          run: this.#run,
          finish: (id, end) => this.#finish(id, end),
        });
      }
    }
  }

  #submit(job: NewJob, limits: QueueLimits): Submission {
    if (job.idempotencyKey !== undefined) {
      const [before] = this.#rows<{ digest: string }>(
        'select digest from jobs where caller = ? and idempotency_key = ?',
        [job.caller, job.idempotencyKey],
      );
      if (before) return before.digest === job.digest ? 'known' : 'conflict';
    }
    const bytes = Buffer.byteLength(job.body);
    const full = this.#full(job.route, bytes, limits);
    if (full) return full;
    const now = this.#now();
    this.#change(
      `insert into jobs (id, caller, idempotency_key, digest, route, dialect, state, turn, created_at, deadline_at,
       not_before, webhook, bytes, options, body) values (?, ?, ?, ?, ?, ?, 'queued', ${lastTurn}, ?, ?, 0, ?, ?, ?, ?)`,
      [
        ...[job.id, job.caller, job.idempotencyKey ?? null, job.digest, job.route, job.dialect],
        ...[now, now + job.deadlineMs, job.webhook ?? null, bytes, job.options, job.body],
      ],
    );
    return 'stored';
  }

  #full(route: string, bytes: number, limits: QueueLimits): Submission | undefined {
    const [total] = this.#rows<{ jobs: number | null; bytes: number | null }>(
      `select sum(jobs) as jobs, sum(bytes) as bytes from job_totals where ${open}`,
      [],
    );
    if ((total?.jobs ?? 0) >= limits.jobs) return 'too-many';
    if ((total?.bytes ?? 0) + bytes > limits.bytes) return 'too-large';
    const [oldest] = this.#rows<{ created_at: number }>(
      `select created_at from jobs where route = ? and ${waiting} order by seq limit 1`,
      [route],
    );
    return oldest && this.#now() - oldest.created_at > limits.ageMs ? 'too-old' : undefined;
  }

  #claim({ route, token, requestId, leaseMs }: Extract<JobOrder, { kind: 'claim' }>): number {
    const now = this.#now();
    const [next] = this.#rows<{ seq: number; request_ids: string }>(
      `select seq, request_ids from jobs where route = ? and ${waiting} and not_before <= ? and deadline_at > ?
       order by turn limit 1`,
      [route, now, now],
    );
    if (!next) return 0;
    const ids = [...(JSON.parse(next.request_ids) as string[]), requestId].slice(-maxRequestIds);
    return this.#change(
      `update jobs set state = 'running', attempts = attempts + 1, run = ?, token = ?, lease_until = ?, request_ids = ?,
       reason = null where seq = ?`,
      [this.#run, token, now + leaseMs, JSON.stringify(ids), next.seq],
    );
  }

  #renew(tokens: readonly string[], leaseMs: number): number {
    const until = this.#now() + leaseMs;
    let renewed = 0;
    for (const token of tokens) {
      renewed += this.#change(`update jobs set lease_until = ? where token = ? and state = 'running'`, [until, token]);
      renewed += this.#change('update job_deliveries set lease_until = ? where token = ?', [until, token]);
    }
    return renewed;
  }

  #settle(token: string, outcome: JobOutcome): number {
    const [job] = this.#rows<{ id: string }>(`select id from jobs where token = ? and state = 'running'`, [token]);
    if (!job) return 0;
    switch (outcome.kind) {
      case 'done':
        return this.#finish(job.id, { state: 'done', result: outcome.result });
      case 'failed':
        return this.#finish(job.id, { state: 'failed', failure: outcome.failure });
      case 'dead':
        return this.#finish(job.id, { state: 'dead', failure: outcome.failure, reason: outcome.reason });
      case 'again':
        return this.#change(
          `update jobs set state = 'queued', not_before = ?, failure = ?, run = null, token = null, lease_until = null where id = ?`,
          [this.#now() + Math.ceil(outcome.waitMs), JSON.stringify(outcome.failure), job.id],
        );
      case 'held':
        return this.#change(
          `update jobs set state = 'held', attempts = attempts - 1, turn = ${lastTurn}, not_before = ?, failure = ?, reason = ?,
           run = null, token = null, lease_until = null where id = ?`,
          [this.#now() + Math.ceil(outcome.waitMs), JSON.stringify(outcome.failure), outcome.reason, job.id],
        );
      case 'given-back':
        return this.#change(
          `update jobs set state = 'queued', attempts = attempts - 1, run = null, token = null, lease_until = null where id = ?`,
          [job.id],
        );
    }
  }

  /** The end of a job, and the message about it, together or not at all. What is not needed any more goes at once. */
  #finish(id: string, end: JobEnd): number {
    const keepsBody = end.state === 'dead' || end.state === 'failed';
    const now = this.#now();
    this.#change(
      `insert into job_deliveries (id, job, webhook, state, not_before)
       select 'msg_' || lower(hex(randomblob(16))), id, webhook, 'pending', 0 from jobs where id = ? and webhook is not null`,
      [id],
    );
    return this.#change(
      `update jobs set state = ?, finished_at = ?, result = ?, failure = coalesce(?, failure), reason = ?,
       run = null, token = null, lease_until = null${keepsBody ? '' : ', body = null'} where id = ?`,
      [end.state, now, end.result ?? null, end.failure ? JSON.stringify(end.failure) : null, end.reason ?? null, id],
    );
  }

  #cancel(id: string, caller: string | undefined): number {
    const [job] = this.#rows<{ caller: string }>(`select caller from jobs where id = ? and ${open}`, [id]);
    if (!job || (caller !== undefined && job.caller !== caller)) return 0;
    return this.#finish(id, { state: 'cancelled' });
  }

  #retry(id: string, deadlineMs: number): number {
    const now = this.#now();
    const done = this.#change(
      `update jobs set state = 'queued', attempts = 0, not_before = 0, deadline_at = ?, finished_at = null, reason = null
       where id = ? and state in ('dead', 'failed') and body is not null`,
      [now + deadlineMs, id],
    );
    // The message of the end before would tell of a job that runs again; of one that stays ended it is sent again.
    if (done > 0) this.#change(`delete from job_deliveries where job = ? and state = 'pending'`, [id]);
    else
      return this.#change(
        `update job_deliveries set state = 'pending', tries = 0, not_before = ? where job = ? and state = 'dead'`,
        [now, id],
      );
    return done;
  }

  #settleDelivery(token: string, outcome: DeliveryOutcome): number {
    const [state, wait, error] =
      outcome.kind === 'again'
        ? ['pending', outcome.waitMs, outcome.error]
        : [outcome.kind, 0, outcome.kind === 'dead' ? outcome.error : null];
    return this.#change(
      `update job_deliveries set state = ?, not_before = ?, error = ?, run = null, token = null, lease_until = null where token = ?`,
      [state, this.#now() + Math.ceil(wait), error, token],
    );
  }

  #rows<T>(sql: string, parameters: readonly SqlValue[]): T[] {
    return this.#connection.prepare(sql).all([...parameters]) as T[];
  }

  #change(sql: string, parameters: readonly SqlValue[]): number {
    return Number(this.#connection.prepare(sql).run([...parameters]).changes);
  }
}

/** How a job ends for good. */
export interface JobEnd {
  readonly state: Exclude<JobState, 'queued' | 'held' | 'running'>;
  readonly result?: string;
  readonly failure?: JobFailure;
  readonly reason?: string;
}
