import type { EvalHouse } from '../rehearsal/evals/house.ts';
import { planSuite } from '../rehearsal/evals/plan-suite.ts';
import type { EvalReport } from '../rehearsal/evals/report.ts';
import { runSuite } from '../rehearsal/evals/run-suite.ts';
import type { EvalSuite } from '../rehearsal/evals/suite.ts';
import { buildMatrix, overallVerdict } from '../rehearsal/reports/matrix.ts';
import { renderTable } from '../rehearsal/reports/table.ts';
import type { CommandOutcome } from './command.ts';
import { checkFileNames, suiteFile, writeReport } from './eval-files.ts';
import { withEvals } from './eval-house.ts';
import { type EvalRunOptions, wishOf } from './eval-options.ts';
import { planLines } from './eval-plan.ts';
import { progressOf } from './eval-progress.ts';
import { EXIT } from './exit-codes.ts';
import type { Output } from './output.ts';

/** `understudy eval run <suite…>`: asks every target every case, and compares each with the primary. */
export async function evalRun(
  options: EvalRunOptions,
  output: Output,
  files: readonly string[],
): Promise<CommandOutcome> {
  checkFileNames(options, files.length);
  const suites = await Promise.all(files.map((file) => suiteFile(file)));
  const reports = await runSuites(suites, options, output);
  if (output.json) output.data(JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2));
  else for (const report of reports) output.data(tableOf(report));
  return outcomeOf(reports);
}

/** Runs suites one after the other and writes what was asked for of each. The first signal ends the run, the second the process. */
export async function runSuites(
  suites: readonly EvalSuite[],
  options: EvalRunOptions,
  output: Output,
): Promise<readonly EvalReport[]> {
  const gone = new AbortController();
  const onSignal = () => {
    if (gone.signal.aborted) process.exit(EXIT.interrupted);
    output.say('stopping: answers that are there are kept, and the next run goes on from them; again to stop at once');
    gone.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await withEvals(options, output, async (house) => {
      const reports: EvalReport[] = [];
      for (const suite of suites) {
        if (!gone.signal.aborted) reports.push(await runOne(suite, house, { options, output, signal: gone.signal }));
      }
      return reports;
    });
  } finally {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
  }
}

interface Around {
  readonly options: EvalRunOptions;
  readonly output: Output;
  readonly signal: AbortSignal;
}

async function runOne(suite: EvalSuite, house: EvalHouse, { options, output, signal }: Around): Promise<EvalReport> {
  for (const line of planLines(planSuite(suite, house, wishOf(options)))) output.say(line);
  const progress = progressOf(output);
  try {
    const report = await runSuite(suite, house, { ...wishOf(options), signal, progress });
    await writeReport(report, options, output);
    return report;
  } finally {
    progress.close();
  }
}

export function tableOf(report: EvalReport): string {
  return renderTable(report, {
    colour: process.stdout.isTTY === true && !process.env.NO_COLOR,
    width: process.stdout.columns ?? 120,
  });
}

/** The worst of several: what failed counts more than what is not known. */
export function outcomeOf(reports: readonly EvalReport[]): CommandOutcome {
  if (reports.some(({ run }) => run.stopped?.because === 'interrupted')) return EXIT.interrupted;
  const verdicts = reports.map((report) => overallVerdict(buildMatrix(report)));
  if (verdicts.includes('fail')) return EXIT.failed;
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'pass') ? EXIT.ok : EXIT.inconclusive;
}
