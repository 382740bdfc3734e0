import type { Message } from '../model/conversation.ts';
import type { Target } from '../model/target.ts';
import type { Contract } from '../quality/contract-rules.ts';
import type { ScorePolicy } from '../resilience/score.ts';
import type { DegradedRule } from './degraded-rule.ts';
import type { RouteDemands } from './demands.ts';
import type { Grader } from './grader.ts';
import type { QualityPolicy } from './quality-watch.ts';

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

/** A prompt of the library as one target is told it. */
export interface LibraryWords {
  /** `name@hash`. */
  readonly version: string;
  /** The conversation with the words of the prompt before it. */
  before(messages: readonly Message[]): readonly Message[];
}

/** How many requests a lane may carry at once, and how many may wait for it how long. */
export interface GateLimits {
  readonly concurrency: number;
  readonly queue: number;
  readonly queueMs: number;
}

/** What is too slow, in milliseconds, where that differs from what holds for every lane. */
export interface SlowThresholds {
  readonly firstContentMs?: number;
  readonly tokenMs?: number;
}

export interface RouteTarget {
  readonly target: Target;
  readonly stream: Timeouts;
  readonly unary: Timeouts;
  readonly gate: GateLimits;
  readonly slow?: SlowThresholds;
  /** Its share of the requests beside the other weights, where the policy balances by weight; 0: only when others fail. */
  readonly weight?: number;
  readonly prompt?: PromptAdjustment | LibraryWords;
  /** Why it cannot be told the prompt of the request, where it cannot. */
  readonly lacksWords?: string;
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
  | { readonly kind: 'single' }
  | QuorumPolicy
  | CascadePolicy
  | SameModelPolicy;

/** A share of the requests goes to several targets at once; the rest is hot-cold. */
export interface QuorumPolicy {
  readonly kind: 'quorum';
  /** Targets that are asked at once; 2 at least. */
  readonly size: number;
  /** `first`: the first acceptable answer. `best`: the one with the highest grade. */
  readonly pick: 'first' | 'best';
  /** Share of the requests that are sent to several targets, from 0 to 1. */
  readonly share: number;
  /** With `best`: how long after the first whole answer the others are waited for, in milliseconds. */
  readonly patienceMs: number;
  readonly grader: Grader;
}

/** The cheapest target first; the next one where its answer is not good enough. */
export interface CascadePolicy {
  readonly kind: 'cascade';
  /** Longest time of every target but the last, in milliseconds. */
  readonly stepBudgetMs: number;
  /** A model's refusal is no answer: the next target is asked. */
  readonly onRefusal: 'escalate' | 'serve';
  /** Below this mean log probability of its tokens an answer is doubted; only where the target tells them. */
  readonly minMeanLogprob?: number;
  /** The same of the least likely token. */
  readonly minTokenLogprob?: number;
  readonly selfCheck?: SelfCheck;
}

/** A second, small request to the same target about its own answer. */
export interface SelfCheck {
  /** The operator's own words. */
  readonly ask: string;
  /** How a reply begins that accepts the answer, whatever its case. */
  readonly accept: string;
  /** Most tokens of the reply. */
  readonly maxTokens: number;
  /** Longest wait for it, in milliseconds. */
  readonly withinMs: number;
}

export const BALANCES = ['weighted', 'least-loaded', 'fastest'] as const;
export type Balance = (typeof BALANCES)[number];

/** Hosts of one model share the requests. */
export interface SameModelPolicy {
  readonly kind: 'same-model';
  readonly balance: Balance;
  readonly hedge?: Hedge;
}

/** A second host is asked when the first has given no content after a while. */
export interface Hedge {
  /** Milliseconds, or the time within which so many of a hundred recent requests to the first host had begun to answer. */
  readonly after: { readonly ms: number } | { readonly percentile: number };
  /** Most hedges as a share of the route's requests; there is no minimum. */
  readonly budget: number;
}

/** How long a conversation stays with a target that is not the primary. Milliseconds. */
export interface AffinityPolicy {
  /** A conversation that is silent for so long is forgotten. */
  readonly keepMs: number;
  /** So long after it came to another target it goes back, whatever that costs. */
  readonly maxAgeMs: number;
}

export const DEFER_WHEN = ['never', 'on-request', 'always'] as const;

/** Whether answers of a route may be given later, as jobs. */
export interface Deferral {
  readonly when: (typeof DEFER_WHEN)[number];
  /** Most of its jobs that run at once. */
  readonly concurrency: number;
}

/** A route as the engine sees it: every default filled in. */
export interface Route {
  readonly name: string;
  readonly workload: Workload;
  /** In order of preference; the first is the primary. Never empty. */
  readonly targets: readonly RouteTarget[];
  /** The prompt of the library that its requests are told; absent: none, or the caller's own choice. */
  readonly prompt?: string;
  readonly policy: Policy;
  /** What is asked of whoever serves it. */
  readonly demands: RouteDemands;
  readonly streamBudget: TimeBudget;
  readonly unaryBudget: TimeBudget;
  /** Share of the remaining time that no target but the last may use. */
  readonly reserve: number;
  /** Most attempts at one target. */
  readonly attempts: number;
  readonly hold: Hold;
  readonly recovery: RecoveryMode;
  readonly onContentPolicy: 'stop' | 'next';
  /** What answers have to keep beside what was asked for. */
  readonly contract?: Contract;
  /** The operator's own words for asking the same target once more after a broken contract; absent: not asked. */
  readonly repair?: string;
  /** JSON with something around it, or written carelessly, is put right where nothing of it was given away. */
  readonly repairJson: boolean;
  /** When new conversations go to another target because it serves them better. */
  readonly score: ScorePolicy | 'off';
  readonly affinity: AffinityPolicy | 'off';
  readonly defer: Deferral;
  /** How its answers are watched; `off`: they are not. */
  readonly qualityWatch: QualityPolicy | 'off';
  /** What becomes of answers below what the route promises; absent: they are marked, and a refusal of them is an error. */
  readonly degraded?: DegradedRule;
  /** `required`: no answer without its ledger row. `best-effort`: served all the same, counted and logged. */
  readonly audit: 'required' | 'best-effort';
}
