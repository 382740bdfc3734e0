import { availability } from './availability.ts';
import type { Experiment } from './experiment.ts';

/** Every experiment there is, in the order of the report. */
export const EXPERIMENTS: readonly Experiment[] = [availability];

export function experimentNamed(name: string): Experiment {
  const found = EXPERIMENTS.find((experiment) => experiment.name === name);
  if (found) return found;
  const names = EXPERIMENTS.map((experiment) => experiment.name).join(', ');
  throw new RangeError(`no experiment "${name}"; there are ${names}`);
}
