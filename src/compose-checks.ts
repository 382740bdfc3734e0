import type { ResolvedConfig } from './config/resolved-config.ts';
import type { Contract } from './quality/contract-rules.ts';
import type { SharedPart, SharedParts } from './shared-parts.ts';
import { createAnswerChecks, type RunningChecks } from './upstream/checks/answer-checks.ts';

/** The operators' own checks of all contracts. Throws a `TypeError` for one that can never be reached. */
export function answerChecksOf({ routes, prompts }: ResolvedConfig, shared: SharedParts): SharedPart<RunningChecks> {
  const contracts: (Contract | undefined)[] = [...routes.values()].map(({ contract }) => contract);
  for (const name of prompts?.names ?? []) {
    for (const { spec } of prompts?.versions(name) ?? []) contracts.push(spec.contract);
  }
  const places = contracts.flatMap((contract) => contract?.checks ?? []);
  return shared.take(`checks ${JSON.stringify(places)}`, () => createAnswerChecks(places));
}
