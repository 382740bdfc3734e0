import { modelIdentity, parseTargetId } from '../model/target.ts';
import { AUTO } from './auto-targets.ts';
import type { Environment } from './environment-variable.ts';
import { QUORUM_DEFAULTS } from './policy-defaults.ts';
import type { Path } from './problems.ts';
import { resolveProvider } from './resolve-provider.ts';
import { resolveTargetOf } from './resolve-target-of.ts';
import type { Config } from './schema.ts';
import type { Finding } from './schema-problems.ts';
import type { RouteConfig } from './schema-routes.ts';

/** The group of options of each policy that has one. */
const GROUPS = { quorum: 'quorum', cascade: 'cascade', sameModel: 'same-model' } as const;

/** Options of a policy that the route does not have, policies without enough targets, and balance between different models. */
export function checkPolicy(path: Path, route: RouteConfig, around: { config: Config; env: Environment }): Finding[] {
  const failover = route.failover ?? {};
  const at: Path = [...path, 'failover'];
  const found: Finding[] = [];
  for (const [group, policy] of Object.entries(GROUPS)) {
    if (failover[group as keyof typeof GROUPS] === undefined || failover.policy === policy) continue;
    const fix = `write \`policy: ${policy}\` beside it, or leave it out`;
    found.push({ path: [...at, group], at: 'key', message: 'has no effect with this policy', fix });
  }
  return [
    ...found,
    ...weightsWithoutEffect(path, route),
    ...tooFew(at, route),
    ...differentModels(path, route, around),
  ];
}

function weightsWithoutEffect(path: Path, { targets, failover = {} }: RouteConfig): Finding[] {
  const { policy, sameModel } = failover;
  if (policy === 'same-model' && (sameModel?.balance ?? 'weighted') === 'weighted') {
    const weights = targets.map((entry) => (typeof entry === 'string' ? 1 : (entry.weight ?? 1)));
    if (weights.some((weight) => weight > 0)) return [];
    const fix = 'give at least one target a weight above 0';
    return [{ path: [...path, 'targets'], message: 'have no weight between them', fix }];
  }
  return targets.flatMap((entry, index) => {
    if (typeof entry === 'string' || entry.weight === undefined) return [];
    const fix = 'write `policy: same-model` with `balance: weighted`, or leave the weight out';
    return [{ path: [...path, 'targets', index, 'weight'], message: 'has no effect here', fix }];
  });
}

function tooFew(at: Path, { targets, failover = {} }: RouteConfig): Finding[] {
  const { policy, quorum } = failover;
  if (policy === undefined || policy === 'hot-cold' || policy === 'single' || targets.includes(AUTO)) return [];
  const wanted = policy === 'quorum' ? (quorum?.size ?? QUORUM_DEFAULTS.size) : 2;
  if (targets.length >= wanted) return [];
  const message = `${policy} needs ${wanted} targets, and the route has ${targets.length}`;
  return [{ path: [...at, 'policy'], message, fix: 'add targets, or write hot-cold' }];
}

/**
 * Requests shared out between different models get different answers to the same prompt, and nobody notices which of
 * them got worse. That is hot-hot, and it is refused unless the operator insists.
 */
function differentModels(
  path: Path,
  { targets, failover = {} }: RouteConfig,
  around: { config: Config; env: Environment },
): Finding[] {
  if (failover.policy !== 'same-model' || failover.sameModel?.force) return [];
  if (targets.includes(AUTO)) {
    const fix = 'list the hosts of the model';
    return [{ path: [...path, 'targets'], message: 'auto chooses other models, and same-model shares one', fix }];
  }
  const [first, ...others] = targets.map((entry) => (typeof entry === 'string' ? entry : entry.target));
  const model = first && identityOf(first, around);
  return others.flatMap((id, index) => {
    const other = identityOf(id, around);
    if (model === undefined || other === undefined || other === model) return [];
    return [
      {
        path: [...path, 'targets', index + 1],
        message: `is ${other} and not ${model}: sharing requests between different models (hot-hot) is refused, because their answers to one prompt differ and every request would meet another model`,
        fix: 'keep hosts of one model (`models.<name>.sameModel` of the provider says that two names are one), write hot-cold, or insist with `sameModel: { force: true }`',
      },
    ];
  });
}

/** Undefined where something else is wrong with the target, which is found elsewhere. */
function identityOf(id: string, { config, env }: { config: Config; env: Environment }): string | undefined {
  const name = parseTargetId(id)?.provider;
  const provider = name === undefined ? undefined : config.providers[name];
  if (name === undefined || !provider) return undefined;
  try {
    return modelIdentity(resolveTargetOf(id, new Map([[name, resolveProvider(name, provider, env)]])).target);
  } catch {
    return undefined;
  }
}
