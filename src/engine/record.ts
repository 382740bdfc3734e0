import type { CallerDialectName } from '../model/dialect-name.ts';
import type { FailureCode } from '../model/failure.ts';
import type { Fault } from '../model/fault.ts';
import type { Loss } from '../model/loss.ts';
import type { Degraded, DegradedAnswer, DegradedReason, DegradedSeverity } from '../model/summary.ts';
import type { Usage } from '../model/usage.ts';

/** What the ledger is told. Times: `at` is wall clock milliseconds since 1970, everything ending in `Ms` is a monotonic duration. */
export interface RequestBegun {
  readonly requestId: string;
  readonly at: number;
  readonly route: string;
  readonly dialect: CallerDialectName;
  readonly stream: boolean;
  /** Name of the caller key; absent where none is required. */
  readonly caller?: string;
  readonly tags: readonly string[];
  readonly primary: string;
}

export interface AttemptStarted {
  readonly requestId: string;
  /** From 1 in the order of the attempts of one request. */
  readonly seq: number;
  readonly target: string;
  readonly lane: string;
  /** Since the request began. */
  readonly startedMs: number;
  /** Of attempts at this target, from 1. */
  readonly tryOfTarget: number;
  readonly promptVersion?: string;
  readonly losses: readonly Loss[];
}

/** `settled`: the provider told its usage. `unknown`: it was sent and may be billed, nobody told how much. `free`: it never reached a model. */
export type AttemptState = 'settled' | 'unknown' | 'free';

export interface AttemptEnded {
  readonly requestId: string;
  readonly seq: number;
  readonly state: AttemptState;
  readonly fault?: Fault;
  /** The verdict on the fault, in words, e.g. `retry-same after 320 ms`. */
  readonly verdict?: string;
  readonly status?: number;
  readonly upstreamRequestId?: string;
  readonly servedModel?: string;
  readonly firstContentMs?: number;
  readonly durationMs: number;
  /** Part of this attempt's answer reached the caller. */
  readonly committed: boolean;
  readonly usage: Usage;
  readonly costUsd?: number;
  /** Those told at the start and those of the answer; absent where the answer had none. */
  readonly losses?: readonly Loss[];
}

/** One step of the decision, in the order in which it was taken; `explain` prints these. */
export type Decision = { readonly atMs: number; readonly target?: string } & (
  | { readonly type: 'eligible' }
  | { readonly type: 'skipped'; readonly reason: string; readonly detail?: string; readonly retryAfterMs?: number }
  | { readonly type: 'attempt'; readonly seq: number }
  /** The vendor's own counter was asked, because the estimate was too near the window. */
  | { readonly type: 'counted'; readonly tokens: number; readonly estimated: number; readonly ms: number }
  | { readonly type: 'not-counted'; readonly why: string; readonly estimated: number; readonly ms: number }
  | { readonly type: 'waited'; readonly why: 'backoff' | 'retry-after' | 'gate'; readonly ms: number }
  | { readonly type: 'fault'; readonly seq: number; readonly fault: Fault; readonly verdict: string }
  /** `target` is asked before those that the route names before it, or again; the numbers are what it rests on. */
  | {
      readonly type: 'preferred';
      readonly why: 'score' | 'status-page' | 'affinity' | 'failback';
      readonly detail: string;
      readonly numbers: Readonly<Record<string, number>>;
    }
  /** Which of several hosts of one model is asked first, and by which measure. */
  | { readonly type: 'balanced'; readonly why: string }
  /** So many targets are asked at once; fewer than `size` where the others may not or cannot serve. */
  | { readonly type: 'quorum'; readonly size: number; readonly asked: number }
  /** Another host is asked as well, because the first had given no content after so long. */
  | { readonly type: 'hedged'; readonly afterMs: number }
  | { readonly type: 'not-hedged'; readonly afterMs: number; readonly why: string }
  /** What the target said to the question whether its answer is right. */
  | { readonly type: 'checked'; readonly seq: number; readonly said: string }
  /** The JSON of an answer was put right before it was given away. */
  | { readonly type: 'repaired'; readonly seq: number; readonly how: string }
  /** A check of the operator's own gave no verdict. */
  | {
      readonly type: 'check-failed';
      readonly seq: number;
      readonly check: string;
      readonly why: string;
      readonly ms: number;
    }
  /** A whole answer that kept its contract, and was not given to the caller all the same. */
  | { readonly type: 'rejected'; readonly seq: number; readonly why: string }
  /** Of several answers this one was taken. */
  | { readonly type: 'chosen'; readonly seq: number; readonly why: string }
  | { readonly type: 'committed'; readonly seq: number }
  | { readonly type: 'switched'; readonly how: 'resume' | 'continue' }
  /** The answer was below what the route promises; `notice`: the language in which its reader was told so. */
  | {
      readonly type: 'degraded';
      readonly reasons: readonly DegradedReason[];
      readonly severity: DegradedSeverity;
      readonly parity?: NonNullable<DegradedAnswer['parity']>;
      readonly notice?: string;
    }
  /** Nobody served, and the caller was given what the operator had written for this case. */
  | { readonly type: 'prepared'; readonly because: FailureCode }
  | { readonly type: 'stopped'; readonly reason: string }
);

/** Written once for each request that another than its primary served, or tried to. */
export interface FailoverEvent {
  readonly primary: string;
  /** The fault or skip reason of the primary. */
  readonly error: string;
  /** Who served; absent when nobody did. */
  readonly target?: string;
  /** Time from the request's start to the successful attempt's start: what the failover cost the caller. */
  readonly latencyDeltaMs: number;
  /** Spent on all attempts less what the primary would have cost for the same usage; undefined where a price is unknown. */
  readonly costDeltaUsd?: number;
  readonly promptVersion?: string;
}

export type Outcome = 'served' | 'failed' | 'interrupted' | 'caller-gone';

export interface RequestEnded {
  readonly requestId: string;
  readonly outcome: Outcome;
  readonly servedBy?: string;
  readonly attempts: number;
  readonly degraded?: Degraded;
  readonly promptVersion?: string;
  /** Of a prepared answer, that in whose place it was given. */
  readonly failure?: { readonly code: FailureCode; readonly status: number; readonly message: string };
  readonly firstContentMs?: number;
  readonly durationMs: number;
  readonly overheadMs: number;
  readonly usage: Usage;
  /** Sum over all attempts; undefined where one of them is unknown. */
  readonly costUsd?: number;
  readonly failover?: FailoverEvent;
  readonly decisions: readonly Decision[];
}

/** Why a caller was cut off that did not read: it took nothing, or next to nothing. */
export const READER_CUTS = ['stalled-reader', 'slow-reader'] as const;
export type ReaderCut = (typeof READER_CUTS)[number];

/** Why the caller of a request was cut off; undefined where it was not. */
export function readerCutOf({
  outcome,
  decisions,
}: Pick<RequestEnded, 'outcome' | 'decisions'>): ReaderCut | undefined {
  if (outcome !== 'caller-gone') return undefined;
  const last = decisions.at(-1);
  return last?.type === 'stopped' ? READER_CUTS.find((cut) => cut === last.reason) : undefined;
}

/** Longest time that an operator's word stands: what nobody said again in a month, nobody means any more. */
export const MAX_ORDER_MS = 30 * 86_400_000;

/** What an operator can do to a lane; the first of each pair stands until its end, or until the second. */
export const OPERATOR_ACTIONS = ['drain', 'undrain', 'hold', 'release', 'breaker-open', 'breaker-close'] as const;
export type OperatorActionName = (typeof OPERATOR_ACTIONS)[number];

/** Written once for each thing that an operator did, and never changed. */
export interface OperatorAction {
  readonly id: string;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly target: string;
  readonly lane: string;
  readonly action: OperatorActionName;
  /** Wall clock at which it ends by itself; absent where it ends something else. */
  readonly until?: number;
  /** Name of the key that was shown. */
  readonly by: string;
  readonly reason?: string;
  /** A route was left without anybody, and the operator insisted. */
  readonly forced: boolean;
}

/** Written once for each answer that its caller judges. */
export interface FeedbackGiven {
  readonly requestId: string;
  /** Name of the caller's key; empty where nobody needs one. */
  readonly caller: string;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  /** From 0, useless, to 1, as good as it has to be. */
  readonly score: number;
  /** Said as a complaint, which is a score of 0. */
  readonly complaint: boolean;
  readonly comment?: string;
  readonly tags: readonly string[];
}

/** Written for each change of a breaker's state. */
export interface LaneEvent {
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly lane: string;
  readonly from: string;
  readonly to: string;
  /** What moved it, in words: a fault, an operator, time. */
  readonly cause?: string;
}

/** What one lane carried in one minute; written when the minute is over, and only where it carried something. */
export interface LaneMinute {
  /** Beginning of the minute, wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly lane: string;
  /** Attempts begun. */
  readonly attempts: number;
  /** Most attempts under way at once. */
  readonly active: number;
  /** Tokens of input and output together, of the attempts that ended and told them. */
  readonly tokens: number;
}

/** Written once for each receipt that was read and held what it promises. Moments: wall clock, milliseconds since 1970. */
export interface ReceiptSeen {
  readonly id: string;
  readonly at: number;
  /** `prompt:name` or `route:name`. */
  readonly subject: string;
  readonly target: string;
  readonly verdict: 'pass' | 'fail';
  readonly measuredAt: number;
  readonly expiresAt: number;
  /** The receipt itself, as JSON. */
  readonly body: string;
}

/** What was measured of a target until `at` counts no more. A later one of the same three takes its place. */
export interface ReceiptRevoked {
  /** `prompt:name` or `route:name`. */
  readonly subject: string;
  readonly target: string;
  /** Of what the target is told; empty where that is the messages alone. */
  readonly promptVersion: string;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly why: string;
}

/** Written when a target names another model than before. */
export interface ModelReported {
  readonly target: string;
  readonly model: string;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
}
