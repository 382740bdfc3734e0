import { admissionGate } from './admission-gate.ts';
import { availability } from './availability.ts';
import { breaker } from './breaker.ts';
import type { Experiment } from './experiment.ts';
import { outageCost } from './outage-cost.ts';
import { primaryBudget } from './primary-budget.ts';
import { retryLayers } from './retry-layers.ts';
import { statusPage } from './status-page.ts';

/** Every experiment there is, in the order of the report. */
export const EXPERIMENTS: readonly Experiment[] = [
  availability,
  primaryBudget,
  breaker,
  statusPage,
  retryLayers,
  admissionGate,
  outageCost,
];

export function experimentNamed(name: string): Experiment {
  const found = EXPERIMENTS.find((experiment) => experiment.name === name);
  if (found) return found;
  const names = EXPERIMENTS.map((experiment) => experiment.name).join(', ');
  throw new RangeError(`no experiment "${name}"; there are ${names}`);
}
