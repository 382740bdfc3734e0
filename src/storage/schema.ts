/**
 * The tables of the file. Times ending in `_at`, and `at`: milliseconds since 1970. Ending in `_ms`: durations.
 * Truth values are 0 and 1. Columns that hold JSON say so; they are never queried. Of the ledger no column holds prompt
 * or answer text; `conversations`, `responses` and `items` hold what callers asked to be kept, and nothing else.
 */
export interface LedgerTables {
  runs: RunsTable;
  requests: RequestsTable;
  attempts: AttemptsTable;
  failovers: FailoversTable;
  conversations: ConversationsTable;
  responses: ResponsesTable;
  items: ItemsTable;
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

/** What ages, and is deleted, as one: a conversation with a name, or responses that follow one another without. */
export interface ConversationsTable {
  /** Without a name: the id of its first response. */
  id: string;
  /** Name of the caller it belongs to; empty where nobody needs a key. */
  caller: string;
  /** 1: callers made it and refer to it. 0: it is there for its responses. */
  named: number;
  created_at: number;
  /** When it was last gone on with. */
  touched_at: number;
  /** JSON. */
  metadata: string;
}

export interface ResponsesTable {
  id: string;
  conversation: string;
  /** The response that it goes on from; NULL for the first one, and inside a named conversation. */
  previous: string | null;
  /** `key` of the last item it was made from, inside a named conversation; NULL elsewhere. */
  last_input: number | null;
  created_at: number;
  /** JSON: the response object, without its output. */
  body: string;
}

export interface ItemsTable {
  /** Grows with time: the order of a conversation. */
  key: number;
  conversation: string;
  /** The response that it came with; NULL where it was added by itself. */
  response: string | null;
  /** `input` or `output`. */
  side: string;
  /** As callers are told it; providers may use one twice. */
  id: string;
  bytes: number;
  /** JSON: the item. One that came without an id has none here either. */
  body: string;
}
