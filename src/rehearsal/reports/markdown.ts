import type { EvalReport } from '../evals/report.ts';
import { codeBlock, codeSpan, escapeMarkdown } from './escape.ts';
import { buildMatrix, type MatrixRow, overallVerdict, type ReportMatrix } from './matrix.ts';
import { whyNot } from './why-not.ts';
import {
  answerText,
  columnText,
  costText,
  counted,
  countText,
  marginText,
  noticesOf,
  pointsText,
  shareText,
  sizeText,
  VERDICT_WORD,
} from './words.ts';

/** GitHub takes a comment of 65,536 characters (https://github.com/orgs/community/discussions/41331). */
const MAX_CHARS = 60_000;
/** Of one answer, in UTF-16 units. */
const MAX_ANSWER_CHARS = 1_500;
/** Kept free for the line that names what was cut. */
const ROOM_FOR_CUT = 200;

const ICON = {
  pass: '✅',
  fail: '❌',
  inconclusive: '❔',
  primary: '🎭',
  'primary-only': '🚫',
  'not-compared': '❔',
} as const;

/** For a pull request: the verdict first, then the figures, then each case in which a target does worse, folded away. */
export function renderMarkdown(report: EvalReport, maxChars = MAX_CHARS): string {
  const matrix = buildMatrix(report);
  const verdict = overallVerdict(matrix);
  const notices = noticesOf(report, matrix).map((notice) => ` **${escapeMarkdown(notice)}**`);
  const head = [
    `## ${ICON[verdict]} ${codeSpan(report.suite.name)}: ${VERDICT_WORD[verdict]}`,
    `${sizeText(report)}, primary ${codeSpan(report.primary)}.${notices.join('')}`,
    targetsTable(matrix),
    metricsTable(matrix),
  ].filter((part) => part !== '');
  const worse = matrix.rows.filter((row) => row.worse);
  const parts = [...lintParts(report), ...worse.map((row) => casePart(matrix, row))];
  return fitted(head.join('\n\n'), parts, footer(report), maxChars);
}

/** As many parts as there is room for; what is left out is said. */
function fitted(head: string, parts: readonly string[], foot: string, maxChars: number): string {
  let text = head.length > maxChars ? `${head.slice(0, maxChars - ROOM_FOR_CUT - foot.length)}\n\n… cut here.` : head;
  let kept = 0;
  for (const part of parts) {
    if (text.length + part.length + foot.length + ROOM_FOR_CUT > maxChars) break;
    text += `\n\n${part}`;
    kept += 1;
  }
  const left = parts.length - kept;
  const cut =
    left === 0
      ? ''
      : `\n\n_${counted(left, 'part')} more did not fit into this comment; the HTML and JSON reports have them._`;
  return `${text}${cut}\n\n${foot}\n`;
}

function footer({ run, suite }: EvalReport): string {
  const spent = run.spentUsd === undefined ? '' : `, ${costText(run.spentUsd)} spent`;
  return `<sub>${escapeMarkdown(suite.file)} ${suite.hash.slice(0, 12)} · ${counted(run.asked, 'answer')} asked for, ${run.cached} from the cache${spent} · Understudy ${escapeMarkdown(run.version)}</sub>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function targetsTable(matrix: ReportMatrix): string {
  const rows = matrix.columns.map((column) => [
    codeSpan(column.column.target),
    `${ICON[column.verdict]} ${VERDICT_WORD[column.verdict]}`,
    column.score === undefined ? '–' : shareText(column.score),
    `${column.passed}/${column.judged}`,
    escapeMarkdown(columnText(column)),
  ]);
  return table(['target', 'verdict', 'mean score', 'cases passed', 'because'], rows);
}

function metricsTable(matrix: ReportMatrix): string {
  const rows = matrix.columns.flatMap(({ column, comparison }) =>
    (comparison?.metrics ?? []).map((metric) => [
      codeSpan(column.target),
      escapeMarkdown(metric.metric),
      `${ICON[metric.verdict]} ${metric.verdict}`,
      pointsText(metric.difference),
      `${pointsText(metric.interval.low)} to ${pointsText(metric.interval.high)}`,
      marginText(metric),
      `${metric.n}${metric.missing === 0 ? '' : ` (${metric.missing} missing)`}`,
      String(metric.neededN),
    ]),
  );
  const head = ['target', 'metric', 'verdict', 'points', 'interval', 'margin', 'cases', 'needed'];
  return rows.length === 0 ? '' : table(head, rows);
}

function lintParts({ lint }: EvalReport): string[] {
  if (lint.length === 0) return [];
  const items = lint.map(({ rule, case: id, message, instead }) => {
    const where = id === undefined ? '' : ` in ${codeSpan(id)}`;
    const better = instead === undefined ? '' : ` Instead: ${escapeMarkdown(instead)}.`;
    return `- ${codeSpan(rule)}${where}: ${escapeMarkdown(message)}.${better}`;
  });
  return [folded(`${counted(lint.length, 'assertion')} about one model’s manner`, items.join('\n'))];
}

function casePart(matrix: ReportMatrix, row: MatrixRow): string {
  const bodies = row.cells.flatMap((cell, index) => {
    const name = matrix.columns[index]?.column.target ?? '';
    if (index > 0 && !cell.worse) return [];
    const run = cell.cell?.runs.find(({ results, error }) => error ?? results.some((one) => one?.pass === false));
    const shown = run ?? cell.cell?.runs[0];
    const why = whyNot(row, cell).map((one) => `- ${escapeMarkdown(one)}`);
    const answer = shown ? codeBlock(clipped(answerText(shown))) : 'There is no answer.';
    return [
      [`**${codeSpan(name)}** ${countText(cell.outcome)}`, ...(why.length > 0 ? [why.join('\n')] : []), answer].join(
        '\n\n',
      ),
    ];
  });
  const worse = row.cells.filter((cell) => cell.worse).length;
  return folded(`${row.case.id}: worse at ${counted(worse, 'target')}`, bodies.join('\n\n'));
}

/** A summary is HTML, where Markdown has no say, and its text is escaped for both. */
function folded(summary: string, body: string): string {
  return `<details><summary>${escapeMarkdown(summary)}</summary>\n\n${body}\n\n</details>`;
}

function clipped(text: string): string {
  const left = text.length - MAX_ANSWER_CHARS;
  return left > 0 ? `${text.slice(0, MAX_ANSWER_CHARS)}\n… (${counted(left, 'character')} more)` : text;
}
