import { type LaneEvent, OPERATOR_ACTIONS, type OperatorAction } from '../engine/record.ts';
import { LedgerError } from './ledger-error.ts';
import type { LaneEventsTable, OperatorActionsTable } from './schema.ts';
import { pageSize, TableReader } from './table-reader.ts';

/** The most that a lane carried in any one minute of a span. */
export interface LanePeak {
  /** Beginning of the minute with the most attempts, wall clock, milliseconds since 1970. */
  readonly at: number;
  /** Attempts begun in that minute. */
  readonly attempts: number;
  /** Most attempts under way at once, in any minute of the span. */
  readonly active: number;
  /** Most tokens of a minute, input and output together. */
  readonly tokens: number;
}

/** The state that the breaker of a lane was in at some moment. */
export interface LaneThen {
  readonly lane: string;
  readonly state: string;
  /** When it came into that state, wall clock. */
  readonly since: number;
  readonly cause?: string;
}

/** How requests of a route fared around some moment. */
export interface RouteThen {
  readonly servedBy: string | undefined;
  readonly outcome: string;
  readonly degradedCause: string | undefined;
  readonly requests: number;
}

/** What ends an action before its time. */
const ENDED_BY = `case one.action when 'drain' then 'undrain' when 'hold' then 'release' else 'breaker-close' end`;

const maxLanes = 10_000;
const maxGroups = 50;

/** Reads what happened to lanes. Every answer is bounded and served by an index. Times: wall clock, milliseconds since 1970. */
export interface LaneReader {
  /** What operators did, newest first; at most 200. Before a moment, where one is given. */
  actions(query: {
    readonly limit: number;
    readonly lane?: string;
    readonly before?: number;
  }): readonly OperatorAction[];
  /** Drains, holds and open breakers that operators ordered and that stood at a moment, one a lane and kind. */
  standing(at: number): readonly OperatorAction[];
  /** What moved the breakers, newest first; at most 200. */
  events(query: { readonly limit: number; readonly lane?: string; readonly before?: number }): readonly LaneEvent[];
  /** The breakers that were not closed at a moment; undefined where no gateway was running then. */
  breakersAt(at: number): readonly LaneThen[] | undefined;
  /** Undefined where the lane carried nothing since then. */
  peak(lane: string, since: number): LanePeak | undefined;
  /** Who served a route in a span, the most frequent first. */
  served(route: string, span: { readonly from: number; readonly to: number }): readonly RouteThen[];
  close(): void;
}

/**
 * Opens an existing ledger for reading only.
 * @throws LedgerError `file-absent`, `not-a-ledger`, `damaged`, `unwritable`, `driver-missing`
 */
export function openLaneReader(options: { readonly file: string }): LaneReader {
  return new SqliteLaneReader(new TableReader(options.file, 'lane_minutes'));
}

class SqliteLaneReader implements LaneReader {
  readonly #tables: TableReader;

  constructor(tables: TableReader) {
    this.#tables = tables;
  }

  actions({ limit, lane, before }: Parameters<LaneReader['actions']>[0]): readonly OperatorAction[] {
    const rows = this.#tables.read<OperatorActionsTable>(
      `select * from operator_actions where at < ? ${lane === undefined ? '' : 'and lane = ?'}
       order by at desc, id desc limit ?`,
      [before ?? Number.MAX_SAFE_INTEGER, ...(lane === undefined ? [] : [lane]), pageSize(limit)],
    );
    return rows.map(actionOf);
  }

  standing(at: number): readonly OperatorAction[] {
    const rows = this.#tables.read<OperatorActionsTable>(
      `select * from operator_actions as one where at <= ?1 and until_at > ?1 and not exists (
         select 1 from operator_actions as later
         where later.lane = one.lane and later.at <= ?1 and later.rowid > one.rowid and later.action in (one.action, ${ENDED_BY})
       ) order by at limit ?2`,
      [at, maxLanes],
    );
    return rows.map(actionOf);
  }

  events({ limit, lane, before }: Parameters<LaneReader['events']>[0]): readonly LaneEvent[] {
    const rows = this.#tables.read<LaneEventsTable>(
      `select * from lane_events where at < ? ${lane === undefined ? '' : 'and lane = ?'} order by at desc, key desc limit ?`,
      [before ?? Number.MAX_SAFE_INTEGER, ...(lane === undefined ? [] : [lane]), pageSize(limit)],
    );
    return rows.map((row) => ({
      at: row.at,
      lane: row.lane,
      from: row.from_state,
      to: row.to_state,
      ...(row.cause !== null && { cause: row.cause }),
    }));
  }

  /** Of processes that share a file, the one that was started last tells: each has breakers of its own. */
  breakersAt(at: number): readonly LaneThen[] | undefined {
    const [run] = this.#tables.read<{ id: string; over_at: number | null }>(
      `select id, coalesce(ended_at, case when recovered_at is null then null else beat_at end) as over_at
       from runs where started_at <= ? order by started_at desc limit 1`,
      [at],
    );
    if (!run || (run.over_at !== null && run.over_at < at)) return undefined;
    // SQLite gives the columns of the row that has the greatest key.
    const rows = this.#tables.read<Pick<LaneEventsTable, 'lane' | 'at' | 'to_state' | 'cause'>>(
      `select lane, at, to_state, cause, max(key) from lane_events where run = ? and at <= ? group by lane limit ?`,
      [run.id, at, maxLanes],
    );
    return rows
      .filter(({ to_state: state }) => state !== 'closed')
      .map(({ lane, at: since, to_state: state, cause }) => ({ lane, state, since, ...(cause !== null && { cause }) }));
  }

  peak(lane: string, since: number): LanePeak | undefined {
    const [row] = this.#tables.read<{ at: number | null; attempts: number; active: number; tokens: number }>(
      `select at, max(attempts) as attempts, (select max(busy) from (select sum(active) as busy from lane_minutes
         where lane = ?1 and at >= ?2 group by at)) as active, (select max(many) from (select sum(tokens) as many
         from lane_minutes where lane = ?1 and at >= ?2 group by at)) as tokens
       from (select at, sum(attempts) as attempts from lane_minutes where lane = ?1 and at >= ?2 group by at)`,
      [lane, since],
    );
    return row && row.at !== null ? { ...row, at: row.at } : undefined;
  }

  served(route: string, { from, to }: { readonly from: number; readonly to: number }): readonly RouteThen[] {
    const rows = this.#tables.read<{
      served_by: string | null;
      outcome: string | null;
      cause: string | null;
      n: number;
    }>(
      `select served_by, outcome, degraded_cause as cause, count(*) as n from requests
       where route = ? and at >= ? and at <= ? group by served_by, outcome, degraded_cause order by n desc limit ?`,
      [route, from, to, maxGroups],
    );
    return rows.map((row) => ({
      servedBy: row.served_by ?? undefined,
      outcome: row.outcome ?? 'running',
      degradedCause: row.cause ?? undefined,
      requests: row.n,
    }));
  }

  close(): void {
    this.#tables.close();
  }
}

function actionOf(row: OperatorActionsTable): OperatorAction {
  const action = OPERATOR_ACTIONS.find((known) => known === row.action);
  if (!action) throw new LedgerError('damaged', `Column action of operator action ${row.id} holds "${row.action}".`);
  return {
    id: row.id,
    at: row.at,
    target: row.target,
    lane: row.lane,
    action,
    ...(row.until_at !== null && { until: row.until_at }),
    by: row.by_key,
    ...(row.reason !== null && { reason: row.reason }),
    forced: row.forced === 1,
  };
}
