import { experimentNamed } from './catalogue.ts';
import type { Experiment, Measured, Scale } from './experiment.ts';
import { Results } from './experiment.ts';

/** One arm of one experiment with one seed: what a worker does at a time. */
export interface Job {
  readonly experiment: string;
  readonly arm: string;
  readonly seed: number;
  readonly scale: Scale;
}

export function runJob({ experiment, arm, seed, scale }: Job): Promise<Measured> {
  return experimentNamed(experiment).measure(arm, seed, scale);
}

export function jobsOf(experiments: readonly Experiment[], seeds: number, scale: Scale): Job[] {
  if (!Number.isInteger(seeds) || seeds < 1)
    throw new RangeError(`seeds must be a whole number of 1 or more, got ${seeds}`);
  return experiments.flatMap(({ name, arms }) =>
    arms.flatMap((arm) =>
      Array.from({ length: seeds }, (_, index) => ({ experiment: name, arm, seed: index + 1, scale })),
    ),
  );
}

/** What the jobs of one experiment came to; `measured` stands in the order of `jobs`, whenever each was done. */
export function resultsOf(experiment: Experiment, jobs: readonly Job[], measured: readonly Measured[]): Results {
  const byArm = new Map<string, Measured[]>(experiment.arms.map((arm) => [arm, []]));
  for (const [index, job] of jobs.entries()) {
    const one = measured[index];
    if (one && job.experiment === experiment.name) byArm.get(job.arm)?.push(one);
  }
  return new Results(byArm);
}
