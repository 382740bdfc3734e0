import type { JsonObject } from '../model/json.ts';

/** What becomes of an answer whose own check could not judge it: it passes, or it counts as broken. */
export const CHECK_FAILURES = ['pass', 'break'] as const;
export type CheckFailure = (typeof CHECK_FAILURES)[number];

/** Whether an answer may do something that some routes cannot use. */
export const PERMISSIONS = ['allowed', 'forbidden'] as const;
export type Permission = (typeof PERMISSIONS)[number];

interface CheckCommon {
  /** Names it in faults, samples and the explanation. */
  readonly name: string;
  /** Longest wait for its verdict, in milliseconds. */
  readonly timeoutMs: number;
  readonly onFailure: CheckFailure;
}

/** A check of the operator's own. */
export type CustomCheck =
  /** A file that exports `check(answer, request)`. */
  | (CheckCommon & { readonly kind: 'module'; readonly path: string })
  /** An address that is posted the answer. `region`: where it stands, for requests that may not leave a region. */
  | (CheckCommon & { readonly kind: 'http'; readonly url: string; readonly region?: string });

/** Bounds of an answer's text. Tokens are estimates. */
export interface LengthRule {
  readonly minCharacters?: number;
  readonly maxCharacters?: number;
  readonly minTokens?: number;
  readonly maxTokens?: number;
}

/** Bounds of the numbers that a path leads to in a JSON answer. */
export interface NumberRule {
  /** JSONPath with names, positions and wildcards: `$.items[*].price`. */
  readonly path: string;
  readonly min?: number;
  readonly max?: number;
}

/**
 * What an answer has to satisfy beside what its request asks for. Rules about text are asked of answers that are the
 * last word: not of one that waits for the result of a tool, nor of a refusal or a cut answer that is allowed.
 */
export interface Contract {
  /** The text is JSON that fits. */
  readonly schema?: JsonObject;
  /** Tools each of which was called, in this answer or since the caller's user last spoke. */
  readonly mustCall: readonly string[];
  readonly mustNotCall: readonly string[];
  /** By tool: what the arguments of its calls have to fit. */
  readonly arguments: Readonly<Record<string, JsonObject>>;
  readonly length?: LengthRule;
  /** ISO 639-1 codes of which the text's language is one; any where empty. */
  readonly languages: readonly string[];
  /** Patterns each of which occurs in the text. */
  readonly required: readonly string[];
  /** Patterns none of which occurs in the text. */
  readonly forbidden: readonly string[];
  readonly refusal: Permission;
  /** Of answers that ended because their tokens were used up. */
  readonly truncation: Permission;
  readonly numbers: readonly NumberRule[];
  readonly checks: readonly CustomCheck[];
}
