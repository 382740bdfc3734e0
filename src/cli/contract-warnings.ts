import { existsSync } from 'node:fs';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import type { Route } from '../engine/route.ts';
import type { Contract, CustomCheck } from '../quality/contract-rules.ts';

/** What an operator should know of the contracts that hold for a route: its own, and that of the prompt it is bound to. */
export function contractWarnings(route: Route, { prompts }: Pick<ResolvedConfig, 'prompts'>): string[] {
  const ofPrompt = route.prompt === undefined ? undefined : prompts?.present(route.prompt)?.spec.contract;
  const contracts: Contract[] = [route.contract, ofPrompt].filter((contract) => contract !== undefined);
  if (contracts.length === 0) return [];
  const checks = contracts.flatMap((contract) => contract.checks);
  return [...holdWarnings(route), ...checks.flatMap((check) => checkWarnings(route, check))];
}

/** A cascade holds every answer whole, whatever the route says. */
function holdWarnings({ name, hold, policy }: Route): string[] {
  if (hold.kind === 'whole-answer' || policy.kind === 'cascade') return [];
  return [
    `route "${name}": its contract is judged when a stream ends, and callers have seen most of it by then; with \`hold: whole-answer\` they see nothing of an answer that breaks it`,
  ];
}

function checkWarnings({ name, demands }: Route, check: CustomCheck): string[] {
  if (check.kind === 'module') {
    return existsSync(check.path) ? [] : [`route "${name}": the check ${check.path} is not there`];
  }
  const { residency } = demands;
  if (!residency || residency.includes(check.region ?? '')) return [];
  const verdict = check.onFailure === 'pass' ? 'passes' : 'is broken';
  return [
    `route "${name}": the check ${check.name} stands in none of ${residency.join(', ')} and is never asked: every answer ${verdict} there`,
  ];
}
