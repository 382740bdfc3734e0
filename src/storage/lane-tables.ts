import { type LaneEvent, type LaneMinute, MAX_ORDER_MS, type OperatorAction } from '../engine/record.ts';
import type { LaneRow } from './ledger-row.ts';
import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';
import { clip } from './stored-text.ts';

const maxReasonChars = 200;

const INSERT_ACTION = `insert into operator_actions (id, at, target, lane, action, until_at, by_key, reason, forced)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`;
const INSERT_EVENT = `insert into lane_events (run, at, lane, from_state, to_state, cause) values (?, ?, ?, ?, ?, ?)
  on conflict (run, lane, at, from_state, to_state) do nothing`;
const INSERT_MINUTE = `insert into lane_minutes (run, lane, at, attempts, active, tokens) values (?, ?, ?, ?, ?, ?)
  on conflict (lane, at, run) do nothing`;

/** What still stands is no past, however long ago it was ordered; and what ended it has to stay for as long as it is there. */
const DELETE_ACTIONS = `delete from operator_actions where id in
  (select id from operator_actions where coalesce(until_at, at + ${MAX_ORDER_MS}) < ? order by at limit ?)`;
const DELETE_EVENTS =
  'delete from lane_events where key in (select key from lane_events where at < ? order by at limit ?)';
const DELETE_MINUTES =
  'delete from lane_minutes where rowid in (select rowid from lane_minutes where at < ? order by at limit ?)';

/** The writing side of what happened to lanes. Rows are rare, so no statement is kept. */
export class LaneTables {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  write(entry: LaneRow, run: string): void {
    switch (entry.kind) {
      case 'operator-action':
        return this.#run(INSERT_ACTION, actionCells(entry.row));
      case 'lane-event':
        return this.#run(INSERT_EVENT, eventCells(run, entry.row));
      case 'lane-minute':
        return this.#run(INSERT_MINUTE, minuteCells(run, entry.row));
    }
  }

  /** Deletes at most `limit` rows of each table; gives the most that one of them lost, so that less than `limit` means done. */
  sweepStep(before: { readonly beforeMs: number; readonly minutesBeforeMs: number }, limit: number): number {
    const deleted = [
      this.#connection.prepare(DELETE_ACTIONS).run([before.beforeMs, limit]),
      this.#connection.prepare(DELETE_EVENTS).run([before.beforeMs, limit]),
      this.#connection.prepare(DELETE_MINUTES).run([before.minutesBeforeMs, limit]),
    ];
    return Math.max(...deleted.map(({ changes }) => Number(changes)));
  }

  #run(sql: string, cells: SqlValue[]): void {
    this.#connection.prepare(sql).run(cells);
  }
}

function actionCells(row: OperatorAction): SqlValue[] {
  return [
    row.id,
    Math.round(row.at),
    row.target,
    row.lane,
    row.action,
    row.until === undefined ? null : Math.round(row.until),
    row.by,
    row.reason === undefined ? null : clip(row.reason, maxReasonChars),
    row.forced ? 1 : 0,
  ];
}

function eventCells(run: string, row: LaneEvent): SqlValue[] {
  return [run, Math.round(row.at), row.lane, row.from, row.to, row.cause === undefined ? null : clip(row.cause)];
}

function minuteCells(run: string, row: LaneMinute): SqlValue[] {
  return [run, row.lane, Math.round(row.at), row.attempts, row.active, Math.round(row.tokens)];
}
