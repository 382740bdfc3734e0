import type { AttemptEnded, AttemptStarted, RequestBegun, RequestEnded } from '../engine/record.ts';
import type { LaneRow, LedgerRow, ReceiptRow, RefusedWriting } from './ledger-row.ts';
import { ATTEMPT_ENDED, addValues, BEGUN, type Cells, FAILOVER, REQUEST_ENDED, STARTED } from './row-cells.ts';
import type { SqlValue } from './sqlite-driver.ts';
import { storedLosses } from './stored-text.ts';

/** What is written of a request: its parts as they come, or at once what began and ended in one batch. */
export type StatementKind =
  | 'request-begun'
  | 'request-ended'
  | 'request-whole'
  | 'attempt-started'
  | 'attempt-ended'
  | 'attempt-whole'
  | 'failover';

/**
 * One statement as it goes to the writer thread: the values stand in the order of the statement's marks. Objects with their
 * names would cost more to copy than the statement costs to run.
 */
export interface RowStatement {
  readonly kind: StatementKind;
  readonly requestId: string;
  /** Of a row's end, one of them is the place of its seal's number, which the writer thread knows. */
  readonly values: SqlValue[];
}

/** What the writer thread writes of one batch. */
export type Writing = RowStatement | RareRow;

/** Goes to the writer thread as it is. */
type RareRow = LaneRow | ReceiptRow;

/** The statements that write a batch, and for each of them the positions in the batch of the rows that it writes. */
export interface BatchWriting {
  readonly writings: readonly Writing[];
  readonly sources: readonly (readonly number[])[];
}

const names = <Table, Row>(cells: Cells<Table, Row>) => cells.map(([column]) => column);
const marks = (columns: readonly string[]) => columns.map(() => '?').join(', ');
const assigned = (columns: readonly string[]) => columns.map((column) => `${column} = ?`).join(', ');
/** A row that has no end yet has no seal: the column's default marks rows that are older than seals. */
const insertOpen = (table: string, columns: readonly string[], key: string) =>
  `insert into ${table} (${columns.join(', ')}, seal) values (${marks(columns)}, null) on conflict (${key}) do nothing`;
const insertWhole = (table: string, columns: readonly string[], key: string) =>
  `insert into ${table} (${columns.join(', ')}, seal) values (${marks(columns)}, ?) on conflict (${key}) do nothing`;

/**
 * Every row is idempotent: a batch may be written again after a crash of which nobody knows whether it was before or
 * after the commit. What has ended does not end again; only the mark of a run that was taken for dead is overwritten.
 */
export const STATEMENTS: Readonly<Record<StatementKind, string>> = {
  'request-begun': insertOpen('requests', [...names(BEGUN), 'run'], 'id'),
  'request-ended': `update requests set ${assigned(names(REQUEST_ENDED))}, seal = ? where id = ?
    and (outcome is null or outcome = 'unknown')`,
  'request-whole': insertWhole('requests', [...names(BEGUN), 'run', ...names(REQUEST_ENDED)], 'id'),
  'attempt-started': insertOpen('attempts', [...names(STARTED), 'state', 'losses'], 'request_id, seq'),
  'attempt-ended': `update attempts set ${assigned(names(ATTEMPT_ENDED))}, losses = coalesce(?, losses), seal = ?
    where request_id = ? and seq = ? and state in ('reserved', 'unknown')`,
  'attempt-whole': insertWhole('attempts', [...names(STARTED), ...names(ATTEMPT_ENDED), 'losses'], 'request_id, seq'),
  failover: `insert into failovers (${names(FAILOVER).join(', ')}, seal, request_id, at)
    select ${marks(names(FAILOVER))}, ?, id, cast(at + coalesce(duration_ms, 0) as integer) from requests where id = ?
    on conflict (request_id) do nothing`,
};

/** One request, or one attempt, as far as a batch tells of it; `rows`: the positions of what tells it. */
type Part = { readonly rows: readonly number[] } & (
  | { readonly kind: 'request-begun'; readonly begun: RequestBegun }
  | { readonly kind: 'request-ended'; readonly ended: RequestEnded }
  | { readonly kind: 'request-whole'; readonly begun: RequestBegun; readonly ended: RequestEnded }
  | { readonly kind: 'attempt-started'; readonly started: AttemptStarted }
  | { readonly kind: 'attempt-ended'; readonly ended: AttemptEnded }
  | { readonly kind: 'attempt-whole'; readonly started: AttemptStarted; readonly ended: AttemptEnded }
  | { readonly kind: 'rare'; readonly row: RareRow }
);

/**
 * What is to be written of a batch. What began and ended within it is one statement instead of two; it stands where its
 * beginning stood, so that nothing is told of what is not there yet.
 */
export function writingOf(rows: readonly LedgerRow[], run: string): BatchWriting {
  const writings: Writing[] = [];
  const sources: (readonly number[])[] = [];
  for (const part of partsOf(rows)) {
    writings.push(writingOfPart(part, run));
    sources.push(part.rows);
    const failover = failoverOf(part);
    if (!failover) continue;
    writings.push(failover);
    sources.push(part.rows);
  }
  return { writings, sources };
}

/** Why rows of a batch were refused, by their position in it. */
export function whyRefused(
  rows: readonly LedgerRow[],
  run: string,
  refused: readonly RefusedWriting[],
): ReadonlyMap<number, string> {
  const { sources } = writingOf(rows, run);
  return new Map(refused.flatMap(({ index, why }) => (sources[index] ?? []).map((row) => [row, why] as const)));
}

function partsOf(rows: readonly LedgerRow[]): Part[] {
  const parts: Part[] = [];
  const begins = new Map<string, number>();
  for (const [at, entry] of rows.entries()) {
    switch (entry.kind) {
      case 'request-begun':
        begins.set(entry.row.requestId, parts.length);
        parts.push({ kind: entry.kind, begun: entry.row, rows: [at] });
        break;
      case 'attempt-started':
        begins.set(attemptKey(entry.row), parts.length);
        parts.push({ kind: entry.kind, started: entry.row, rows: [at] });
        break;
      case 'request-ended': {
        const from = begins.get(entry.row.requestId) ?? -1;
        const open = parts[from];
        if (open?.kind !== 'request-begun') parts.push({ kind: entry.kind, ended: entry.row, rows: [at] });
        else parts[from] = { kind: 'request-whole', begun: open.begun, ended: entry.row, rows: [...open.rows, at] };
        break;
      }
      case 'attempt-ended': {
        const from = begins.get(attemptKey(entry.row)) ?? -1;
        const open = parts[from];
        if (open?.kind !== 'attempt-started') parts.push({ kind: entry.kind, ended: entry.row, rows: [at] });
        else parts[from] = { kind: 'attempt-whole', started: open.started, ended: entry.row, rows: [...open.rows, at] };
        break;
      }
      default:
        parts.push({ kind: 'rare', row: entry, rows: [at] });
    }
  }
  return parts;
}

/** Request ids hold no space. */
function attemptKey({ requestId, seq }: { readonly requestId: string; readonly seq: number }): string {
  return `${requestId} ${seq}`;
}

function writingOfPart(part: Part, run: string): Writing {
  const values: SqlValue[] = [];
  switch (part.kind) {
    case 'request-begun':
      addValues(BEGUN, part.begun, values);
      values.push(run);
      return { kind: part.kind, requestId: part.begun.requestId, values };
    case 'request-whole':
      addValues(BEGUN, part.begun, values);
      values.push(run);
      addValues(REQUEST_ENDED, part.ended, values);
      values.push(null);
      return { kind: part.kind, requestId: part.begun.requestId, values };
    case 'request-ended':
      addValues(REQUEST_ENDED, part.ended, values);
      values.push(null, part.ended.requestId);
      return { kind: part.kind, requestId: part.ended.requestId, values };
    case 'attempt-started':
      addValues(STARTED, part.started, values);
      values.push('reserved', storedLosses(part.started.losses));
      return { kind: part.kind, requestId: part.started.requestId, values };
    case 'attempt-whole':
      addValues(STARTED, part.started, values);
      addValues(ATTEMPT_ENDED, part.ended, values);
      values.push(storedLosses(part.ended.losses ?? part.started.losses), null);
      return { kind: part.kind, requestId: part.started.requestId, values };
    case 'attempt-ended': {
      const { requestId, seq, losses } = part.ended;
      addValues(ATTEMPT_ENDED, part.ended, values);
      values.push(losses ? storedLosses(losses) : null, null, requestId, seq);
      return { kind: part.kind, requestId, values };
    }
    case 'rare':
      return part.row;
  }
}

function failoverOf(part: Part): RowStatement | undefined {
  if (part.kind !== 'request-ended' && part.kind !== 'request-whole') return undefined;
  const { requestId, failover } = part.ended;
  if (!failover) return undefined;
  const values: SqlValue[] = [];
  addValues(FAILOVER, failover, values);
  values.push(null, requestId);
  return { kind: 'failover', requestId, values };
}
