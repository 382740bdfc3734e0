import type { MetricComparison } from '../quality/parity/comparison.ts';
import { compareReports, type ReportComparison } from '../rehearsal/evals/compare-reports.ts';
import type { CommandOutcome } from './command.ts';
import { reportFile } from './eval-files.ts';
import { EXIT } from './exit-codes.ts';
import { CommandError, type Output } from './output.ts';

/** `understudy eval compare <before> <after>`: whether answers got worse between two runs of one suite. */
export async function evalCompare(
  options: { readonly margin?: number },
  output: Output,
  [first = '', second = '']: readonly string[],
): Promise<CommandOutcome> {
  const [before, after] = [await reportFile(first), await reportFile(second)];
  if (before.suite.name !== after.suite.name)
    throw new CommandError(EXIT.usage, `${first} is of suite ${before.suite.name}, ${second} of ${after.suite.name}`);
  const compared = compareReports(before, after, options.margin);
  if (output.json) output.data(JSON.stringify(compared, null, 2));
  else for (const line of linesOf(compared)) output.data(line);
  return outcomeOf(compared);
}

function linesOf({ suite, targets, unpaired, changedCases }: ReportComparison): string[] {
  return [
    `${suite}: after beside before`,
    ...targets.flatMap(({ target, comparison }) => [
      `${SIGNS[comparison.verdict]} ${target}: ${comparison.verdict}`,
      ...comparison.metrics.map(metricLine),
    ]),
    ...(unpaired.length > 0 ? [`in one of the two only: ${unpaired.join(', ')}`] : []),
    ...(changedCases.length > 0 ? [`cases whose demands differ: ${changedCases.slice(0, 20).join(', ')}`] : []),
  ];
}

function metricLine({ metric, n, missing, primary, target, interval, margin }: MetricComparison): string {
  const lost = missing > 0 ? `, ${missing} cases missing in one of them` : '';
  const bounds = `${points(interval.low)} to ${points(interval.high)} points`;
  return `    ${metric}: ${points(target)} % after, ${points(primary)} % before, n ${n}${lost}; ${bounds}, margin ${points(margin)}`;
}

function points(share: number): string {
  return (share * 100).toFixed(1);
}

const SIGNS = { pass: '✓', fail: '✗', inconclusive: '?' } as const;

function outcomeOf({ targets }: ReportComparison): CommandOutcome {
  const verdicts = targets.map(({ comparison }) => comparison.verdict);
  if (verdicts.includes('fail')) return EXIT.failed;
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'pass') ? EXIT.ok : EXIT.inconclusive;
}
