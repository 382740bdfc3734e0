import type { ToolDefinition } from '../../model/chat-request.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { ReadAssertion } from '../../quality/graders/grader.ts';
import type { ModuleWish } from '../../quality/graders/module.ts';
import type { Rubric } from '../../quality/graders/rubric.ts';
import type { EvalSubject } from './report.ts';

/** Most cases of a suite, repeats of a case, and answers of one run. */
export const MAX_CASES = 5_000;
export const MAX_REPEATS = 50;
export const MAX_ANSWERS = 100_000;

export const DEFAULT_REPEATS = 1;
export const DEFAULT_CONCURRENCY = 4;
/** The largest loss of a mean score that counts as none, where a suite names none. */
export const DEFAULT_MARGIN = 0.05;
/** Largest suite. */
export const MAX_SUITE_BYTES = 16 * 1_048_576;
/** Metric of an assertion that names none. */
export const DEFAULT_METRIC = 'correct';

/** A suite as its file has it, every default filled in and every template written out. */
export interface EvalSuite {
  readonly name: string;
  readonly file: string;
  /** SHA-256 over what is asked and what is demanded: hex. */
  readonly hash: string;
  readonly description?: string;
  readonly subject: EvalSubject;
  /** Absent: the route's own. */
  readonly targets?: readonly string[];
  /** Absent: the first target. */
  readonly primary?: string;
  readonly repeats: number;
  readonly margins: { readonly default: number; readonly byMetric: Readonly<Record<string, number>> };
  readonly maxUsd?: number;
  readonly concurrency: number;
  readonly parameters: EvalParameters;
  readonly tools: readonly ToolDefinition[];
  /** What is asked for beside text. */
  readonly output?: { readonly kind: 'json' } | { readonly kind: 'json-schema'; readonly schema: JsonObject };
  readonly judge?: JudgeWish;
  readonly cases: readonly SuiteCase[];
}

/** What every target is asked with; what is left out is left to the model. */
export interface EvalParameters {
  readonly temperature?: number;
  readonly topP?: number;
  readonly seed?: number;
  readonly maxOutputTokens?: number;
  readonly effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high';
  readonly stop?: readonly string[];
}

/** A model that judges, and how it is judged itself. */
export interface JudgeWish {
  /** `provider/model`. */
  readonly target: string;
  /** Below this share of agreement, with itself in the other order or with the labels, its word is worth nothing. */
  readonly agreement: number;
  /** Answers that people have judged. */
  readonly gold: readonly GoldLabel[];
}

/** `better`: which of two answers people found better. `passes`: whether one answer is good enough. */
export type GoldLabel =
  | {
      readonly kind: 'pair';
      readonly rubric: string;
      readonly question: string;
      readonly first: string;
      readonly second: string;
      readonly better: 'first' | 'second' | 'same';
    }
  | {
      readonly kind: 'single';
      readonly rubric: string;
      readonly question: string;
      readonly answer: string;
      readonly passes: boolean;
    };

export interface SuiteCase {
  readonly id: string;
  readonly description?: string;
  readonly variables: Readonly<Record<string, JsonValue>>;
  /** At least one; each is answered before the next is sent. */
  readonly turns: readonly SuiteTurn[];
  readonly toolResults: Readonly<Record<string, readonly ScriptedResult[]>>;
}

export interface SuiteMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface SuiteTurn {
  readonly messages: readonly SuiteMessage[];
  readonly assertions: readonly SuiteAssertion[];
}

/** What a tool gives back: the first of its results whose `when` the arguments hold. */
export interface ScriptedResult {
  readonly when?: JsonObject;
  readonly result: JsonValue;
}

export type SuiteAssertion = {
  readonly metric: string;
  readonly label: string;
  readonly grader: string;
  readonly written: JsonObject;
  /** The demand is that it does not hold. */
  readonly not: boolean;
} & (
  | { readonly kind: 'pure'; readonly read: ReadAssertion }
  | { readonly kind: 'rubric'; readonly rubric: Rubric }
  | { readonly kind: 'module'; readonly module: ModuleWish }
  | { readonly kind: 'unsupported'; readonly why: string }
);

/** Every assertion of a case, in the order of its turns: the order of results in a report. */
export function assertionsOf({ turns }: SuiteCase): readonly SuiteAssertion[] {
  return turns.flatMap(({ assertions }) => assertions);
}
