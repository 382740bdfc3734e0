/** What evidence says of a target beside the primary. `inconclusive`: too little of it, either way. */
export type ComparisonVerdict = 'pass' | 'fail' | 'inconclusive';

/** One case under one metric: the scores of its repeats, from 0 to 1, at both targets. Empty: it is missing there. */
export interface PairedCase {
  readonly id: string;
  readonly primary: readonly number[];
  readonly target: readonly number[];
}

/** Paired non-inferiority of a target to the primary under one metric. */
export interface MetricComparison {
  readonly metric: string;
  /** `exact`: binary outcomes, one a case. `bootstrap`: scores, or several repeats a case. */
  readonly method: 'exact' | 'bootstrap';
  /** Cases that have an outcome at both. */
  readonly n: number;
  /** Cases without an outcome at one of them: never a pass. */
  readonly missing: number;
  /** Mean scores. */
  readonly primary: number;
  readonly target: number;
  /** Target less primary. */
  readonly difference: number;
  /** One-sided lower and upper bound of the difference, each at the confidence that its step in Holm's order asks for. */
  readonly interval: { readonly low: number; readonly high: number; readonly confidence: number };
  /** The largest loss that still counts as no loss, as a positive difference of means. */
  readonly margin: number;
  /** Of the null hypothesis that the target is worse by the margin or more; `pHolm` adjusted over all metrics. */
  readonly p: number;
  readonly pHolm: number;
  readonly verdict: ComparisonVerdict;
  /** In words, with the numbers. */
  readonly because: string;
  /** Cases that would show non-inferiority with the wished power, were both truly equal. */
  readonly neededN: number;
}

/** All metrics of one target. `pass` only where every metric passes; `fail` where any fails. */
export interface ParityComparison {
  readonly verdict: ComparisonVerdict;
  readonly because: string;
  readonly metrics: readonly MetricComparison[];
}
