import type { EvalReport } from '../rehearsal/evals/report.ts';
import type { EvalSuite } from '../rehearsal/evals/suite.ts';
import { buildMatrix, overallVerdict } from '../rehearsal/reports/matrix.ts';
import type { CommandOutcome } from './command.ts';
import { checkFileNames, suiteFile, suiteOrReport, writeReport } from './eval-files.ts';
import { configOf } from './eval-house.ts';
import type { EvalRunOptions } from './eval-options.ts';
import { outcomeOf, runSuites, tableOf } from './eval-run.ts';
import { EXIT } from './exit-codes.ts';
import { issuedLines, issueReceipts } from './issue-receipts.ts';
import { CommandError, type Output } from './output.ts';

/**
 * `understudy eval gate <report|suite…>`: 0 where every target passed, 1 where one failed, 3 where too little is known.
 * Suites are run first; a report of a suite that has changed since shows nothing.
 */
export async function evalGate(
  options: GateOptions,
  output: Output,
  files: readonly string[],
): Promise<CommandOutcome> {
  const found = await Promise.all(files.map((file) => suiteOrReport(file)));
  const suites: EvalSuite[] = found.flatMap((one) => ('suite' in one ? [one.suite] : []));
  const given: EvalReport[] = found.flatMap((one) => ('report' in one ? [one.report] : []));
  checkFileNames(options, found.length);
  const stale = new Map(await Promise.all(given.map(async (one) => [one, await changedSince(one)] as const)));
  const fresh = suites.length > 0 ? await runSuites(suites, options, output) : [];
  const reports = [...given, ...fresh];
  for (const report of given) await writeReport(report, options, output);
  for (const report of reports) print(report, output);
  const notices = [...stale.values()].filter((why) => why !== undefined);
  for (const why of notices) output.say(why);
  const current = reports.filter((report) => stale.get(report) === undefined);
  const receipts = options.receipts === undefined ? undefined : await receiptsFor(current, options, output);
  if (output.json) output.data(JSON.stringify({ suites: verdictsOf(reports), stale: notices, ...receipts }, null, 2));
  const outcome = outcomeOf(reports);
  return notices.length > 0 && outcome === EXIT.ok ? EXIT.inconclusive : outcome;
}

interface GateOptions extends EvalRunOptions {
  /** Folder to write receipts into; true: the configured one. */
  readonly receipts?: string | true;
}

async function receiptsFor(reports: readonly EvalReport[], options: GateOptions, output: Output) {
  const config = await configOf(options);
  const dir = typeof options.receipts === 'string' ? options.receipts : config.receipts.dir;
  const placed = { ...config, receipts: { ...config.receipts, dir } };
  const issued = await issueReceipts(reports, placed, Date.now());
  for (const line of issuedLines(issued)) output.say(line);
  return { receipts: issued.written.map(({ file, receipt }) => ({ file, id: receipt.id })), withheld: issued.withheld };
}

function print(report: EvalReport, output: Output): void {
  if (!output.json) output.data(tableOf(report));
}

/** Why a report says nothing of the suite as it stands; a report whose suite is not here is taken as it is. */
async function changedSince({ suite }: EvalReport): Promise<string | undefined> {
  try {
    const { hash } = await suiteFile(suite.file);
    return hash === suite.hash ? undefined : `${suite.file} has changed since the report was made: run it again`;
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

function verdictsOf(reports: readonly EvalReport[]) {
  return reports.map((report) => ({
    suite: report.suite.name,
    verdict: overallVerdict(buildMatrix(report)),
    targets: report.comparisons.map(({ target, comparison }) => ({
      target,
      verdict: comparison.verdict,
      because: comparison.because,
    })),
  }));
}
