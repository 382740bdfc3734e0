import { openEvals } from '../compose-evals.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import { fileAnswers } from '../rehearsal/evals/answer-store.ts';
import type { EvalReport } from '../rehearsal/evals/report.ts';
import { runSuite } from '../rehearsal/evals/run-suite.ts';
import type { EvalSuite } from '../rehearsal/evals/suite.ts';
import { isSuiteError } from '../rehearsal/evals/suite-error.ts';
import { buildMatrix, overallVerdict } from '../rehearsal/reports/matrix.ts';
import { renderTable } from '../rehearsal/reports/table.ts';
import type { CommandOutcome } from './command.ts';
import { checkFileNames, suiteFile, writeReport } from './eval-files.ts';
import { EVAL_FOLDER, type EvalRunOptions, wishOf } from './eval-options.ts';
import { progressOf } from './eval-progress.ts';
import { EXIT } from './exit-codes.ts';
import { loadResolved } from './load.ts';
import { CommandError, type Output } from './output.ts';

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
  const config = await configOf(options);
  const gone = new AbortController();
  const onSignal = () => {
    output.say(
      'stopping: answers that are there are kept, and the next run goes on from them; once more to stop at once',
    );
    gone.abort();
    process.once('SIGINT', () => process.exit(EXIT.interrupted));
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const evals = await openEvals(config, {
    answers: fileAnswers(options.cacheDir ?? EVAL_FOLDER),
    onProblem: (problem) => output.say(problem),
  });
  const reports: EvalReport[] = [];
  try {
    for (const suite of suites) {
      if (gone.signal.aborted) break;
      const progress = progressOf(output);
      const report = await runSuite(suite, evals.house, { ...wishOf(options), signal: gone.signal, progress });
      progress.close();
      await writeReport(report, options, output);
      reports.push(report);
    }
    return reports;
  } catch (error) {
    if (isSuiteError(error)) throw new CommandError(EXIT.usage, error.message);
    throw error;
  } finally {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
    await evals.close();
  }
}

async function configOf({ config: path }: EvalRunOptions): Promise<ResolvedConfig> {
  const config = await loadResolved(path);
  if (config) return config;
  throw new CommandError(EXIT.usage, 'evals need a configuration: write understudy.yaml, or name a file with --config');
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
