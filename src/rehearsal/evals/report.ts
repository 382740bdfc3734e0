import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { Usage } from '../../model/usage.ts';
import type { ParityComparison } from '../../quality/parity/comparison.ts';

export const REPORT_FORMAT = 'understudy-eval/1';

/** What a suite's cases are asked of: a prompt of the library, or a route's targets with the messages as they are. */
export type EvalSubject =
  | { readonly kind: 'prompt'; readonly name: string; readonly route?: string }
  | { readonly kind: 'route'; readonly name: string };

/** The result of one run of a suite, as it is written to disk. Everything else (tables, pages, receipts) is made from it. */
export interface EvalReport {
  readonly format: typeof REPORT_FORMAT;
  readonly suite: {
    readonly name: string;
    /** SHA-256 over cases, graders, margins: hex. */
    readonly hash: string;
    readonly file: string;
    readonly description?: string;
  };
  readonly subject: EvalSubject;
  /** `provider/model` that the others are compared with. */
  readonly primary: string;
  readonly columns: readonly EvalColumn[];
  readonly cases: readonly EvalCase[];
  /** One for each case and column that was run; a missing one was not. */
  readonly cells: readonly EvalCell[];
  /** One for each column but the primary's. */
  readonly comparisons: readonly TargetComparison[];
  readonly lint: readonly LintFinding[];
  /** Absent where no model judged. */
  readonly judge?: JudgeFacts;
  readonly run: EvalRunFacts;
}

/** Who judged by rubrics, and how far its word goes. */
export interface JudgeFacts {
  readonly target: string;
  readonly servedModels: readonly string[];
  /** Answers that were paid for now, and those that came from the cache. */
  readonly asked: number;
  readonly cached: number;
  readonly costUsd?: number;
  /** Pairs that were judged in both orders, and the share of them with one verdict. */
  readonly order?: { readonly pairs: number; readonly agreement: number };
  /** Labels of people, and the share of them that it gave too. */
  readonly gold?: { readonly labels: number; readonly agreement: number };
  /** The lower of the two; 0 where it was not checked. */
  readonly agreement: number;
  /** Below it the metrics that it judges are inconclusive. */
  readonly wanted: number;
  readonly trusted: boolean;
  readonly because: string;
}

export interface EvalRunFacts {
  /** Wall clock, ISO 8601 in UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** When the oldest answer was given that was kept from an earlier run; absent where none was. */
  readonly oldestAnswerAt?: string;
  readonly repeats: number;
  /** Answers that came from the cache, and those that were paid for now. */
  readonly cached: number;
  readonly asked: number;
  readonly spentUsd?: number;
  /** Absent where every cell was run. */
  readonly stopped?: { readonly because: 'spend-limit' | 'interrupted'; readonly missing: number };
  readonly version: string;
}

/** One target of the matrix. */
export interface EvalColumn {
  readonly target: string;
  /** `name@hash` of what it was told, where a prompt was used. */
  readonly promptVersion?: string;
  /** Models that its answers reported: a snapshot, often longer than the name that was asked for. */
  readonly servedModels: readonly string[];
  /** Sampling, output limit and reasoning that it was asked with. */
  readonly parameters: JsonObject;
  /** A prompt's author said that nobody else may have these words. */
  readonly primaryOnly?: { readonly reason: string; readonly until?: string };
  readonly medianMs?: number;
  readonly costUsd?: number;
}

export interface EvalCase {
  readonly id: string;
  readonly description?: string;
  readonly variables: Readonly<Record<string, JsonValue>>;
  /** What was sent beside the prompt's own words, as text, for people to read. */
  readonly input: string;
  readonly assertions: readonly EvalAssertion[];
}

/** One demand on the answers of a case. */
export interface EvalAssertion {
  /** Name of the grader: `exact`, `contains-facts`, … */
  readonly grader: string;
  /** Assertions of one metric are averaged over a case. */
  readonly metric: string;
  /** What is demanded, on one line. */
  readonly label: string;
  /** As the suite writes it, for the lint. */
  readonly written: JsonObject;
  /** Why it cannot be judged here (an import that needs code of another tool); such an assertion gives no score. */
  readonly unsupported?: string;
}

export interface EvalCell {
  readonly case: string;
  readonly target: string;
  readonly runs: readonly EvalRun[];
}

/** One answer, with what was found in it. */
export interface EvalRun {
  readonly text: string;
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string }[];
  readonly finish?: string;
  /** Why there is no answer. A target's own failure scores 0 under every metric; `ours: true` is no outcome at all. */
  readonly error?: { readonly message: string; readonly ours: boolean };
  /** One for each assertion of the case, in order; absent where it cannot be judged. */
  readonly results: readonly (AssertionResult | null)[];
  readonly durationMs: number;
  readonly usage: Usage;
  readonly costUsd?: number;
  readonly requestId: string;
  readonly cached: boolean;
}

export interface AssertionResult {
  /** From 0 to 1. */
  readonly score: number;
  readonly pass: boolean;
  /** Why not, or what was seen. */
  readonly because: string;
}

export interface TargetComparison {
  readonly target: string;
  readonly comparison: ParityComparison;
}

/** An assertion that asks for one model's manner rather than for the task. */
export interface LintFinding {
  readonly rule: string;
  readonly case?: string;
  /** Position among the assertions of the case. */
  readonly assertion?: number;
  readonly message: string;
  /** The same demand about the task, where one can be named. */
  readonly instead?: string;
  /** What it rests on: the text of the assertion, or results on the primary and on the others. */
  readonly by: 'rule' | 'data';
}
