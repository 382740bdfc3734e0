import type { MetricComparison } from '../../quality/parity/comparison.ts';
import {
  RECEIPT_FORMAT,
  type ReceiptClaim,
  type ReceiptMetric,
  type ReceiptSide,
} from '../../quality/receipts/receipt.ts';
import type { EvalColumn, EvalReport, TargetComparison } from '../evals/report.ts';

/** Most characters of the words that go with a verdict. */
const MAX_WORDS = 2_000;

export interface IssueTerms {
  /** Wall clock, milliseconds since 1970. */
  readonly now: number;
  /** How long the evidence stands from its last answer on, in milliseconds. */
  readonly validForMs: number;
}

/** What a report gives evidence of, and for whom it gives none. */
export interface Issuable {
  readonly claims: readonly ReceiptClaim[];
  readonly withheld: readonly { readonly target: string; readonly because: string }[];
}

/**
 * The receipts of a report: one for each target whose comparison is complete and conclusive, whether it passed or failed.
 * Whatever would leave open of whom it speaks gives none, with the reason.
 * @throws RangeError where the report's times are no moments
 */
export function receiptsOf(report: EvalReport, terms: IssueTerms): Issuable {
  const claims: ReceiptClaim[] = [];
  const withheld: { target: string; because: string }[] = [];
  const primary = report.columns.find(({ target }) => target === report.primary);
  for (const compared of report.comparisons) {
    const column = report.columns.find(({ target }) => target === compared.target);
    const because = whyNone(report, { primary, column, compared, terms });
    if (because !== undefined || !primary || !column) {
      withheld.push({ target: compared.target, because: because ?? 'the report has no column of it' });
    } else claims.push(claimOf(report, { primary, column, compared, terms }));
  }
  return { claims, withheld };
}

interface Compared {
  readonly primary: EvalColumn;
  readonly column: EvalColumn;
  readonly compared: TargetComparison;
  readonly terms: IssueTerms;
}

type Found = Pick<Compared, 'compared' | 'terms'> & { readonly [K in 'primary' | 'column']: EvalColumn | undefined };

function whyNone(report: EvalReport, { primary, column, compared, terms }: Found): string | undefined {
  const { verdict, because, metrics } = compared.comparison;
  if (!primary) return `the report has no column of the primary, ${report.primary}`;
  if (!column) return 'the report has no column of it';
  if (column.primaryOnly) return `its prompt is for the primary alone: ${column.primaryOnly.reason}`;
  if (report.run.stopped) return `the run was stopped (${report.run.stopped.because}), and cases are missing`;
  const [partial] = metrics.filter(({ missing }) => missing > 0);
  if (partial) return `${partial.missing} cases have no outcome under ${partial.metric}: a missing case is no pass`;
  if (verdict === 'inconclusive') return because;
  if (metrics.length === 0 || metrics.some(({ n }) => n === 0)) return 'nothing was compared';
  for (const { target, servedModels } of [column, primary]) {
    if (servedModels.length > 1) {
      return `${target} answered as several models (${servedModels.join(', ')}): run it again, without its cache`;
    }
  }
  const ended = momentOf(report.run.endedAt);
  const measured = measuredAt(report);
  if (ended > terms.now) return `the report ends at ${report.run.endedAt}, which is yet to come`;
  if (measured + terms.validForMs <= terms.now)
    return `its answers are of ${new Date(measured).toISOString()}: too old by now`;
  return undefined;
}

function claimOf(report: EvalReport, { primary, column, compared, terms }: Compared): ReceiptClaim {
  const { comparison } = compared;
  const measured = measuredAt(report);
  const { name, hash, file } = report.suite;
  return {
    format: RECEIPT_FORMAT,
    subject: { kind: report.subject.kind, name: report.subject.name },
    suite: { name, hash, file },
    primary: sideOf(primary),
    target: sideOf(column),
    parameters: column.parameters,
    n: Math.min(...comparison.metrics.map(({ n }) => n)),
    metrics: comparison.metrics.map(metricOf),
    verdict: comparison.verdict === 'pass' ? 'pass' : 'fail',
    because: comparison.because.slice(0, MAX_WORDS),
    ...judgeOf(report),
    measuredAt: new Date(measured).toISOString(),
    issuedAt: new Date(terms.now).toISOString(),
    expiresAt: new Date(measured + terms.validForMs).toISOString(),
  };
}

function sideOf({ target, servedModels, promptVersion }: EvalColumn): ReceiptSide {
  const [snapshot] = servedModels;
  return {
    target,
    ...(snapshot !== undefined && { snapshot }),
    ...(promptVersion !== undefined && { promptVersion }),
  };
}

function metricOf(comparison: MetricComparison): ReceiptMetric {
  const { metric, method, n, primary, target, difference, interval, margin, verdict } = comparison;
  // A bound may be infinite where a test gives none on that side; differences of shares end at one.
  const bound = (value: number) => Math.min(1, Math.max(-1, value));
  const { low, high, confidence } = interval;
  return {
    metric,
    method,
    n,
    primary,
    target,
    difference,
    interval: { low: bound(low), high: bound(high), confidence },
    margin,
    verdict,
  };
}

function judgeOf({ judge }: EvalReport): Pick<ReceiptClaim, 'judge'> {
  if (!judge) return {};
  const [snapshot] = judge.servedModels;
  const { target, agreement } = judge;
  return { judge: { target, ...(snapshot !== undefined && { snapshot }), agreement } };
}

/** Evidence is as old as the oldest answer that it rests on. */
function measuredAt({ run }: EvalReport): number {
  return momentOf(run.oldestAnswerAt ?? run.endedAt);
}

function momentOf(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new RangeError(`the report names a moment that is none: ${text.slice(0, 40)}`);
  return at;
}
