import type { EvalCase, EvalReport, EvalRun } from '../evals/report.ts';
import type { AnswerDiff } from './answer-diff.ts';
import type { MatrixCell, MatrixRow, ReportMatrix } from './matrix.ts';
import { type CellState, cellOutcome, differs } from './outcome.ts';
import { TextPool } from './text-pool.ts';
import { answerText, counted, countText } from './words.ts';

/** What the script of the page reads. Numbers that name a text are positions in `texts`. */
export interface PageData {
  readonly targets: readonly string[];
  readonly metrics: readonly string[];
  readonly texts: readonly string[];
  readonly cases: readonly PageCase[];
}

export interface PageCase {
  readonly id: string;
  readonly description?: string;
  readonly input: number;
  readonly variables: number;
  readonly assertions: readonly PageAssertion[];
  /** In the order of `targets`; `null` where it was not run. */
  readonly cells: readonly (PageCell | null)[];
  /** Findings of the lint. */
  readonly lint: readonly number[];
  /** Its answers are not in this file. */
  readonly cut?: true;
}

export interface PageAssertion {
  readonly metric: string;
  readonly label: string;
  readonly unsupported?: string;
}

export interface PageCell {
  /** Under all metrics, then under each. */
  readonly outcomes: readonly PageOutcome[];
  readonly runs: readonly PageRun[];
}

export interface PageOutcome {
  readonly state: CellState;
  /** As shown in the cell. */
  readonly text: string;
  /** From 0 to 10, for the colour. */
  readonly heat?: number;
  readonly differs?: true;
  readonly worse?: true;
}

export interface PageRun {
  readonly text: number;
  /** Against the same repeat of the primary. */
  readonly diff?: AnswerDiff;
  /** One for each assertion: score in percent, whether it passes, and why; `null` where it is not judged. */
  readonly results: readonly (readonly [score: number, pass: boolean, because: number] | null)[];
  /** Model time, tokens and the like, on one line. */
  readonly facts: number;
}

export interface PageLimits {
  /** Of answers, as JSON. */
  readonly maxAnswerBytes: number;
  readonly maxCases: number;
  /** Of one answer, in UTF-16 units. */
  readonly maxAnswerChars: number;
}

/** A page of this size opens at once; the JSON report has no such limits. */
export const PAGE_LIMITS: PageLimits = { maxAnswerBytes: 8_000_000, maxCases: 5_000, maxAnswerChars: 20_000 };

/** The data of the page, and what was left out of it, in words. Cases that differ are the last to be left out. */
export function buildPageData(
  report: EvalReport,
  matrix: ReportMatrix,
  limits: PageLimits,
): { data: PageData; cuts: string[] } {
  const pool = new TextPool(limits.maxAnswerChars);
  const kept = keptRows(matrix.rows, limits.maxCases);
  const withAnswers = rowsWithAnswers(kept, limits);
  const cases = kept.map((row) => pageCase(row, { report, matrix, pool, answers: withAnswers.has(row) }));
  const cuts = [
    ...cutText(matrix.rows.length - kept.length, 'is left out', 'are left out', `${limits.maxCases} cases`),
    ...cutText(kept.length - withAnswers.size, 'has no answers here', 'have no answers here', 'its size'),
    ...(pool.clipped === 0
      ? []
      : [
          `${counted(pool.clipped, 'text')} cut after ${limits.maxAnswerChars} characters; the JSON report has all of it.`,
        ]),
  ];
  const targets = matrix.columns.map(({ column }) => column.target);
  return { data: { targets, metrics: matrix.metrics, texts: pool.texts, cases }, cuts };
}

function cutText(count: number, one: string, many: string, limit: string): string[] {
  if (count <= 0) return [];
  return [
    `${counted(count, 'case')} ${count === 1 ? one : many}: this page is limited in ${limit}. The JSON report has all of it.`,
  ];
}

function byDifference(rows: readonly MatrixRow[]): MatrixRow[] {
  return [...rows.filter((row) => row.differs), ...rows.filter((row) => !row.differs)];
}

function keptRows(rows: readonly MatrixRow[], maxCases: number): readonly MatrixRow[] {
  if (rows.length <= maxCases) return rows;
  const chosen = new Set(byDifference(rows).slice(0, maxCases));
  return rows.filter((row) => chosen.has(row));
}

function rowsWithAnswers(rows: readonly MatrixRow[], limits: PageLimits): ReadonlySet<MatrixRow> {
  const chosen = new Set<MatrixRow>();
  let left = limits.maxAnswerBytes;
  for (const row of byDifference(rows)) {
    const texts = new Set(row.cells.flatMap(({ cell }) => cell?.runs.map(answerText) ?? []));
    for (const text of texts) left -= Math.min(Buffer.byteLength(JSON.stringify(text)), 2 * limits.maxAnswerChars);
    if (left < 0) break;
    chosen.add(row);
  }
  return chosen;
}

interface PageContext {
  readonly report: EvalReport;
  readonly matrix: ReportMatrix;
  readonly pool: TextPool;
  readonly answers: boolean;
}

function pageCase(row: MatrixRow, context: PageContext): PageCase {
  const { report, pool, answers } = context;
  const { id, description, input, variables, assertions } = row.case;
  return {
    id,
    ...(description === undefined ? {} : { description }),
    input: answers ? pool.add(input) : pool.add(''),
    variables: pool.add(answers && Object.keys(variables).length > 0 ? JSON.stringify(variables, null, 2) : ''),
    assertions: assertions.map(({ metric, label, unsupported }) => ({
      metric,
      label,
      ...(unsupported === undefined ? {} : { unsupported }),
    })),
    cells: row.cells.map((cell) => (cell.cell ? pageCell(row, cell, context) : null)),
    lint: report.lint.flatMap((finding, index) => (finding.case === id ? [index] : [])),
    ...(answers ? {} : { cut: true }),
  };
}

function pageCell(row: MatrixRow, cell: MatrixCell, { matrix, pool, answers }: PageContext): PageCell {
  const primary = row.cells[0]?.cell;
  const runs = answers ? (cell.cell?.runs ?? []) : [];
  return {
    outcomes: [undefined, ...matrix.metrics].map((metric) => pageOutcome(row.case, cell, primary, metric)),
    runs: runs.map((run, index) => pageRun(run, cell === row.cells[0] ? undefined : primary?.runs[index], pool)),
  };
}

function pageOutcome(one: EvalCase, cell: MatrixCell, primary: MatrixCell['cell'], metric?: string): PageOutcome {
  const outcome = cellOutcome(cell.cell, one, metric);
  const best = cellOutcome(primary, one, metric);
  const other = differs(outcome, best);
  return {
    state: outcome.state,
    text: countText(outcome),
    ...(outcome.score === undefined ? {} : { heat: Math.round(10 * outcome.score) }),
    ...(other ? { differs: true } : {}),
    ...(other && (outcome.score ?? 0) < (best.score ?? 0) ? { worse: true } : {}),
  };
}

function pageRun(run: EvalRun, primary: EvalRun | undefined, pool: TextPool): PageRun {
  const text = pool.add(answerText(run));
  const diff = primary && pool.diff(pool.add(answerText(primary)), text);
  return {
    text,
    ...(diff === undefined ? {} : { diff }),
    results: run.results.map((result) =>
      result === null ? null : [Math.round(100 * result.score), result.pass, pool.add(result.because)],
    ),
    facts: pool.add(factsText(run)),
  };
}

function factsText({ durationMs, usage, finish, cached, requestId }: EvalRun): string {
  const parts = [
    `${Math.round(durationMs)} ms`,
    ...(usage.outputTokens === undefined ? [] : [`${usage.outputTokens} tokens`]),
    ...(finish === undefined ? [] : [`finish: ${finish}`]),
    ...(cached ? ['from the cache'] : []),
    requestId,
  ];
  return parts.join(' · ');
}
