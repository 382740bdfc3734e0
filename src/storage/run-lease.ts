import type { RunsTable } from './schema.ts';
import type { SealChain } from './seal-chain.ts';
import type { SqliteConnection } from './sqlite-driver.ts';

/** Who writes: one process that has the ledger open. */
export interface RunIdentity {
  /** Never twice the same. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** `performance.timeOrigin` of the main thread, rounded: a restarted container has the same host and pid again. */
  readonly processStartedAt: number;
}

/** How often a live process renews its lease. */
export const beatMs = 10_000;
/** A run whose lease is older than this is over, wherever it ran. */
export const staleAfterMs = 60_000;

/** Enters the run, or enters it again after its writer thread was restarted. */
export function registerRun(connection: SqliteConnection, run: RunIdentity, now: number): void {
  connection
    .prepare(
      `insert into runs (id, host, pid, process_started_at, started_at, beat_at) values (?, ?, ?, ?, ?, ?)
       on conflict (id) do update set beat_at = excluded.beat_at, ended_at = null, recovered_at = null`,
    )
    .run([run.id, run.host, run.pid, run.processStartedAt, now, now]);
}

/** Ends the lease, so that whoever opens the file next need not wait for it to grow stale. */
export function endRun(connection: SqliteConnection, run: RunIdentity, now: number): void {
  connection.prepare('update runs set beat_at = ?, ended_at = ? where id = ?').run([now, now, run.id]);
}

/**
 * Whether a run is over. On this host its process can be asked for; elsewhere only the lease tells. A process that was
 * merely asleep may be taken for dead: its rows then read `unknown` until it ends them, which overwrites the mark.
 */
export function isOver(run: RunsTable, self: RunIdentity, now: number, pidExists = exists): boolean {
  if (run.id === self.id) return false;
  if (run.ended_at !== null) return true;
  if (run.host === self.host) {
    if (run.pid === self.pid && run.process_started_at !== self.processStartedAt) return true;
    if (run.pid !== self.pid && !pidExists(run.pid)) return true;
  }
  return now - run.beat_at > staleAfterMs;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Marks what finished runs left behind: requests begun without an end, and attempts that were reserved, become
 * `unknown`, and are sealed so. Rows of live processes are left alone.
 * @returns how many requests were marked.
 */
export function recoverFinishedRuns(
  connection: SqliteConnection,
  chain: SealChain,
  self: RunIdentity,
  now: number,
): number {
  const candidates = connection.prepare('select * from runs where recovered_at is null').all([]) as RunsTable[];
  const over = candidates.filter((run) => isOver(run, self, now));
  if (over.length === 0) return 0;
  return chain.transact((seal) => {
    let marked = 0;
    for (const run of over) marked += recover(connection, chain, { runId: run.id, seal, now });
    return marked;
  });
}

const RESERVED = `from attempts where state = 'reserved'
  and exists (select 1 from requests where requests.id = attempts.request_id and requests.run = ?)`;
const UNFINISHED = 'from requests where outcome is null and run = ?';

function recover(
  connection: SqliteConnection,
  chain: SealChain,
  { runId, seal, now }: { readonly runId: string; readonly seal: number; readonly now: number },
): number {
  const attempts = connection.prepare(`select request_id, seq ${RESERVED}`).all([runId]) as {
    request_id: string;
    seq: number;
  }[];
  const requests = connection.prepare(`select id ${UNFINISHED}`).all([runId]) as { id: string }[];
  const markAttempt = connection.prepare(
    `update attempts set state = 'unknown', seal = ? where request_id = ? and seq = ?`,
  );
  for (const { request_id: id, seq } of attempts) {
    markAttempt.run([seal, id, seq]);
    chain.addStored('a', [id, seq]);
  }
  const markRequest = connection.prepare(`update requests set outcome = 'unknown', seal = ? where id = ?`);
  for (const { id } of requests) {
    markRequest.run([seal, id]);
    chain.addStored('r', [id]);
  }
  connection.prepare('update runs set recovered_at = ? where id = ?').run([now, runId]);
  return requests.length;
}
