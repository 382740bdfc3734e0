import type { Loss } from './loss.ts';
import type { Usage } from './usage.ts';

/**
 * Why an answer is below what its route promises, the gravest first: of several the first is the one that is named.
 * `static`: words that were prepared, because nobody served. `switched`: one target began it and another ended it.
 * `unconfident`: a cascade doubted it, and nobody after it served. `parity-…`: a fallback of a tolerant route that is not
 * shown to answer as well as the primary. `lower-tier`: a model that stands below the primary. `fallback`: another than
 * the primary. `other-region`: from elsewhere than the primary. `adapted`: its target could not be told all that was asked.
 */
export const DEGRADED_REASONS = [
  'static',
  'switched',
  'unconfident',
  'parity-failed',
  'lower-tier',
  'parity-stale',
  'parity-missing',
  'fallback',
  'other-region',
  'adapted',
] as const;
export type DegradedReason = (typeof DEGRADED_REASONS)[number];

/** `substantial`: whoever reads the answer ought to know of it. `slight`: its caller ought to. */
export type DegradedSeverity = 'substantial' | 'slight';

/** How grave each reason is, where a route says nothing else. */
export const DEGRADED_SEVERITY: Readonly<Record<DegradedReason, DegradedSeverity>> = {
  static: 'substantial',
  switched: 'substantial',
  unconfident: 'substantial',
  'parity-failed': 'substantial',
  'lower-tier': 'substantial',
  'parity-stale': 'slight',
  'parity-missing': 'slight',
  fallback: 'slight',
  'other-region': 'slight',
  adapted: 'slight',
};

/** Marks an answer that was served below what its route promises. */
export interface Degraded {
  /** The gravest. */
  readonly reason: DegradedReason;
  /** The fault or skip reason that kept the primary from serving, e.g. `server-error` or `breaker-open`. */
  readonly cause: string;
  /** The target that should have served. */
  readonly primary: string;
}

/** The operator's words to whoever reads a degraded answer. */
export interface Notice {
  /** Language tag, as the configuration has it. */
  readonly language: string;
  readonly text: string;
  /** It also stands in the answer itself, as its last paragraph, where the answer is plain text. */
  readonly inText: boolean;
}

/** All that a caller is told of a degraded answer. */
export interface DegradedAnswer extends Degraded {
  readonly severity: DegradedSeverity;
  /** Every one that holds, the gravest first. */
  readonly reasons: readonly DegradedReason[];
  /** What evidence says of the target that served, where its route asks for any. */
  readonly parity?: 'pass' | 'fail' | 'stale' | 'missing';
  /** Only where the loss is substantial, and the route has words for it. */
  readonly notice?: Notice;
}

/** What the gateway tells of an answer: in headers, in the body's `understudy` object or the last chunk. */
export interface ServedSummary {
  readonly requestId: string;
  readonly route: string;
  /** `provider/model` that served; the last one when several did. `static` for a prepared answer. */
  readonly servedBy: string;
  /** Attempts made, the successful one included. */
  readonly attempts: number;
  readonly degraded?: DegradedAnswer;
  readonly promptVersion?: string;
  readonly adapted: readonly Loss[];
  readonly usage: Usage;
  /** Undefined where a price or a count is not known. */
  readonly costUsd?: number;
  /** Milliseconds that the gateway itself added: total less the time spent waiting for providers. */
  readonly overheadMs?: number;
}
