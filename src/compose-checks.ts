import type { ResolvedConfig } from './config/resolved-config.ts';
import type { Contract } from './quality/contract-rules.ts';
import { createAnswerChecks, type RunningChecks } from './upstream/checks/answer-checks.ts';

/** The operators' own checks of all contracts. Throws a `TypeError` for one that can never be reached. */
export function answerChecksOf({ routes, prompts }: ResolvedConfig): RunningChecks {
  const contracts: (Contract | undefined)[] = [...routes.values()].map(({ contract }) => contract);
  for (const name of prompts?.names ?? []) {
    for (const { spec } of prompts?.versions(name) ?? []) contracts.push(spec.contract);
  }
  return createAnswerChecks(contracts.flatMap((contract) => contract?.checks ?? []));
}
