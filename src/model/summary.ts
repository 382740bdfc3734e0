import type { Loss } from './loss.ts';
import type { Usage } from './usage.ts';

/** Why an answer is below what the route promises. `unconfident`: a cascade doubted it, and nobody after it served. `parity-…`: a fallback of a tolerant route that is not shown to answer as well as the primary. */
export const DEGRADED_REASONS = [
  'fallback',
  'adapted',
  'switched',
  'unconfident',
  'parity-missing',
  'parity-failed',
  'parity-stale',
] as const;
export type DegradedReason = (typeof DEGRADED_REASONS)[number];

/** Marks an answer that was served below what its route promises. */
export interface Degraded {
  readonly reason: DegradedReason;
  /** The fault or skip reason that kept the primary from serving, e.g. `server-error` or `breaker-open`. */
  readonly cause: string;
  /** The target that should have served. */
  readonly primary: string;
}

/** What the gateway tells of an answer: in headers, in the body's `understudy` object or the last chunk. */
export interface ServedSummary {
  readonly requestId: string;
  readonly route: string;
  /** `provider/model` that served; the last one when several did. */
  readonly servedBy: string;
  /** Attempts made, the successful one included. */
  readonly attempts: number;
  readonly degraded?: Degraded;
  readonly promptVersion?: string;
  readonly adapted: readonly Loss[];
  readonly usage: Usage;
  /** Undefined where a price or a count is not known. */
  readonly costUsd?: number;
  /** Milliseconds that the gateway itself added: total less the time spent waiting for providers. */
  readonly overheadMs?: number;
}
