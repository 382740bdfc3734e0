import type { Path } from './problems.ts';
import type { ContractConfig } from './schema-contract.ts';
import type { Finding } from './schema-problems.ts';

/** Rules of a contract that contradict each other, or the regions in which its route has to stay. */
export function checkContract(
  path: Path,
  contract: ContractConfig | undefined,
  residency: readonly string[] | undefined,
): Finding[] {
  if (!contract) return [];
  if (Object.values(contract).every((rule) => rule === undefined)) {
    return [{ path, message: 'asks for nothing', fix: 'write a rule, or leave it out' }];
  }
  const found: Finding[] = [];
  const { tools, require, forbid, checks } = contract;
  for (const [at, name] of (tools?.mustNot ?? []).entries()) {
    if (!tools?.must?.includes(name)) continue;
    const fix = 'take it out of one of the two lists';
    found.push({ path: [...path, 'tools', 'mustNot', at], message: `"${name}" must be called as well`, fix });
  }
  for (const [at, pattern] of (forbid ?? []).entries()) {
    if (!require?.includes(pattern)) continue;
    const fix = 'take it out of one of the two lists';
    found.push({ path: [...path, 'forbid', at], message: 'is required as well', fix });
  }
  for (const [at, check] of (checks ?? []).entries()) {
    if (!residency || !('http' in check) || residency.includes(check.http.region ?? '')) continue;
    const fix = `write its region, one of ${residency.join(', ')}, or take the check out`;
    found.push({
      path: [...path, 'checks', at, 'http'],
      message: 'stands in none of the regions in which the route has to stay',
      fix,
    });
  }
  return found;
}
