import type { JsonObject } from '../model/json.ts';
import type { StopSignal } from '../model/stop-signal.ts';

/** Where a check of the operator's own is. */
export type CheckPlace =
  | { readonly kind: 'module'; readonly path: string }
  | { readonly kind: 'http'; readonly url: string };

/** One question to such a check. */
export interface CheckQuestion {
  readonly at: CheckPlace;
  /** What it is given: `answer`, `request`. */
  readonly payload: JsonObject;
  /** Aborted when nobody waits for the verdict any more: its time is over, or the caller is gone. */
  readonly signal: StopSignal;
}

export type CheckVerdict =
  | { readonly kind: 'kept' }
  | { readonly kind: 'broken'; readonly why: string }
  /** It gave no verdict: it could not be reached, took too long, threw, or said something else. */
  | { readonly kind: 'failed'; readonly why: string };

/** Reaches the operators' own checks. Never rejects. */
export interface AnswerChecks {
  ask(question: CheckQuestion): Promise<CheckVerdict>;
}

/** Where there are none, and nobody can be asked. */
export const noAnswerChecks: AnswerChecks = {
  ask: () => Promise.resolve({ kind: 'failed', why: 'this engine asks no checks' }),
};
