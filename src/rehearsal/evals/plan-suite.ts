import { type Expectation, neededCases } from '../../quality/parity/needed-cases.ts';
import { type Matrix, matrixOf } from './columns.ts';
import { estimatedUsd } from './estimate-cost.ts';
import type { EvalHouse } from './house.ts';
import type { RunWish } from './run-suite.ts';
import { assertionsOf, type EvalSuite } from './suite.ts';

/** Share of the cases that two equal targets get right one without the other, where nothing was measured yet. */
export const ASSUMED_DISCORDANCE = 0.1;
/** Standard deviation of the difference of two scores of one case, where nothing was measured yet. */
export const ASSUMED_DEVIATION = 0.25;

/** What a run will take, and what it can show, before anybody is asked. */
export interface SuitePlan {
  readonly suite: string;
  readonly primary: string;
  readonly repeats: number;
  /** Conversations, those that are kept from before included. */
  readonly answers: number;
  readonly targets: readonly { readonly target: string; readonly estimatedUsd?: number }[];
  /** Of all targets; absent where one of the prices is not known. Without judge and retries. */
  readonly estimatedUsd?: number;
  readonly metrics: readonly PlannedMetric[];
}

export interface PlannedMetric {
  readonly metric: string;
  readonly cases: number;
  readonly margin: number;
  /** Cases with which a target that is equal passes four times in five. */
  readonly neededCases: number;
  /** What that number rests on. */
  readonly assuming: string;
}

/** Throws `SuiteError` for a suite that fits the configuration nowhere. */
export function planSuite(suite: EvalSuite, house: EvalHouse, wish: Pick<RunWish, 'targets' | 'repeats'>): SuitePlan {
  const matrix = matrixOf(suite, house, wish.targets);
  const repeats = wish.repeats ?? suite.repeats;
  const targets = costsOf(suite, matrix, house, repeats);
  const known = targets.flatMap(({ estimatedUsd: usd }) => usd ?? []);
  return {
    suite: suite.name,
    primary: matrix.primary,
    repeats,
    answers: suite.cases.length * matrix.columns.length * repeats,
    targets,
    ...(known.length === targets.length && { estimatedUsd: known.reduce((sum, usd) => sum + usd, 0) }),
    metrics: metricsOf(suite, repeats),
  };
}

function costsOf(suite: EvalSuite, { columns }: Matrix, house: EvalHouse, repeats: number): SuitePlan['targets'] {
  return columns.map((column) => {
    let sum = 0;
    for (const one of suite.cases) {
      const usd = estimatedUsd(suite, one, column, house);
      if (usd === undefined) return { target: column.target };
      sum += usd * repeats;
    }
    return { target: column.target, estimatedUsd: sum };
  });
}

function metricsOf(suite: EvalSuite, repeats: number): PlannedMetric[] {
  const byMetric = new Map<string, { cases: number; graded: boolean }>();
  for (const one of suite.cases) {
    const seen = new Map<string, number>();
    for (const assertion of assertionsOf(one)) {
      if (assertion.kind !== 'unsupported') seen.set(assertion.metric, (seen.get(assertion.metric) ?? 0) + 1);
    }
    for (const [metric, assertions] of seen) {
      const found = byMetric.get(metric) ?? { cases: 0, graded: false };
      byMetric.set(metric, { cases: found.cases + 1, graded: found.graded || assertions > 1 });
    }
  }
  const rubrics = new Set(
    suite.cases.flatMap((one) => assertionsOf(one).flatMap(({ kind, metric }) => (kind === 'rubric' ? [metric] : []))),
  );
  return [...byMetric].map(([metric, { cases, graded }]) => {
    const margin = suite.margins.byMetric[metric] ?? suite.margins.default;
    const scores = graded || repeats > 1 || rubrics.has(metric);
    const expected: Expectation = scores
      ? { kind: 'score', deviation: ASSUMED_DEVIATION }
      : { kind: 'binary', discordance: ASSUMED_DISCORDANCE };
    return {
      metric,
      cases,
      margin,
      neededCases: neededCases(expected, { margin, metrics: byMetric.size }),
      assuming: scores
        ? `scores that differ by ${ASSUMED_DEVIATION} as a rule`
        : `one answer in ${Math.round(1 / ASSUMED_DISCORDANCE)} that only one of two equal targets gets right`,
    };
  });
}
