import type { Selectable } from 'kysely';
import type { Decision } from '../engine/record.ts';
import type { Fault } from '../model/fault.ts';
import type { Loss } from '../model/loss.ts';
import { DEGRADED_REASONS, type Degraded } from '../model/summary.ts';
import type { Usage } from '../model/usage.ts';
import { LedgerError } from './ledger-error.ts';
import type { AttemptsTable, FailoversTable, FeedbackTable, RequestsTable, UsageColumns } from './schema.ts';
import {
  STORED_OUTCOMES,
  type StoredAttempt,
  type StoredAttemptState,
  type StoredFailover,
  type StoredFeedback,
  type StoredOutcome,
  type StoredRequestRow,
} from './stored-request.ts';

type RequestColumns = Omit<Selectable<RequestsTable>, 'decisions' | 'decisions_dropped' | 'run' | 'seal'>;

const ATTEMPT_STATES: readonly StoredAttemptState[] = ['reserved', 'settled', 'unknown', 'free'];

/** @throws LedgerError `damaged` where a column holds what no version of ours writes. */
export function requestRow(row: RequestColumns): StoredRequestRow {
  return defined<StoredRequestRow>({
    requestId: row.id,
    at: row.at,
    route: row.route,
    dialect: row.dialect,
    stream: row.stream === 1,
    caller: row.caller,
    tags: parseList<string>(row.tags, row.id, 'tags'),
    primary: row.primary_target,
    outcome: oneOf<StoredOutcome>(STORED_OUTCOMES, row.outcome ?? 'running', row.id, 'outcome'),
    servedBy: row.served_by,
    attempts: row.attempts,
    degraded: degradedOf(row),
    promptVersion: row.prompt_version,
    failure: failureOf(row),
    firstContentMs: row.first_content_ms,
    durationMs: row.duration_ms,
    overheadMs: row.overhead_ms,
    usage: usageOf(row),
    costUsd: row.cost_usd,
  });
}

export function attemptRow(row: Selectable<AttemptsTable>): StoredAttempt {
  const { request_id: id } = row;
  return defined<StoredAttempt>({
    seq: row.seq,
    target: row.target,
    lane: row.lane,
    startedMs: row.started_ms ?? 0,
    tryOfTarget: row.try_of_target,
    promptVersion: row.prompt_version,
    losses: parseList<Loss>(row.losses, id, 'losses'),
    state: oneOf(ATTEMPT_STATES, row.state, id, 'state'),
    fault: row.fault === null ? null : (parse(row.fault, id, 'fault') as Fault),
    verdict: row.verdict,
    status: row.status,
    upstreamRequestId: row.upstream_request_id,
    servedModel: row.served_model,
    firstContentMs: row.first_content_ms,
    durationMs: row.duration_ms,
    committed: row.committed === 1,
    usage: usageOf(row),
    costUsd: row.cost_usd,
  });
}

export function failoverRow(row: Selectable<FailoversTable>): StoredFailover {
  return defined<StoredFailover>({
    at: row.at,
    primary: row.primary_target,
    error: row.error,
    target: row.target,
    latencyDeltaMs: row.latency_delta_ms ?? 0,
    costDeltaUsd: row.cost_delta_usd,
    promptVersion: row.prompt_version,
  });
}

export function feedbackRow(row: Selectable<FeedbackTable>): StoredFeedback {
  return {
    caller: row.caller,
    at: row.at,
    score: row.score,
    complaint: row.complaint === 1,
    ...(row.comment !== null && { comment: row.comment }),
    tags: parseList<string>(row.tags, row.request_id, 'tags'),
  };
}

export function decisionsOf(id: string, json: string | null): readonly Decision[] {
  return json === null ? [] : parseList<Decision>(json, id, 'decisions');
}

function degradedOf(row: RequestColumns): Degraded | null {
  if (row.degraded !== 1) return null;
  return {
    reason: oneOf(DEGRADED_REASONS, row.degraded_reason ?? '', row.id, 'degraded_reason'),
    cause: row.degraded_cause ?? '',
    primary: row.degraded_primary ?? row.primary_target,
  };
}

function failureOf(row: RequestColumns): NonNullable<StoredRequestRow['failure']> | null {
  if (row.failure_code === null) return null;
  const said = { code: row.failure_code, status: row.failure_status ?? 0 };
  return row.failure_message === null ? said : { ...said, message: row.failure_message };
}

/** The counts that are kept; the others are in the price already. */
type StoredUsage = Pick<
  Usage,
  'inputTokens' | 'cachedInputTokens' | 'cacheWriteTokens' | 'outputTokens' | 'reasoningTokens'
>;

function usageOf(row: UsageColumns): Usage {
  return defined<StoredUsage>({
    inputTokens: row.input_tokens,
    cachedInputTokens: row.cached_input_tokens,
    cacheWriteTokens: row.cache_write_tokens,
    outputTokens: row.output_tokens,
    reasoningTokens: row.reasoning_tokens,
  });
}

type Nullable<T> = { [K in keyof T]-?: undefined extends T[K] ? Exclude<T[K], undefined> | null : T[K] };

/** NULL in the file is an absent field outside. */
function defined<T>(cells: Nullable<T>): T {
  const present = Object.entries(cells).filter(([, value]) => value !== null);
  return Object.fromEntries(present) as T;
}

function oneOf<T extends string>(known: readonly T[], value: string, id: string, column: string): T {
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) throw damaged(id, column, `"${value}"`);
  return found;
}

function parseList<T>(json: string, id: string, column: string): readonly T[] {
  const value = parse(json, id, column);
  if (!Array.isArray(value)) throw damaged(id, column, 'no list');
  return value as T[];
}

function parse(json: string, id: string, column: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw damaged(id, column, 'no JSON');
  }
}

function damaged(id: string, column: string, found: string): LedgerError {
  return new LedgerError('damaged', `Column ${column} of request ${id} holds ${found}.`);
}
