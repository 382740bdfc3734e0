import { bootstrapP, type WeightedValues, weighted } from './bounded-mean.ts';
import type { PairedCase } from './comparison.ts';
import { type DiscordantCounts, exactP } from './paired-binary.ts';

/** What the cases of one metric say, with the test that suits them. Only cases with an outcome at both targets count. */
export interface MetricTest {
  readonly method: 'exact' | 'bootstrap';
  readonly n: number;
  readonly missing: number;
  /** Mean scores. */
  readonly primary: number;
  readonly target: number;
  readonly seen: BinaryOutcomes | ScoreOutcomes;
  /** P-value of the hypothesis that target less primary is `difference` or less. */
  worseP(difference: number): number;
  /** P-value of the hypothesis that target less primary is `difference` or more. */
  betterP(difference: number): number;
}

export interface BinaryOutcomes extends DiscordantCounts {
  readonly kind: 'binary';
}

export interface ScoreOutcomes {
  readonly kind: 'score';
  /** Target less primary, one a case. */
  readonly differences: WeightedValues;
}

/**
 * Chooses the test by what there is: binary outcomes, one a case, are counted exactly; scores, or several repeats of a
 * case, are averaged over the case, and the cases are resampled, because repeats of one case know nothing of the others.
 * Throws `RangeError` for a score outside 0 to 1.
 */
export function metricTest(cases: readonly PairedCase[]): MetricTest {
  for (const { id, primary, target } of cases) {
    for (const score of [...primary, ...target]) {
      if (!(score >= 0 && score <= 1)) throw new RangeError(`case ${id}: a score must lie from 0 to 1, got ${score}`);
    }
  }
  const present = cases.filter(({ primary, target }) => primary.length > 0 && target.length > 0);
  const n = present.length;
  const facts = {
    n,
    missing: cases.length - n,
    primary: n === 0 ? 0 : mean(present.map(({ primary }) => mean(primary))),
    target: n === 0 ? 0 : mean(present.map(({ target }) => mean(target))),
  };
  return present.every(isBinary) ? { ...facts, ...exactTest(present) } : { ...facts, ...bootstrapTest(present) };
}

function exactTest(cases: readonly PairedCase[]) {
  const count = (at: 0 | 1) => cases.filter(({ primary, target }) => primary[0] === 1 - at && target[0] === at).length;
  const seen: BinaryOutcomes = { kind: 'binary', n: cases.length, gained: count(1), lost: count(0) };
  const mirrored = { n: seen.n, gained: seen.lost, lost: seen.gained };
  return {
    method: 'exact' as const,
    seen,
    worseP: (difference: number) => exactP(seen, difference),
    betterP: (difference: number) => exactP(mirrored, -difference),
  };
}

function bootstrapTest(cases: readonly PairedCase[]) {
  const differences = weighted(cases.map(({ primary, target }) => rounded(mean(target) - mean(primary))));
  const mirrored = { values: differences.values.map((value) => -value), counts: differences.counts };
  const seen: ScoreOutcomes = { kind: 'score', differences };
  return {
    method: 'bootstrap' as const,
    seen,
    worseP: (difference: number) => bootstrapP(differences, difference, -1),
    betterP: (difference: number) => bootstrapP(mirrored, -difference, -1),
  };
}

const isBinary = ({ primary, target }: PairedCase): boolean =>
  primary.length === 1 && target.length === 1 && [...primary, ...target].every((score) => score === 0 || score === 1);

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Differences that only rounding tells apart are one value. */
function rounded(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
