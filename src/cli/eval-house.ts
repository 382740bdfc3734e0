import { openEvals } from '../compose-evals.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import { fileAnswers } from '../rehearsal/evals/answer-store.ts';
import type { EvalHouse } from '../rehearsal/evals/house.ts';
import { isSuiteError } from '../rehearsal/evals/suite-error.ts';
import { EVAL_FOLDER, type EvalRunOptions } from './eval-options.ts';
import { EXIT } from './exit-codes.ts';
import { loadResolved } from './load.ts';
import { CommandError, type Output } from './output.ts';

/** Opens the engine of the configuration for a task. What is wrong with a suite is the command line's fault. */
export async function withEvals<T>(
  options: EvalRunOptions,
  output: Output,
  task: (house: EvalHouse) => Promise<T>,
): Promise<T> {
  const evals = await openEvals(await configOf(options), {
    answers: fileAnswers(options.cacheDir ?? EVAL_FOLDER),
    onProblem: (problem) => output.say(problem),
  });
  try {
    return await task(evals.house);
  } catch (error) {
    if (isSuiteError(error)) throw new CommandError(EXIT.usage, error.message);
    throw error;
  } finally {
    await evals.close();
  }
}

export async function configOf({ config: path }: EvalRunOptions): Promise<ResolvedConfig> {
  const config = await loadResolved(path);
  if (config) return config;
  throw new CommandError(EXIT.usage, 'evals need a configuration: write understudy.yaml, or name a file with --config');
}
