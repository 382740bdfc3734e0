import type { ParityComparison } from '../../quality/parity/comparison.ts';
import type { EvalCase, EvalCell, EvalColumn, EvalReport } from '../evals/report.ts';
import { type CellOutcome, cellOutcome, differs } from './outcome.ts';

/** A report as a grid of cases and targets: what every rendering starts from. */
export interface ReportMatrix {
  /** The primary first, then the others in their order. */
  readonly columns: readonly MatrixColumn[];
  readonly rows: readonly MatrixRow[];
  readonly metrics: readonly string[];
  /** Assertions of all cases that cannot be judged here. */
  readonly unsupported: number;
}

export interface MatrixColumn {
  readonly column: EvalColumn;
  readonly primary: boolean;
  readonly comparison?: ParityComparison;
  readonly verdict: ColumnVerdict;
  /** Mean over the cases that have an outcome. */
  readonly score?: number;
  readonly judged: number;
  /** Cases that every repeat passed. */
  readonly passed: number;
  readonly missing: number;
}

export type ColumnVerdict = 'primary' | 'pass' | 'fail' | 'inconclusive' | 'primary-only' | 'not-compared';

export interface MatrixRow {
  readonly case: EvalCase;
  readonly cells: readonly MatrixCell[];
  /** Some target's outcome is not the primary's. */
  readonly differs: boolean;
  /** Some target scores less than the primary. */
  readonly worse: boolean;
}

export interface MatrixCell {
  readonly cell?: EvalCell;
  readonly outcome: CellOutcome;
  readonly differs: boolean;
  readonly worse: boolean;
}

export function buildMatrix(report: EvalReport): ReportMatrix {
  const cells = new Map(report.cells.map((cell) => [cellKey(cell.case, cell.target), cell]));
  const columns = [...report.columns].sort(
    (a, b) => Number(b.target === report.primary) - Number(a.target === report.primary),
  );
  const rows = report.cases.map((one) => rowOf(one, columns, cells));
  return {
    columns: columns.map((column, index) => columnOf(report, column, rows, index)),
    rows,
    metrics: [...new Set(report.cases.flatMap((one) => one.assertions.map(({ metric }) => metric)))],
    unsupported: report.cases.reduce(
      (sum, one) => sum + one.assertions.filter(({ unsupported }) => unsupported !== undefined).length,
      0,
    ),
  };
}

function cellKey(id: string, target: string): string {
  return JSON.stringify([id, target]);
}

function rowOf(one: EvalCase, columns: readonly EvalColumn[], cells: ReadonlyMap<string, EvalCell>): MatrixRow {
  const found = columns.map((column) => cells.get(cellKey(one.id, column.target)));
  const outcomes = found.map((cell) => cellOutcome(cell, one));
  const [primary] = outcomes;
  const row = outcomes.map((outcome, index): MatrixCell => {
    const cell = found[index];
    const other = index > 0 && primary !== undefined && differs(outcome, primary);
    return {
      ...(cell === undefined ? {} : { cell }),
      outcome,
      differs: other,
      worse: other && (outcome.score ?? 0) < (primary?.score ?? 0),
    };
  });
  return { case: one, cells: row, differs: row.some((cell) => cell.differs), worse: row.some((cell) => cell.worse) };
}

function columnOf(report: EvalReport, column: EvalColumn, rows: readonly MatrixRow[], index: number): MatrixColumn {
  const primary = column.target === report.primary;
  const comparison = report.comparisons.find(({ target }) => target === column.target)?.comparison;
  const outcomes = rows.flatMap((row) => row.cells[index]?.outcome ?? []);
  const scores = outcomes.flatMap(({ score }) => score ?? []);
  return {
    column,
    primary,
    ...(comparison === undefined ? {} : { comparison }),
    verdict: primary ? 'primary' : column.primaryOnly ? 'primary-only' : (comparison?.verdict ?? 'not-compared'),
    ...(scores.length === 0 ? {} : { score: scores.reduce((sum, score) => sum + score, 0) / scores.length }),
    judged: scores.length,
    passed: outcomes.filter(({ state }) => state === 'pass').length,
    missing: outcomes.filter(({ state }) => state === 'missing').length,
  };
}

/** Failing targets decide, then undecided ones; a target that may not be used anyway does not count. */
export function overallVerdict(matrix: ReportMatrix): 'pass' | 'fail' | 'inconclusive' {
  const verdicts = matrix.columns.map(({ verdict }) => verdict);
  if (verdicts.includes('fail')) return 'fail';
  if (verdicts.includes('inconclusive') || verdicts.includes('not-compared')) return 'inconclusive';
  return verdicts.includes('pass') ? 'pass' : 'inconclusive';
}
