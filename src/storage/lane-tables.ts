import { type LaneEvent, type LaneMinute, MAX_ORDER_MS, type OperatorAction } from '../engine/record.ts';
import type { LaneRow } from './ledger-row.ts';
import type { SealChain } from './seal-chain.ts';
import { type SweptAction, sweepActions } from './sealed-sweep.ts';
import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';
import { clip, storableCells } from './stored-text.ts';

const maxReasonChars = 200;

const INSERT_ACTION = `insert into operator_actions (id, at, target, lane, action, until_at, by_key, reason, forced, seal)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`;
const INSERT_EVENT = `insert into lane_events (run, at, lane, from_state, to_state, cause) values (?, ?, ?, ?, ?, ?)
  on conflict (run, lane, at, from_state, to_state) do nothing`;
const INSERT_MINUTE = `insert into lane_minutes (run, lane, at, attempts, active, tokens) values (?, ?, ?, ?, ?, ?)
  on conflict (lane, at, run) do nothing`;

/** What still stands is no past, however long ago it was ordered; and what ended it has to stay for as long as it is there. */
const PAST_ACTIONS = `select id, seal from operator_actions where coalesce(until_at, at + ${MAX_ORDER_MS}) < ?
  order by at limit ?`;
const DELETE_EVENTS =
  'delete from lane_events where key in (select key from lane_events where at < ? order by at limit ?)';
const DELETE_MINUTES =
  'delete from lane_minutes where rowid in (select rowid from lane_minutes where at < ? order by at limit ?)';

/** The writing side of what happened to lanes. Rows are rare, so no statement is kept. What operators did is sealed. */
export class LaneTables {
  readonly #connection: SqliteConnection;
  readonly #chain: SealChain;

  constructor(connection: SqliteConnection, chain: SealChain) {
    this.#connection = connection;
    this.#chain = chain;
  }

  write(entry: LaneRow, run: string, seal: number): void {
    switch (entry.kind) {
      case 'operator-action':
        if (this.#run(INSERT_ACTION, [...actionCells(entry.row), seal]) > 0) this.#chain.addStored('o', [entry.row.id]);
        return;
      case 'lane-event':
        this.#run(INSERT_EVENT, eventCells(run, entry.row));
        return;
      case 'lane-minute':
        this.#run(INSERT_MINUTE, minuteCells(run, entry.row));
        return;
    }
  }

  /** Deletes at most `limit` rows of each table; gives the most that one of them lost, so that less than `limit` means done. */
  sweepStep(before: { readonly beforeMs: number; readonly minutesBeforeMs: number }, limit: number): number {
    return this.#chain.transact(() => {
      const past = this.#connection.prepare(PAST_ACTIONS).all([before.beforeMs, limit]) as SweptAction[];
      sweepActions(this.#connection, this.#chain, past);
      return Math.max(
        past.length,
        this.#run(DELETE_EVENTS, [before.beforeMs, limit]),
        this.#run(DELETE_MINUTES, [before.minutesBeforeMs, limit]),
      );
    });
  }

  #run(sql: string, cells: SqlValue[]): number {
    return Number(this.#connection.prepare(sql).run(cells).changes);
  }
}

function actionCells(row: OperatorAction): SqlValue[] {
  return storableCells([
    row.id,
    Math.round(row.at),
    row.target,
    row.lane,
    row.action,
    row.until === undefined ? null : Math.round(row.until),
    row.by,
    row.reason === undefined ? null : clip(row.reason, maxReasonChars),
    row.forced ? 1 : 0,
  ]);
}

function eventCells(run: string, row: LaneEvent): SqlValue[] {
  return [run, Math.round(row.at), row.lane, row.from, row.to, row.cause === undefined ? null : clip(row.cause)];
}

function minuteCells(run: string, row: LaneMinute): SqlValue[] {
  return [run, row.lane, Math.round(row.at), row.attempts, row.active, Math.round(row.tokens)];
}
