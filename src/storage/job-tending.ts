import type { JobTending } from '../engine/job-store.ts';
import type { JobFailure } from '../model/job.ts';
import type { JobEnd } from './job-tables.ts';
import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';

/** Most jobs that one tending changes of a kind; the next one goes on. */
const stepJobs = 500;

interface TendingContext {
  readonly now: number;
  /** By how much the clock was set back since this was last done. */
  readonly setBackMs: number;
  /** The run whose own leases are never taken for lost. */
  readonly run: string;
  finish(id: string, end: JobEnd): number;
}

/**
 * What time brings about, inside the transaction of whoever calls: jobs and deliveries whose process is gone are free
 * again, deadlines that have passed end their jobs, pauses that only a clock set back can explain are cut short, and what
 * has been kept for its time goes.
 */
export function tendJobs(connection: SqliteConnection, order: JobTending, context: TendingContext): number {
  const rows = <T>(sql: string, parameters: SqlValue[]) => connection.prepare(sql).all(parameters) as T[];
  const change = (sql: string, parameters: SqlValue[]) => Number(connection.prepare(sql).run(parameters).changes);
  const { now, run } = context;
  // A lease that ends later than any that is given now was given before the clock was set back.
  const lost = `run <> ? and (lease_until < ? or lease_until > ? or exists
    (select 1 from runs where runs.id = run and (runs.ended_at is not null or runs.recovered_at is not null)))`;
  const lostAt = [run, now, now + 2 * order.leaseMs];
  let changed = 0;
  const orphans = rows<{ id: string; attempts: number }>(
    `select id, attempts from jobs where state = 'running' and ${lost} limit ${stepJobs}`,
    lostAt,
  );
  for (const { id, attempts } of orphans) {
    changed +=
      attempts >= order.attempts
        ? context.finish(id, { state: 'dead', failure: CUT_OFF, reason: `given up after ${attempts} attempts` })
        : change(`update jobs set state = 'queued', run = null, token = null, lease_until = null where id = ?`, [id]);
  }
  changed += change(
    `update job_deliveries set run = null, token = null, lease_until = null where token is not null and ${lost}`,
    lostAt,
  );
  const late = rows<{ id: string }>(
    `select id from jobs where state in ('queued', 'held', 'running') and deadline_at <= ? limit ${stepJobs}`,
    [now],
  );
  for (const { id } of late) changed += context.finish(id, { state: 'expired' });
  shortenPauses(change, { now, setBackMs: context.setBackMs, longestWaitMs: order.longestWaitMs });
  changed += change(
    `delete from jobs where seq in
     (select seq from jobs where finished_at is not null and finished_at < ? order by finished_at limit ${stepJobs})`,
    [now - order.keepMs],
  );
  return changed;
}

/** A pause lasts as long as it was meant to, even where the clock was set back meanwhile; one that nobody saw begin, not for ever. */
function shortenPauses(
  change: (sql: string, parameters: SqlValue[]) => number,
  { now, setBackMs, longestWaitMs }: { now: number; setBackMs: number; longestWaitMs: number },
): void {
  for (const table of [
    `jobs set not_before = # where state in ('queued', 'held')`,
    `job_deliveries set not_before = # where state = 'pending'`,
  ]) {
    if (setBackMs > 0) change(`update ${table.replace('#', 'not_before - ?')} and not_before > ?`, [setBackMs, now]);
    change(`update ${table.replace('#', '?')} and not_before > ?`, [now, now + longestWaitMs]);
  }
}

const CUT_OFF: JobFailure = {
  code: 'internal_error',
  status: 500,
  message: 'each process that ran it ended before the answer was there',
  targets: [],
};
