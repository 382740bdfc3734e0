import type { Path } from './problems.ts';
import { endOf } from './resolve-demands.ts';
import type { EligibilityConfig } from './schema-eligibility.ts';
import type { Finding } from './schema-problems.ts';

/** What a route asks of its targets, checked against them. `targets`: as written. */
export function checkEligibility(path: Path, route: EligibilityConfig, targets: readonly string[]): Finding[] {
  return [...checkParity(path, route, targets), ...checkSpend([...path, 'spend'], route.spend)];
}

function checkParity(path: Path, { parity }: EligibilityConfig, targets: readonly string[]): Finding[] {
  if (parity === undefined || typeof parity === 'string') return [];
  const at: Path = [...path, 'parity'];
  const found: Finding[] = [];
  if (parity.mode !== 'strict' && parity.allowUnknown !== undefined)
    found.push({ path: [...at, 'allowUnknown'], message: 'has no effect unless mode is strict', fix: 'leave it out' });
  if (parity.mode === 'none' && parity.parameters !== undefined)
    found.push({ path: [...at, 'parameters'], message: 'has no effect where mode is none', fix: 'leave it out' });
  if (parity.mode === 'none' && parity.accepted)
    found.push({ path: [...at, 'accepted'], message: 'has no effect where mode is none', fix: 'write mode: strict' });
  const isAuto = targets.includes('auto');
  for (const [index, { target, until }] of (parity.accepted ?? []).entries()) {
    const word: Path = [...at, 'accepted', index];
    if (!isAuto && !targets.includes(target)) {
      found.push({
        path: [...word, 'target'],
        message: `${target} is no target of this route`,
        fix: `write one of ${targets.join(', ')}`,
      });
    }
    if (until !== undefined && Number.isNaN(endOf(until)))
      found.push({
        path: [...word, 'until'],
        message: `${until} is in no calendar`,
        fix: 'write a day such as 2026-12-31',
      });
  }
  return found;
}

/** A budget that limits nothing is a typo: somebody believes that it does. */
export function checkSpend(path: Path, spend: Readonly<Record<string, unknown>> | undefined): Finding[] {
  if (!spend || Object.entries(spend).some(([name, value]) => name !== 'unknownPrice' && value !== undefined))
    return [];
  return [{ path, message: 'limits nothing', fix: 'write perHour or perDay, or leave it out' }];
}
