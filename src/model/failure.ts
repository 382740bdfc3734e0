import type { Fault } from './fault.ts';

/** Codes of the errors that the gateway itself makes: stable, documented, part of the public surface. */
export const FAILURE_CODES = [
  'invalid_request',
  'unauthorized',
  'forbidden',
  'not_found',
  'unknown_model',
  'conversation_locked',
  'idempotency_conflict',
  'job_cancelled',
  'payload_too_large',
  'unsupported_media_type',
  'request_timeout',
  'all_targets_failed',
  'no_eligible_target',
  'budget_exhausted',
  'rate_limited',
  'deadline_exceeded',
  'upstream_refused',
  'stream_interrupted',
  'contract_broken',
  'overloaded',
  'ledger_unavailable',
  'gateway_draining',
  'internal_error',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** What became of one target of the plan, in words a caller may read. */
export interface TargetReport {
  readonly target: string;
  /** A fault kind for a target that was tried, a skip reason for one that was not. */
  readonly reason: string;
  readonly message?: string;
  readonly retryAfterMs?: number;
  /** Not asked because a rate limit of the provider's is used up: time cures it, as it does a 429. */
  readonly limited?: boolean;
}

/** One clear error for the caller, in no dialect. */
export interface Failure {
  readonly code: FailureCode;
  /** HTTP status, for as long as the status line is not out. */
  readonly status: number;
  readonly message: string;
  /** The caller's field at fault, in the caller's terms. */
  readonly field?: string;
  /** Earliest moment at which trying again makes sense. */
  readonly retryAfterMs?: number;
  /** False when the chain has been walked already: official SDKs then do not walk it twice more. */
  readonly shouldRetry: boolean;
  readonly targets: readonly TargetReport[];
  /** The fault that decided, when a provider's refusal is passed on. */
  readonly fault?: Fault;
  readonly requestId?: string;
}
