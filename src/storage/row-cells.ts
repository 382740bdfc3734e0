import type { AttemptEnded, AttemptStarted, FailoverEvent, RequestBegun, RequestEnded } from '../engine/record.ts';
import type { AttemptsTable, FailoversTable, RequestsTable, UsageColumns } from './schema.ts';
import type { SqlValue } from './sqlite-driver.ts';
import {
  clip,
  droppedDecisions,
  storedDecisions,
  storedFailureMessage,
  storedFault,
  storedTags,
} from './stored-text.ts';

/** Columns of one table, each with what a row has for it. Names and values have the same order: statements rely on it. */
export type Cells<Table, Row> = readonly (readonly [column: keyof Table & string, of: (row: Row) => SqlValue])[];

type Billed = Pick<RequestEnded, 'usage' | 'costUsd'>;

const USAGE: Cells<UsageColumns, Billed> = [
  ['input_tokens', ({ usage }) => usage.inputTokens ?? null],
  ['cached_input_tokens', ({ usage }) => usage.cachedInputTokens ?? null],
  ['cache_write_tokens', ({ usage }) => usage.cacheWriteTokens ?? null],
  ['output_tokens', ({ usage }) => usage.outputTokens ?? null],
  ['reasoning_tokens', ({ usage }) => usage.reasoningTokens ?? null],
  ['cost_usd', ({ costUsd }) => costUsd ?? null],
];

/** Beside the run, which is the same for all rows of a process. */
export const BEGUN: Cells<RequestsTable, RequestBegun> = [
  ['id', (row) => row.requestId],
  ['at', (row) => Math.round(row.at)],
  ['route', (row) => row.route],
  ['dialect', (row) => row.dialect],
  ['stream', (row) => truth(row.stream)],
  ['caller', (row) => row.caller ?? null],
  ['tags', (row) => storedTags(row.tags)],
  ['primary_target', (row) => row.primary],
];

export const REQUEST_ENDED: Cells<RequestsTable, RequestEnded> = [
  ['outcome', (row) => row.outcome],
  ['served_by', (row) => row.servedBy ?? null],
  ['attempts', (row) => row.attempts],
  ['degraded', (row) => truth(row.degraded !== undefined)],
  ['degraded_reason', (row) => row.degraded?.reason ?? null],
  ['degraded_cause', (row) => row.degraded?.cause ?? null],
  ['degraded_primary', (row) => row.degraded?.primary ?? null],
  ['prompt_version', (row) => row.promptVersion ?? null],
  ['failure_code', (row) => row.failure?.code ?? null],
  ['failure_status', (row) => row.failure?.status ?? null],
  ['failure_message', (row) => (row.failure ? storedFailureMessage(row.failure) : null)],
  ['first_content_ms', (row) => row.firstContentMs ?? null],
  ['duration_ms', (row) => row.durationMs],
  ['overhead_ms', (row) => row.overheadMs],
  ['decisions', (row) => storedDecisions(row.decisions)],
  ['decisions_dropped', (row) => droppedDecisions(row.decisions)],
  ...USAGE,
];

/** Beside its state and its losses, which its end tells again. */
export const STARTED: Cells<AttemptsTable, AttemptStarted> = [
  ['request_id', (row) => row.requestId],
  ['seq', (row) => row.seq],
  ['target', (row) => row.target],
  ['lane', (row) => row.lane],
  ['started_ms', (row) => row.startedMs],
  ['try_of_target', (row) => row.tryOfTarget],
  ['prompt_version', (row) => row.promptVersion ?? null],
];

/** Beside what it lost. */
export const ATTEMPT_ENDED: Cells<AttemptsTable, AttemptEnded> = [
  ['state', (row) => row.state],
  ['fault', (row) => (row.fault ? JSON.stringify(storedFault(row.fault)) : null)],
  ['verdict', (row) => (row.verdict === undefined ? null : clip(row.verdict))],
  ['status', (row) => row.status ?? null],
  ['upstream_request_id', (row) => (row.upstreamRequestId === undefined ? null : clip(row.upstreamRequestId))],
  ['served_model', (row) => (row.servedModel === undefined ? null : clip(row.servedModel))],
  ['first_content_ms', (row) => row.firstContentMs ?? null],
  ['duration_ms', (row) => row.durationMs],
  ['committed', (row) => truth(row.committed)],
  ...USAGE,
];

export const FAILOVER: Cells<FailoversTable, FailoverEvent> = [
  ['primary_target', (event) => event.primary],
  ['error', (event) => clip(event.error)],
  ['target', (event) => event.target ?? null],
  ['latency_delta_ms', (event) => event.latencyDeltaMs],
  ['cost_delta_usd', (event) => event.costDeltaUsd ?? null],
  ['prompt_version', (event) => event.promptVersion ?? null],
];

/** Adds what a row has for each of the cells. */
export function addValues<Table, Row>(cells: Cells<Table, Row>, row: Row, to: SqlValue[]): void {
  for (const [, of] of cells) to.push(of(row));
}

function truth(value: boolean): number {
  return value ? 1 : 0;
}
