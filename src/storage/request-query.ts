import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import { LedgerError } from './ledger-error.ts';
import type { LedgerTables } from './schema.ts';
import { STORED_OUTCOMES, type StoredOutcome } from './stored-request.ts';

export const maxPageRows = 200;

/** Which requests to list, newest first. Every filter has an index. */
export interface RequestQuery {
  /** 1 to 200. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly before?: string;
  readonly route?: string;
  readonly outcome?: StoredOutcome;
  readonly degraded?: boolean;
  /** The target that served, `provider/model`. */
  readonly target?: string;
}

/** Everything a list shows; the decisions are read one request at a time. */
const LIST_COLUMNS = [
  'id',
  'at',
  'route',
  'dialect',
  'stream',
  'caller',
  'tags',
  'primary_target',
  'outcome',
  'served_by',
  'attempts',
  'degraded',
  'degraded_reason',
  'degraded_cause',
  'degraded_primary',
  'prompt_version',
  'failure_code',
  'failure_status',
  'failure_message',
  'first_content_ms',
  'duration_ms',
  'overhead_ms',
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_usd',
] as const;

/** One row more than asked for: it tells whether there is a next page. @throws LedgerError `bad-query` */
export function requestsQuery(db: Kysely<LedgerTables>, query: RequestQuery) {
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > maxPageRows) {
    throw new LedgerError('bad-query', `limit must be a whole number from 1 to ${maxPageRows}, not ${query.limit}.`);
  }
  const select = db
    .selectFrom('requests')
    .select(LIST_COLUMNS)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit + 1);
  return filtered(select, query);
}

function filtered<Row>(
  select: SelectQueryBuilder<LedgerTables, 'requests', Row>,
  { before, route, outcome, degraded, target }: RequestQuery,
): SelectQueryBuilder<LedgerTables, 'requests', Row> {
  let found = select;
  if (route !== undefined) found = found.where('route', '=', route);
  if (outcome !== undefined) found = found.where('outcome', 'is', storedOutcome(outcome));
  // Spelled out, because SQLite need not use a partial index for a parameter.
  if (degraded !== undefined) found = found.where(degraded ? sql<boolean>`degraded = 1` : sql<boolean>`degraded = 0`);
  if (target !== undefined) found = found.where('served_by', '=', target);
  if (before !== undefined) {
    const { at, id } = parseCursor(before);
    found = found.where(sql<boolean>`(at, id) < (${at}, ${id})`);
  }
  return found;
}

function storedOutcome(outcome: StoredOutcome): string | null {
  if (!STORED_OUTCOMES.includes(outcome)) {
    throw new LedgerError('bad-query', `outcome must be one of ${STORED_OUTCOMES.join(', ')}, not ${String(outcome)}.`);
  }
  return outcome === 'running' ? null : outcome;
}

export function cursorOf(row: { readonly at: number; readonly id: string }): string {
  return `${row.at}_${row.id}`;
}

function parseCursor(cursor: string): { at: number; id: string } {
  const [, at, id] = /^(\d{1,15})_(.{1,200})$/.exec(cursor) ?? [];
  if (at === undefined || id === undefined) {
    throw new LedgerError('bad-query', 'before must be the `next` of an earlier page.');
  }
  return { at: Number(at), id };
}
