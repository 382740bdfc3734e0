import { planSuite, type SuitePlan } from '../rehearsal/evals/plan-suite.ts';
import type { CommandOutcome } from './command.ts';
import { suiteFile } from './eval-files.ts';
import { withEvals } from './eval-house.ts';
import { type EvalRunOptions, wishOf } from './eval-options.ts';
import { EXIT } from './exit-codes.ts';
import type { Output } from './output.ts';

/** `understudy eval plan <suite…>`: what a run would cost and could show. Asks nobody. */
export async function evalPlan(
  options: EvalRunOptions,
  output: Output,
  files: readonly string[],
): Promise<CommandOutcome> {
  const suites = await Promise.all(files.map((file) => suiteFile(file)));
  const plans = await withEvals(options, output, async (house) =>
    suites.map((suite) => planSuite(suite, house, wishOf(options))),
  );
  if (output.json) output.data(JSON.stringify(plans, null, 2));
  else for (const plan of plans) for (const line of planLines(plan)) output.data(line);
  return EXIT.ok;
}

export function planLines(plan: SuitePlan): string[] {
  const { suite, primary, targets, answers, repeats, estimatedUsd } = plan;
  const cost = estimatedUsd === undefined ? 'what it costs is not known' : `about $${estimatedUsd.toFixed(4)}`;
  return [
    `${suite}: ${answers} answers (${targets.length} targets, ${repeats} of each), ${cost}; the primary is ${primary}`,
    ...plan.metrics.map(({ metric, cases, margin, neededCases, assuming }) => {
      const enough = cases >= neededCases ? 'enough' : 'too few';
      return `  ${metric}: ${cases} cases, ${enough}; about ${neededCases} show that no more than ${margin} is lost (${assuming})`;
    }),
  ];
}
