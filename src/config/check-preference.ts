import { AUTO } from './auto-targets.ts';
import { ROUTE_DEFAULTS } from './defaults.ts';
import { SCORE_WEIGHTS } from './preference-defaults.ts';
import type { Path } from './problems.ts';
import type { Finding } from './schema-problems.ts';
import type { RouteConfig } from './schema-routes.ts';

/** Scores and affinity where nobody is preferred to anybody, and scores that measure nothing. */
export function checkPreference(path: Path, route: RouteConfig): Finding[] {
  const { score, affinity, policy = ROUTE_DEFAULTS.policy } = route.failover ?? {};
  const at: Path = [...path, 'failover'];
  const found: Finding[] = [];
  const isOrdered = policy === 'hot-cold' || policy === 'quorum';
  const isAlone = route.targets.length === 1 && !route.targets.includes(AUTO);
  for (const [option, written] of Object.entries({ score, affinity })) {
    if (written === undefined || written === 'off' || (isOrdered && !isAlone)) continue;
    const message = isOrdered ? 'has no effect with one target' : `has no effect with the policy ${policy}`;
    found.push({ path: [...at, option], at: 'key', message, fix: 'leave it out' });
  }
  if (typeof score !== 'object') return found;
  const weights = { ...SCORE_WEIGHTS[route.workload ?? ROUTE_DEFAULTS.workload], ...score.weights };
  if (Object.values(weights).some((weight) => weight > 0)) return found;
  const fix = 'give latency, failure or cost a weight above 0, or write `score: off`';
  return [...found, { path: [...at, 'score', 'weights'], message: 'leave every part out', fix }];
}
