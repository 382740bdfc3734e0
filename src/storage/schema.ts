/**
 * The tables of the file. Times ending in `_at`, and `at`: milliseconds since 1970. Ending in `_ms`: durations.
 * Truth values are 0 and 1. Columns that hold JSON say so; they are never queried. Of the ledger no column holds prompt
 * or answer text; `conversations`, `responses` and `items` hold what callers asked to be kept, and nothing else; `jobs` holds
 * requests that are to be run later, and their answers.
 */
export interface LedgerTables {
  runs: RunsTable;
  requests: RequestsTable;
  attempts: AttemptsTable;
  failovers: FailoversTable;
  conversations: ConversationsTable;
  responses: ResponsesTable;
  items: ItemsTable;
  jobs: JobsTable;
  job_totals: JobTotalsTable;
  job_deliveries: JobDeliveriesTable;
  job_holds: JobHoldsTable;
  operator_actions: OperatorActionsTable;
  lane_events: LaneEventsTable;
  lane_minutes: LaneMinutesTable;
  feedback: FeedbackTable;
  receipts: ReceiptsTable;
  receipt_revocations: ReceiptRevocationsTable;
  reported_models: ReportedModelsTable;
  seals: SealsTable;
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

/** The row's link to the chain of seals. */
export interface SealColumn {
  /** Number of the seal that holds its digest; 0: it is older than the chain; NULL: it is not in its final state. */
  seal: number | null;
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

export interface RequestsTable extends UsageColumns, SealColumn {
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

export interface AttemptsTable extends UsageColumns, SealColumn {
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

export interface FailoversTable extends SealColumn {
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

/** One row for each thing that an operator did to a lane. */
export interface OperatorActionsTable extends SealColumn {
  id: string;
  at: number;
  target: string;
  lane: string;
  action: string;
  until_at: number | null;
  by_key: string;
  reason: string | null;
  forced: number;
}

/** One row for each change of a breaker's state. */
export interface LaneEventsTable {
  /** Grows with time: the order of what happened in one millisecond. */
  key: number;
  /** The run whose lane it was: every process begins with closed breakers. */
  run: string;
  at: number;
  lane: string;
  from_state: string;
  to_state: string;
  cause: string | null;
}

/** One row for each answer that its caller has judged. */
export interface FeedbackTable extends SealColumn {
  request_id: string;
  /** Empty where nobody needs a key. */
  caller: string;
  at: number;
  score: number;
  complaint: number;
  /** The caller's own words. */
  comment: string | null;
  /** JSON: string[]. */
  tags: string;
}

/** What a lane carried in one minute of one run; processes that share a file add up. */
export interface LaneMinutesTable {
  run: string;
  lane: string;
  at: number;
  attempts: number;
  active: number;
  tokens: number;
}

/** One row for each receipt that was read and believed. */
export interface ReceiptsTable {
  id: string;
  /** When it was first read. */
  at: number;
  /** `prompt:name` or `route:name`. */
  subject: string;
  target: string;
  verdict: string;
  measured_at: number;
  expires_at: number;
  /** JSON: the receipt. */
  body: string;
}

/** One row for each subject, target and version whose evidence was ever revoked; the latest time counts. */
export interface ReceiptRevocationsTable extends SealColumn {
  subject: string;
  target: string;
  /** Empty where the target is told nothing but the messages. */
  prompt_version: string;
  at: number;
  why: string;
}

/** The model that each target named last. */
export interface ReportedModelsTable {
  target: string;
  model: string;
  /** When it first did. */
  at: number;
}

/** One row for each deferred job. */
export interface JobsTable {
  /** Grows with time: the order in which they came. */
  seq: number;
  id: string;
  /** Name of the caller it belongs to; empty where nobody needs a key. */
  caller: string;
  idempotency_key: string | null;
  digest: string;
  route: string;
  dialect: string;
  state: string;
  /** Who waits with the lowest one is run next; whoever found nobody that could serve it goes to the end. */
  turn: number;
  attempts: number;
  created_at: number;
  deadline_at: number;
  not_before: number;
  finished_at: number | null;
  webhook: string | null;
  /** The run that holds the lease. */
  run: string | null;
  /** What its holder alone knows. */
  token: string | null;
  lease_until: number | null;
  /** JSON: string[], ids of its runs in `requests`. */
  request_ids: string;
  /** JSON: JobFailure. */
  failure: string | null;
  reason: string | null;
  /** Of the body. */
  bytes: number;
  /** JSON: RequestOptions. */
  options: string;
  /** JSON: the request in the dialect of its caller; NULL once it is not needed any more. */
  body: string | null;
  /** JSON: the answer in the dialect of its caller. */
  result: string | null;
}

/** Kept by triggers on `jobs`. */
export interface JobTotalsTable {
  route: string;
  state: string;
  jobs: number;
  bytes: number;
}

/** One row for each message about the end of a job. */
export interface JobDeliveriesTable {
  /** `webhook-id` of the message. */
  id: string;
  job: string;
  /** Name of a configured endpoint. */
  webhook: string;
  state: string;
  tries: number;
  not_before: number;
  run: string | null;
  token: string | null;
  lease_until: number | null;
  error: string | null;
}

/** One row for each route whose jobs wait because none of its targets can serve. */
export interface JobHoldsTable {
  route: string;
  since: number;
  /** JSON: TargetReport[]. */
  targets: string;
}

/** The chain: one row for each transaction that brought rows into their final state. Rows of its beginning go with what they seal. */
export interface SealsTable {
  /** Grows by one. */
  seq: number;
  /** `digest` of the seal before it; empty in the first one. */
  prev: string;
  digest: string;
  /** Which key it was made with; empty for none. */
  key_id: string;
  run: string;
  at: number;
  /** Rows that it seals. */
  rows: number;
  /** A line for each of them, and for each thing that was done to the chain. */
  body: string;
}
