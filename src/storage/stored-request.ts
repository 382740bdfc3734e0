import type { AttemptState, Decision, FailoverEvent, FeedbackGiven, Outcome } from '../engine/record.ts';
import type { Fault } from '../model/fault.ts';
import type { Loss } from '../model/loss.ts';
import type { Degraded } from '../model/summary.ts';
import type { Usage } from '../model/usage.ts';

/**
 * `running`: begun and not ended, by a process that lives. `unknown`: begun by a process that died before the end; what
 * the caller saw is not known.
 */
export type StoredOutcome = Outcome | 'running' | 'unknown';
export const STORED_OUTCOMES = [
  'served',
  'failed',
  'interrupted',
  'caller-gone',
  'running',
  'unknown',
] as const satisfies readonly StoredOutcome[];

/** One request as a list shows it. Times: see the record types of the engine. */
export interface StoredRequestRow {
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly route: string;
  readonly dialect: string;
  readonly stream: boolean;
  readonly caller?: string;
  readonly tags: readonly string[];
  /** The target that should serve. */
  readonly primary: string;
  readonly outcome: StoredOutcome;
  readonly servedBy?: string;
  /** Attempts made, as told at the end; 0 for as long as the request runs. */
  readonly attempts: number;
  readonly degraded?: Degraded;
  readonly promptVersion?: string;
  /** `message` is absent where it was a provider's own sentence: those are not stored. */
  readonly failure?: { readonly code: string; readonly status: number; readonly message?: string };
  readonly firstContentMs?: number;
  readonly durationMs?: number;
  readonly overheadMs?: number;
  readonly usage: Usage;
  /** US dollars, all attempts together; absent where one of them is unknown. */
  readonly costUsd?: number;
}

/** `reserved`: sent or about to be, by a process that lives. */
export type StoredAttemptState = AttemptState | 'reserved';

export interface StoredAttempt {
  readonly seq: number;
  readonly target: string;
  readonly lane: string;
  /** Since the request began. */
  readonly startedMs: number;
  readonly tryOfTarget: number;
  readonly promptVersion?: string;
  readonly losses: readonly Loss[];
  readonly state: StoredAttemptState;
  /** As recorded, without the provider's own sentence. */
  readonly fault?: Fault;
  readonly verdict?: string;
  readonly status?: number;
  readonly upstreamRequestId?: string;
  readonly servedModel?: string;
  readonly firstContentMs?: number;
  readonly durationMs?: number;
  readonly committed: boolean;
  readonly usage: Usage;
  readonly costUsd?: number;
}

export interface StoredFailover extends FailoverEvent {
  /** When the request ended, milliseconds since 1970. */
  readonly at: number;
}

/** What a caller said of an answer. */
export interface StoredFeedback extends Omit<FeedbackGiven, 'requestId'> {}

/** One request with everything on record about it. */
export interface StoredRequest extends StoredRequestRow {
  /** In the order in which they were made. */
  readonly attemptRows: readonly StoredAttempt[];
  readonly failover?: StoredFailover;
  readonly feedback: readonly StoredFeedback[];
  /** Empty for as long as the request runs. */
  readonly decisions: readonly Decision[];
  /** Decisions beyond what one row holds. */
  readonly decisionsDropped: number;
}
