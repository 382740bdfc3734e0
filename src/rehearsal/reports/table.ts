import Table from 'cli-table3';
import pc from 'picocolors';
import type { EvalReport } from '../evals/report.ts';
import { oneLine } from './escape.ts';
import {
  buildMatrix,
  type ColumnVerdict,
  type MatrixCell,
  type MatrixColumn,
  type MatrixRow,
  overallVerdict,
  type ReportMatrix,
} from './matrix.ts';
import {
  columnText,
  counted,
  countText,
  metricText,
  noticesOf,
  shareText,
  sizeText,
  VERDICT_SIGN,
  VERDICT_WORD,
} from './words.ts';

export interface TableOptions {
  readonly colour: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** Cases that are shown, those that differ before the others; 40 when left out. */
  readonly maxCases?: number;
}

const MAX_CASES = 40;
/** Narrower than this a column says nothing. */
const MIN_CELL = 8;

/** The matrix of cases and targets for a terminal, with the verdicts beneath and the reasons after it. */
export function renderTable(report: EvalReport, options: TableOptions): string {
  const matrix = buildMatrix(report);
  const paint = pc.createColors(options.colour);
  const rows = shownRows(matrix, options.maxCases ?? MAX_CASES);
  const left = matrix.rows.length - rows.length;
  const verdict = overallVerdict(matrix);
  return [
    `${paint.bold(report.suite.name)}: ${painted(paint, verdict, `${VERDICT_SIGN[verdict]} ${VERDICT_WORD[verdict]}`)}, ${sizeText(report)}`,
    grid(matrix, rows, paint, options.width),
    ...(left > 0
      ? [`and ${counted(left, 'case')} more${rows.some((row) => !row.differs) ? ', none of them different' : ''}`]
      : []),
    ...noticesOf(report, matrix).map((notice) => paint.yellow(oneLine(notice))),
    ...matrix.columns.filter(({ primary }) => !primary).flatMap((column) => reasons(column, paint)),
    ...report.lint.map(
      ({ rule, case: id, message, instead }) =>
        `${paint.yellow('lint')} ${rule}${id === undefined ? '' : ` in ${oneLine(id)}`}: ${oneLine(message)}${instead === undefined ? '' : `; instead: ${oneLine(instead)}`}`,
    ),
  ].join('\n');
}

type Paint = ReturnType<typeof pc.createColors>;

function shownRows({ rows }: ReportMatrix, most: number): readonly MatrixRow[] {
  if (rows.length <= most) return rows;
  const chosen = new Set([...rows.filter((row) => row.differs), ...rows.filter((row) => !row.differs)].slice(0, most));
  return rows.filter((row) => chosen.has(row));
}

function grid(matrix: ReportMatrix, rows: readonly MatrixRow[], paint: Paint, width: number): string {
  const targets = matrix.columns.length;
  const names = Math.max(4, ...rows.map((row) => oneLine(row.case.id).length));
  const forNames = Math.min(names, 48, Math.max(12, width - targets * (MIN_CELL + 3) - 4));
  const each = Math.max(MIN_CELL, Math.min(32, Math.floor((width - forNames - 4) / targets) - 3));
  const table = new Table({
    head: ['case', ...matrix.columns.map(({ column }) => fitted(column.target, each))],
    colAligns: ['left', ...matrix.columns.map(() => 'center' as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows)
    table.push([fitted(oneLine(row.case.id), forNames), ...row.cells.map((cell) => heated(cell, paint, each))]);
  const mean = ({ score }: MatrixColumn) => (score === undefined ? '–' : shareText(score));
  table.push([paint.bold('mean score'), ...matrix.columns.map((column) => paint.bold(mean(column)))]);
  table.push([
    paint.bold('parity'),
    ...matrix.columns.map(({ verdict }) =>
      painted(paint, verdict, fitted(`${VERDICT_SIGN[verdict]} ${VERDICT_WORD[verdict]}`, each)),
    ),
  ]);
  return table.toString();
}

/** The end of a name tells models apart better than its beginning. */
function fitted(text: string, width: number): string {
  if (text.length <= width) return text;
  const short = text.slice(text.indexOf('/') + 1);
  return short.length <= width ? short : `${short.slice(0, Math.max(1, width - 1))}…`;
}

function heated({ outcome, differs, worse }: MatrixCell, paint: Paint, width: number): string {
  const text = fitted(
    `${countText(outcome)}${differs && outcome.score !== undefined ? (worse ? ' ▼' : ' ▲') : ''}`,
    width,
  );
  if (outcome.score === undefined) return paint.dim(text);
  const padded = ` ${text} `;
  if (outcome.score >= 0.95) return paint.black(paint.bgGreen(padded));
  if (outcome.score >= 0.5) return paint.black(paint.bgYellow(padded));
  return paint.white(paint.bgRed(padded));
}

function painted(paint: Paint, verdict: ColumnVerdict, text: string): string {
  switch (verdict) {
    case 'pass':
      return paint.green(text);
    case 'fail':
      return paint.red(text);
    case 'inconclusive':
      return paint.yellow(text);
    case 'primary':
    case 'primary-only':
    case 'not-compared':
      return paint.dim(text);
  }
}

function reasons(column: MatrixColumn, paint: Paint): string[] {
  const { verdict, comparison } = column;
  const head = painted(paint, verdict, `${VERDICT_SIGN[verdict]} ${column.column.target}: ${VERDICT_WORD[verdict]}`);
  const metrics = (comparison?.metrics ?? []).map((metric) => {
    const needed = metric.verdict === 'inconclusive' ? `, ${metric.neededN} cases needed` : '';
    const missing = metric.missing === 0 ? '' : `, ${metric.missing} missing`;
    const sign = painted(paint, metric.verdict, VERDICT_SIGN[metric.verdict]);
    return `  ${sign} ${metric.metric}: ${metricText(metric)}, n ${metric.n}${missing}${needed}`;
  });
  return [`${head}, ${oneLine(columnText(column))}`, ...metrics];
}
