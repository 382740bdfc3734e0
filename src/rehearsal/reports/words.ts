import type { MetricComparison } from '../../quality/parity/comparison.ts';
import type { EvalReport, EvalRun } from '../evals/report.ts';
import type { ColumnVerdict, MatrixColumn, ReportMatrix } from './matrix.ts';
import type { CellOutcome } from './outcome.ts';

/** The same signs and words in every rendering. */
export const VERDICT_SIGN: Readonly<Record<ColumnVerdict, string>> = {
  primary: '●',
  pass: '✓',
  fail: '✗',
  inconclusive: '?',
  'primary-only': '⊘',
  'not-compared': '–',
};

export const VERDICT_WORD: Readonly<Record<ColumnVerdict, string>> = {
  primary: 'primary',
  pass: 'pass',
  fail: 'fail',
  inconclusive: 'inconclusive',
  'primary-only': 'primary only',
  'not-compared': 'not compared',
};

/** A share as percent: `97 %`, with one decimal where whole percents would hide it. */
export function shareText(share: number): string {
  const percent = Math.round(share * 1_000) / 10;
  return `${Number.isInteger(percent) ? percent : percent.toFixed(1)} %`;
}

/** A difference of shares in percentage points, always with its sign. */
export function pointsText(difference: number): string {
  const points = (Math.round(Math.abs(difference) * 1_000) / 10).toFixed(1);
  const sign = points === '0.0' ? '±' : difference < 0 ? '−' : '+';
  return `${sign}${points}`;
}

/** Repeats that passed, of those that have an outcome. */
export function countText({ state, passed, judged, score }: CellOutcome): string {
  if (state === 'missing') return 'missing';
  if (state === 'unjudged') return 'unjudged';
  if (judged > 1) return `${passed}/${judged}`;
  return state === 'pass' ? 'pass' : score !== undefined && score > 0 ? shareText(score) : 'fail';
}

/** Difference, interval and margin of one metric, in percentage points. */
export function metricText(metric: MetricComparison): string {
  const { low, high, confidence } = metric.interval;
  const bounds = `${shareText(confidence)} interval ${pointsText(low)} to ${pointsText(high)}`;
  return `${pointsText(metric.difference)} points (${bounds}, margin ${marginText(metric)})`;
}

export function marginText({ margin }: MetricComparison): string {
  return pointsText(margin).slice(1);
}

/** What a target is worth beside the primary, in one sentence. */
export function columnText({ verdict, comparison, column }: MatrixColumn): string {
  if (verdict === 'primary') return 'what the others are compared with';
  if (verdict === 'primary-only') {
    const until = column.primaryOnly?.until === undefined ? '' : `, until ${column.primaryOnly.until}`;
    return `not to be used here: ${column.primaryOnly?.reason ?? ''}${until}`;
  }
  return comparison?.because ?? 'no comparison was made';
}

export function sizeText(report: EvalReport): string {
  const { repeats } = report.run;
  const times = repeats === 1 ? '' : ` × ${repeats} repeats`;
  return `${counted(report.cases.length, 'case')} × ${counted(report.columns.length, 'target')}${times}`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Why a report is not whole; nothing where it is. */
export function stoppedText({ run }: EvalReport): string | undefined {
  if (!run.stopped) return undefined;
  const why = run.stopped.because === 'spend-limit' ? 'the spend limit was reached' : 'it was interrupted';
  return `The run is not complete: ${why}, ${counted(run.stopped.missing, 'cell')} missing. A missing case is not a pass.`;
}

/** What a reader of verdicts has to know first: what is missing, who judged and how far that can be trusted. */
export function noticesOf(report: EvalReport, { unsupported }: ReportMatrix): string[] {
  const stopped = stoppedText(report);
  const has = unsupported === 1 ? 'has' : 'have';
  return [
    ...(stopped === undefined ? [] : [stopped]),
    ...(report.judge === undefined ? [] : [judgeText(report.judge)]),
    ...(unsupported === 0
      ? []
      : [`${counted(unsupported, 'assertion')} cannot be judged here and ${has} no part in the verdict.`]),
  ];
}

function judgeText({ target, trusted, because }: NonNullable<EvalReport['judge']>): string {
  const word = trusted ? 'its word counts' : 'its word is worth nothing here, and what it judged is inconclusive';
  return `Judged by ${target}; ${word}: ${because}.`;
}

export function costText(usd: number): string {
  return `$${usd < 0.01 ? usd.toFixed(5) : usd.toFixed(2)}`;
}

/** An answer as people read it: its text, then the tools it called. */
export function answerText(run: EvalRun): string {
  const calls = run.toolCalls.map((call) => `→ ${call.name}(${call.arguments})`);
  if (run.error) return `(no answer: ${run.error.message})`;
  return [...(run.text === '' && calls.length > 0 ? [] : [run.text]), ...calls].join('\n');
}
