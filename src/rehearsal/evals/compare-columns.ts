import { compareToPrimary, type MetricCases } from '../../quality/parity/compare-to-primary.ts';
import type { MetricComparison, PairedCase, ParityComparison } from '../../quality/parity/comparison.ts';
import type { EvalCase, EvalCell, EvalReport, EvalRun, JudgeFacts, TargetComparison } from './report.ts';
import type { EvalSuite } from './suite.ts';

/** What a comparison is made from: the cases with their assertions, and what was found. */
export type Compared = Pick<EvalReport, 'primary' | 'columns' | 'cases' | 'cells'>;

/** Every target but the primary beside it, metric by metric. */
export function compareColumns(
  found: Compared,
  margins: EvalSuite['margins'],
  judge?: JudgeFacts,
): readonly TargetComparison[] {
  const doubted = judge && !judge.trusted ? judge.because : undefined;
  return found.columns
    .filter(({ target }) => target !== found.primary)
    .map(({ target }) => {
      const metrics = metricsOf(found.cases).map(
        (metric): MetricCases => ({
          metric,
          margin: margins.byMetric[metric] ?? margins.default,
          cases: pairedCases(found, metric, target),
        }),
      );
      const comparison = compareToPrimary(metrics);
      if (doubted === undefined) return { target, comparison };
      return { target, comparison: withoutJudge(comparison, judgedMetrics(found.cases), doubted) };
    });
}

/** Metrics of which at least one assertion can be judged, in the order in which they are first named. */
export function metricsOf(cases: readonly EvalCase[]): string[] {
  return [...new Set(cases.flatMap(({ assertions }) => assertions.filter(isJudged).map(({ metric }) => metric)))];
}

/** Every case that has the metric; a target without an outcome has no scores there. */
export function pairedCases({ cases, cells, primary }: Compared, metric: string, target: string): PairedCase[] {
  const runs = new Map(cells.map((cell) => [keyOf(cell), cell.runs]));
  return cases
    .filter(({ assertions }) => assertions.some((one) => one.metric === metric && isJudged(one)))
    .map((one) => ({
      id: one.id,
      primary: scoresOf(one, metric, runs.get(keyOf({ case: one.id, target: primary })) ?? []),
      target: scoresOf(one, metric, runs.get(keyOf({ case: one.id, target })) ?? []),
    }));
}

function keyOf({ case: id, target }: Pick<EvalCell, 'case' | 'target'>): string {
  return `${target} ${id}`;
}

function isJudged({ unsupported }: EvalCase['assertions'][number]): boolean {
  return unsupported === undefined;
}

function scoresOf(one: EvalCase, metric: string, runs: readonly EvalRun[]): number[] {
  return runs.flatMap((run) => scoreOf(one, metric, run) ?? []);
}

/** The mean over the assertions of a metric; undefined where one of them that can be judged was not. */
export function scoreOf({ assertions }: EvalCase, metric: string, { results }: EvalRun): number | undefined {
  let sum = 0;
  let count = 0;
  for (const [at, assertion] of assertions.entries()) {
    if (assertion.metric !== metric || !isJudged(assertion)) continue;
    const result = results[at];
    if (!result) return undefined;
    sum += result.score;
    count += 1;
  }
  return count === 0 ? undefined : sum / count;
}

function judgedMetrics(cases: readonly EvalCase[]): ReadonlySet<string> {
  const judged = cases.flatMap(({ assertions }) => assertions.filter(({ grader }) => grader === 'rubric'));
  return new Set(judged.map(({ metric }) => metric));
}

/** The word of a judge that is not to be trusted shows nothing, either way. */
function withoutJudge(comparison: ParityComparison, judged: ReadonlySet<string>, why: string): ParityComparison {
  const metrics = comparison.metrics.map(
    (metric): MetricComparison =>
      judged.has(metric.metric) ? { ...metric, verdict: 'inconclusive', because: why } : metric,
  );
  for (const verdict of ['fail', 'inconclusive'] as const) {
    const found = metrics.filter((metric) => metric.verdict === verdict);
    if (found.length > 0) {
      return { verdict, because: found.map(({ metric, because }) => `${metric}: ${because}`).join(' · '), metrics };
    }
  }
  return { ...comparison, metrics };
}
