import type { EvalCase, EvalCell, EvalRun } from '../evals/report.ts';

/** What one answer came to. `unjudged`: no assertion could be judged; `lost`: our own failure, which is no outcome. */
export type RunOutcome =
  | { readonly kind: 'judged'; readonly score: number; readonly pass: boolean }
  | { readonly kind: 'unjudged' }
  | { readonly kind: 'lost' };

/** What the repeats of a case came to at one target. `mixed`: some passed. `missing`: there is no outcome at all. */
export type CellState = 'pass' | 'mixed' | 'fail' | 'unjudged' | 'missing';

export interface CellOutcome {
  readonly state: CellState;
  /** Repeats that have an outcome. */
  readonly judged: number;
  readonly passed: number;
  /** Mean over the judged repeats, from 0 to 1. */
  readonly score?: number;
}

const NOTHING: CellOutcome = { state: 'missing', judged: 0, passed: 0 };

/** An answer passes where every assertion that could be judged does; its score is their mean. */
export function runOutcome(run: EvalRun, assertions: EvalCase['assertions'], metric?: string): RunOutcome {
  if (run.error) return run.error.ours ? { kind: 'lost' } : { kind: 'judged', score: 0, pass: false };
  const judged = run.results.filter(
    (result, index) => result !== null && (metric === undefined || assertions[index]?.metric === metric),
  );
  if (judged.length === 0) return { kind: 'unjudged' };
  const sum = judged.reduce((total, result) => total + (result?.score ?? 0), 0);
  return { kind: 'judged', score: sum / judged.length, pass: judged.every((result) => result?.pass === true) };
}

/** What the repeats of a case came to, under one metric or under all. */
export function cellOutcome(cell: EvalCell | undefined, one: EvalCase, metric?: string): CellOutcome {
  if (!cell || cell.runs.length === 0) return NOTHING;
  let [judged, passed, sum, unjudged] = [0, 0, 0, 0];
  for (const run of cell.runs) {
    const outcome = runOutcome(run, one.assertions, metric);
    if (outcome.kind === 'unjudged') unjudged += 1;
    if (outcome.kind !== 'judged') continue;
    judged += 1;
    sum += outcome.score;
    if (outcome.pass) passed += 1;
  }
  if (judged === 0) return unjudged > 0 ? { ...NOTHING, state: 'unjudged' } : NOTHING;
  const state = passed === judged ? 'pass' : passed === 0 ? 'fail' : 'mixed';
  return { state, judged, passed, score: sum / judged };
}

/** Scores of repeats that lie closer than this are the same outcome. */
const SAME_SCORE = 0.05;

/** True where a target's outcome is not its primary's: another share of repeats passed, or the scores lie apart. */
export function differs(one: CellOutcome, primary: CellOutcome): boolean {
  if (one.score === undefined || primary.score === undefined) return one.state !== primary.state;
  const share = one.passed / one.judged - primary.passed / primary.judged;
  return share !== 0 || Math.abs(one.score - primary.score) >= SAME_SCORE;
}
