import type { AttemptEnded, AttemptStarted, FailoverEvent, RequestBegun, RequestEnded } from '../engine/record.ts';
import type { Usage } from '../model/usage.ts';
import type { AttemptsTable, FailoversTable, RequestsTable, UsageColumns } from './schema.ts';
import { clip, storedDecisions, storedFailureMessage, storedFault, storedLosses, storedTags } from './stored-text.ts';

export function begunCells(run: string, row: RequestBegun) {
  return {
    id: row.requestId,
    run,
    at: Math.round(row.at),
    route: row.route,
    dialect: row.dialect,
    stream: truth(row.stream),
    caller: row.caller ?? null,
    tags: storedTags(row.tags),
    primary_target: row.primary,
  } satisfies Partial<RequestsTable>;
}

export function startedCells(row: AttemptStarted) {
  return {
    request_id: row.requestId,
    seq: row.seq,
    target: row.target,
    lane: row.lane,
    started_ms: row.startedMs,
    try_of_target: row.tryOfTarget,
    prompt_version: row.promptVersion ?? null,
    losses: storedLosses(row.losses),
    state: 'reserved',
  } satisfies Partial<AttemptsTable>;
}

export function attemptEndedCells(row: AttemptEnded) {
  return {
    state: row.state,
    fault: row.fault ? JSON.stringify(storedFault(row.fault)) : null,
    verdict: row.verdict === undefined ? null : clip(row.verdict),
    status: row.status ?? null,
    upstream_request_id: row.upstreamRequestId === undefined ? null : clip(row.upstreamRequestId),
    served_model: row.servedModel === undefined ? null : clip(row.servedModel),
    first_content_ms: row.firstContentMs ?? null,
    duration_ms: row.durationMs,
    committed: truth(row.committed),
    ...(row.losses && { losses: storedLosses(row.losses) }),
    ...usageCells(row.usage, row.costUsd),
  } satisfies Partial<AttemptsTable>;
}

export function requestEndedCells(row: RequestEnded) {
  const decisions = storedDecisions(row.decisions);
  return {
    outcome: row.outcome,
    served_by: row.servedBy ?? null,
    attempts: row.attempts,
    degraded: truth(row.degraded !== undefined),
    degraded_reason: row.degraded?.reason ?? null,
    degraded_cause: row.degraded?.cause ?? null,
    degraded_primary: row.degraded?.primary ?? null,
    prompt_version: row.promptVersion ?? null,
    failure_code: row.failure?.code ?? null,
    failure_status: row.failure?.status ?? null,
    failure_message: row.failure ? storedFailureMessage(row.failure) : null,
    first_content_ms: row.firstContentMs ?? null,
    duration_ms: row.durationMs,
    overhead_ms: row.overheadMs,
    decisions: decisions.json,
    decisions_dropped: decisions.dropped,
    ...usageCells(row.usage, row.costUsd),
  } satisfies Partial<RequestsTable>;
}

export function failoverCells(event: FailoverEvent) {
  return {
    primary_target: event.primary,
    error: clip(event.error),
    target: event.target ?? null,
    latency_delta_ms: event.latencyDeltaMs,
    cost_delta_usd: event.costDeltaUsd ?? null,
    prompt_version: event.promptVersion ?? null,
  } satisfies Partial<FailoversTable>;
}

function usageCells(usage: Usage, costUsd: number | undefined): UsageColumns {
  return {
    input_tokens: usage.inputTokens ?? null,
    cached_input_tokens: usage.cachedInputTokens ?? null,
    cache_write_tokens: usage.cacheWriteTokens ?? null,
    output_tokens: usage.outputTokens ?? null,
    reasoning_tokens: usage.reasoningTokens ?? null,
    cost_usd: costUsd ?? null,
  };
}

function truth(value: boolean): number {
  return value ? 1 : 0;
}
