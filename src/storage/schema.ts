/**
 * The tables of the ledger. Times ending in `_at`, and `at`: milliseconds since 1970. Ending in `_ms`: durations.
 * Truth values are 0 and 1. Columns that hold JSON say so; they are never queried. No column holds prompt or answer text.
 */
export interface LedgerTables {
  runs: RunsTable;
  requests: RequestsTable;
  attempts: AttemptsTable;
  failovers: FailoversTable;
}

/** One row for each process that ever wrote here. */
export interface RunsTable {
  id: string;
  host: string;
  pid: number;
  /** Tells two processes that got the same pid apart. */
  process_started_at: number;
  started_at: number;
  /** Renewed every few seconds for as long as the process lives. */
  beat_at: number;
  ended_at: number | null;
  /** When what this run left unfinished was marked `unknown`. */
  recovered_at: number | null;
}

export interface UsageColumns {
  input_tokens: number | null;
  cached_input_tokens: number | null;
  cache_write_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  /** US dollars. */
  cost_usd: number | null;
}

export interface RequestsTable extends UsageColumns {
  id: string;
  /** The run that wrote this row. */
  run: string;
  at: number;
  route: string;
  dialect: string;
  stream: number;
  caller: string | null;
  /** JSON: string[]. */
  tags: string;
  primary_target: string;
  /** NULL for as long as the request runs. */
  outcome: string | null;
  served_by: string | null;
  attempts: number;
  degraded: number;
  degraded_reason: string | null;
  degraded_cause: string | null;
  degraded_primary: string | null;
  prompt_version: string | null;
  failure_code: string | null;
  failure_status: number | null;
  failure_message: string | null;
  first_content_ms: number | null;
  duration_ms: number | null;
  overhead_ms: number | null;
  /** JSON: Decision[]. */
  decisions: string | null;
  /** Decisions beyond the limit of one row, which are counted only. */
  decisions_dropped: number;
}

export interface AttemptsTable extends UsageColumns {
  request_id: string;
  seq: number;
  target: string;
  lane: string;
  started_ms: number | null;
  try_of_target: number;
  prompt_version: string | null;
  /** JSON: Loss[]. */
  losses: string;
  state: string;
  /** JSON: Fault. */
  fault: string | null;
  verdict: string | null;
  status: number | null;
  upstream_request_id: string | null;
  served_model: string | null;
  first_content_ms: number | null;
  duration_ms: number | null;
  committed: number;
}

export interface FailoversTable {
  request_id: string;
  /** When the request ended. */
  at: number;
  primary_target: string;
  error: string;
  target: string | null;
  latency_delta_ms: number | null;
  cost_delta_usd: number | null;
  prompt_version: string | null;
}
