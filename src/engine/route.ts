import type { Target } from '../model/target.ts';

/** The clocks of one attempt, in milliseconds. */
export interface Timeouts {
  /** Until the connection stands. */
  readonly connectMs: number;
  /** Until the status line and headers are there. A whole (unary) answer's headers come only with the answer. */
  readonly headersMs: number;
  /** Until the first meaningful content, counted from the attempt's start. */
  readonly firstContentMs: number;
  /** Longest pause between two pieces of content. */
  readonly gapMs: number;
  /** Longest whole stream, from the request's start. */
  readonly totalMs: number;
  /** Slowest acceptable stream, in characters a second, measured over ten seconds once it flows; 0 switches it off. */
  readonly minCharsPerSecond: number;
}

/** When the first byte goes to the caller. */
export type Hold =
  | { readonly kind: 'first-content' }
  /** After about this many tokens, so that more faults are still silent. */
  | { readonly kind: 'tokens'; readonly count: number }
  /** After the whole answer has been checked. */
  | { readonly kind: 'whole-answer' };

/** What a fault after the commit point leads to. */
export const RECOVERY_MODES = ['error', 'resume', 'continue'] as const;
export type RecoveryMode = (typeof RECOVERY_MODES)[number];

/** What a target is told beside the caller's own words. */
export interface PromptAdjustment {
  /** Names this text in every answer, attempt and ledger row. */
  readonly version: string;
  readonly text: string;
  readonly placement: 'before' | 'after' | 'replace';
}

/** How many requests a lane may carry at once, and how many may wait for it how long. */
export interface GateLimits {
  readonly concurrency: number;
  readonly queue: number;
  readonly queueMs: number;
}

export interface RouteTarget {
  readonly target: Target;
  readonly stream: Timeouts;
  readonly unary: Timeouts;
  readonly gate: GateLimits;
  readonly prompt?: PromptAdjustment;
}

/** One request's time: who may use how much of it. Streams are measured to the commit point, whole answers to the end. */
export interface TimeBudget {
  readonly primaryBudgetMs: number;
  readonly deadlineMs: number;
}

export const WORKLOADS = ['interactive', 'background', 'internal', 'critical'] as const;
export type Workload = (typeof WORKLOADS)[number];

/** How a route's targets share its requests. */
export type Policy =
  /** In order of preference, the next one only when the one before does not serve. */
  | { readonly kind: 'hot-cold' }
  /** The first target alone: retries, then a clean message. */
  | { readonly kind: 'single' };

/** A route as the engine sees it: every default filled in. */
export interface Route {
  readonly name: string;
  readonly workload: Workload;
  /** In order of preference; the first is the primary. Never empty. */
  readonly targets: readonly RouteTarget[];
  readonly policy: Policy;
  readonly streamBudget: TimeBudget;
  readonly unaryBudget: TimeBudget;
  /** Share of the remaining time that no target but the last may use. */
  readonly reserve: number;
  /** Most attempts at one target. */
  readonly attempts: number;
  readonly hold: Hold;
  readonly recovery: RecoveryMode;
  readonly onContentPolicy: 'stop' | 'next';
  /** The operator's own words for asking the same target once more after a broken contract; absent: not asked. */
  readonly repair?: string;
  /** `required`: no answer without its ledger row. `best-effort`: served all the same, counted and logged. */
  readonly audit: 'required' | 'best-effort';
}
