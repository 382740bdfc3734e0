import type { Target } from '../model/target.ts';
import { AUTO, type AutoChoice, automaticPrimary, chooseTargets } from './auto-targets.ts';
import { resolveTargetOf } from './resolve-target-of.ts';
import type { ResolvedProvider } from './resolved-config.ts';
import type { RouteConfig, TargetConfig } from './schema-routes.ts';

type Providers = ReadonlyMap<string, ResolvedProvider>;

export function isAuto(entry: TargetConfig): boolean {
  return entry === AUTO;
}

/** The entries of `targets` with `auto` replaced by what it stands for. */
export function expandTargets(route: RouteConfig, providers: Providers): TargetConfig[] {
  const choice = autoChoiceOf(route, providers);
  const entries = writtenEntries(route, providers);
  return choice ? [...entries, ...choice.chosen.map(({ target }) => target)] : entries;
}

/** How the chain of a route was chosen; undefined for one that lists its targets itself. */
export function autoChoiceOf(route: RouteConfig, providers: Providers): AutoChoice | undefined {
  if (!route.targets.some(isAuto)) return undefined;
  const written = writtenEntries(route, providers).map(
    (entry): Target => resolveTargetOf(typeof entry === 'string' ? entry : entry.target, providers).target,
  );
  return chooseTargets({ written, demands: route, providers });
}

/** Throws `RangeError` where `auto` stands alone and no provider has a default: the checks would have refused it. */
function writtenEntries({ targets }: RouteConfig, providers: Providers): TargetConfig[] {
  const entries = targets.filter((entry) => !isAuto(entry));
  if (entries.length > 0) return entries;
  const primary = automaticPrimary(providers.values());
  if (primary === undefined) throw new RangeError('auto needs a primary');
  return [primary];
}
