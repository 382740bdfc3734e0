import { compareToPrimary, type MetricCases } from '../../quality/parity/compare-to-primary.ts';
import type { PairedCase } from '../../quality/parity/comparison.ts';
import { canonicalJson } from '../../quality/receipts/canonical-json.ts';
import { metricsOf, scoreOf } from './compare-columns.ts';
import type { EvalCase, EvalReport, TargetComparison } from './report.ts';
import { DEFAULT_MARGIN } from './suite.ts';

/** Two reports of one suite, target by target: is what came later no worse than what was before. */
export interface ReportComparison {
  readonly suite: string;
  /** One for each target that both reports have. */
  readonly targets: readonly TargetComparison[];
  /** Targets that only one of them has. */
  readonly unpaired: readonly string[];
  /** Cases that only one of them has, or whose demands differ: they cannot be compared, and count as missing. */
  readonly changedCases: readonly string[];
}

/** `margins` by metric; where a metric has none, that of the earlier report. Throws `RangeError` for a margin that is none. */
export function compareReports(before: EvalReport, after: EvalReport, margin?: number): ReportComparison {
  const changed = changedCases(before.cases, after.cases);
  const targets = before.columns.map(({ target }) => target);
  const shared = targets.filter((target) => after.columns.some((column) => column.target === target));
  const others = [...targets, ...after.columns.map(({ target }) => target)].filter((one) => !shared.includes(one));
  const cases = [...before.cases, ...after.cases.filter(({ id }) => !before.cases.some((one) => one.id === id))];
  return {
    suite: after.suite.name,
    targets: shared.map((target) => ({
      target,
      comparison: compareToPrimary(
        metricsOf(cases).map(
          (metric): MetricCases => ({
            metric,
            margin: margin ?? marginOf(before, metric),
            cases: pairsOf({ before, after, cases, changed }, metric, target),
          }),
        ),
      ),
    })),
    unpaired: [...new Set(others)],
    changedCases: [...changed],
  };
}

interface Pairing {
  readonly before: EvalReport;
  readonly after: EvalReport;
  readonly cases: readonly EvalCase[];
  readonly changed: ReadonlySet<string>;
}

function pairsOf({ before, after, cases, changed }: Pairing, metric: string, target: string): PairedCase[] {
  return cases
    .filter(({ assertions }) => assertions.some((one) => one.metric === metric && one.unsupported === undefined))
    .map((one) => {
      const scores = ({ cells }: EvalReport) =>
        changed.has(one.id)
          ? []
          : cells
              .filter((cell) => cell.case === one.id && cell.target === target)
              .flatMap(({ runs }) => runs.flatMap((run) => scoreOf(one, metric, run) ?? []));
      return { id: one.id, primary: scores(before), target: scores(after) };
    });
}

function changedCases(before: readonly EvalCase[], after: readonly EvalCase[]): Set<string> {
  const demands = (cases: readonly EvalCase[]) => new Map(cases.map((one) => [one.id, demandOf(one)]));
  const [old, now] = [demands(before), demands(after)];
  const ids = new Set([...old.keys(), ...now.keys()]);
  return new Set([...ids].filter((id) => old.get(id) !== now.get(id)));
}

/** Prompts and messages may change between the two: that is what is compared. */
function demandOf({ assertions }: EvalCase): string {
  return canonicalJson(assertions.map(({ written }) => written));
}

function marginOf({ comparisons }: EvalReport, metric: string): number {
  const found = comparisons.flatMap(({ comparison }) => comparison.metrics).find((one) => one.metric === metric);
  return found?.margin ?? DEFAULT_MARGIN;
}
