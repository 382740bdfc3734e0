import { parseTargetId } from '../model/target.ts';
import { canonicalProviderName, KNOWN_PROVIDER_NAMES, providerAtUrl } from '../providers/known-providers.ts';
import { AUTO, automaticPrimary } from './auto-targets.ts';
import { checkContract } from './check-contract.ts';
import { checkDegraded } from './check-degraded.ts';
import { checkEligibility, checkSpend } from './check-eligibility.ts';
import { checkPolicy } from './check-policy.ts';
import { checkPreference } from './check-preference.ts';
import { checkProvider } from './check-provider.ts';
import type { Environment } from './environment-variable.ts';
import { laneLimitFindings } from './lane-limits.ts';
import { DEFAULT_ADDRESS, isLoopback } from './loopback.ts';
import type { Path } from './problems.ts';
import type { Config } from './schema.ts';
import type { Finding } from './schema-problems.ts';
import type { RouteConfig } from './schema-routes.ts';
import { suggestion } from './suggest.ts';

/** What the schema cannot see: names that refer to each other, and options that contradict each other. */
export function crossFindings(config: Config, env: Environment): Finding[] {
  return [
    ...checkServer(config),
    ...Object.entries(config.tags ?? {}).flatMap(([tag, { spend }]) => checkSpend(['tags', tag, 'spend'], spend)),
    ...checkBreaker(config),
    ...notEmpty('providers', config.providers, 'add a provider, e.g. `openai: { apiKey: "env:OPENAI_API_KEY" }`'),
    ...notEmpty('routes', config.routes, 'add a route, e.g. `default: { targets: [openai/gpt-5.6] }`'),
    ...Object.entries(config.providers).flatMap(([name, provider]) => checkProvider(name, provider, env)),
    ...Object.entries(config.routes).flatMap(([name, route]) => checkRoute(name, route, { config, env })),
    ...laneLimitFindings(config),
  ];
}

function notEmpty(section: string, value: object, fix: string): Finding[] {
  return Object.keys(value).length > 0 ? [] : [{ path: [section], message: 'is empty', fix }];
}

function checkServer({ server, routes }: Config): Finding[] {
  const found: Finding[] = [];
  const host = server?.host ?? DEFAULT_ADDRESS;
  if (!server?.keys && !isLoopback(host)) found.push(openPort(host));
  const names = new Set<string>();
  for (const [index, key] of (server?.keys ?? []).entries()) {
    const path: Path = ['server', 'keys', index];
    if (names.has(key.name)) {
      found.push({
        path: [...path, 'name'],
        message: `"${key.name}" is the name of another key`,
        fix: 'give each key its own name',
      });
    }
    found.push(...checkSpend([...path, 'spend'], key.spend));
    names.add(key.name);
    for (const [at, route] of (key.routes ?? []).entries()) {
      if (!Object.hasOwn(routes, route)) found.push(unknownRoute([...path, 'routes', at], route, Object.keys(routes)));
    }
  }
  return found;
}

function openPort(host: string): Finding {
  return {
    path: ['server', 'host'],
    message: `${host} is reachable from other machines, and no caller needs a key`,
    fix: 'write server.keys, e.g. `keys: [{ name: web, key: "env:WEB_KEY" }]`, or listen on 127.0.0.1',
  };
}

function unknownRoute(path: Path, route: string, known: readonly string[]): Finding {
  const fix = suggestion(route, known, 'routes are');
  return { path, message: `there is no route "${route}"`, ...(fix !== undefined && { fix }) };
}

function checkBreaker({ health }: Config): Finding[] {
  const { probeInterval, probeIntervalMax } = health?.breaker ?? {};
  if (probeInterval === undefined || probeIntervalMax === undefined || probeInterval <= probeIntervalMax) return [];
  return [
    {
      path: ['health', 'breaker', 'probeIntervalMax'],
      message: 'is shorter than probeInterval',
      fix: 'make it at least as long',
    },
  ];
}

function checkRoute(name: string, route: RouteConfig, around: { config: Config; env: Environment }): Finding[] {
  const { config } = around;
  const path: Path = ['routes', name];
  const ids = route.targets.map((entry) => (typeof entry === 'string' ? entry : entry.target));
  return [
    ...checkTargets(path, route, config),
    ...checkEligibility(path, route, ids),
    ...checkContract([...path, 'contract'], route.contract, route.residency),
    ...checkFailover(path, route),
    ...checkPolicy(path, route, around),
    ...checkPreference(path, route),
    ...checkDegraded(path, route),
  ];
}

function checkTargets(path: Path, route: RouteConfig, config: Config): Finding[] {
  const found: Finding[] = [];
  const seen = new Set<string>();
  const names = Object.keys(config.providers);
  for (const [index, entry] of route.targets.entries()) {
    const at: Path = [...path, 'targets', index, ...(typeof entry === 'string' ? [] : ['target'])];
    const id = typeof entry === 'string' ? entry : entry.target;
    const parsed = parseTargetId(id);
    if (id === AUTO) found.push(...checkAuto(at, route, config));
    else if (!parsed || /\s/.test(id)) {
      found.push({ path: at, message: 'is no target', fix: 'write provider/model, e.g. openai/gpt-5.6' });
    } else if (names.length > 0 && !names.includes(parsed.provider)) {
      found.push(unknownProvider(at, parsed.provider, names));
    } else if (seen.has(id)) {
      found.push({
        path: at,
        message: `${id} stands twice in this route`,
        fix: 'remove one of them; `attempts` says how often a target is tried',
      });
    }
    seen.add(id);
  }
  return found;
}

function checkAuto(path: Path, { targets }: RouteConfig, { providers }: Config): Finding[] {
  if (targets.indexOf(AUTO) !== targets.length - 1)
    return [
      {
        path,
        message: 'is not the last target',
        fix: 'write auto at the end: it stands for what comes after the others',
      },
    ];
  const known = Object.entries(providers).map(([name, { baseUrl }]) => ({
    name,
    known: canonicalProviderName(name) ?? (baseUrl === undefined ? undefined : providerAtUrl(baseUrl)),
  }));
  if (targets.length > 1 || automaticPrimary(known) !== undefined) return [];
  const message = 'stands alone, and no provider here has a default model to begin with';
  return [{ path, message, fix: 'write the primary before it, e.g. [openai/gpt-5.6, auto]' }];
}

function unknownProvider(path: Path, provider: string, configured: readonly string[]): Finding {
  const message = `there is no provider "${provider}"`;
  if (canonicalProviderName(provider) !== undefined) {
    return { path, message, fix: `add it under providers: \`${provider}: {}\` reads its key from the usual variable` };
  }
  const fix =
    suggestion(provider, configured, 'providers are') ?? suggestion(provider, KNOWN_PROVIDER_NAMES, 'known names are');
  return { path, message, ...(fix !== undefined && { fix }) };
}

function checkFailover(path: Path, route: RouteConfig): Finding[] {
  const { policy, primaryBudget, deadline } = route.failover ?? {};
  const found: Finding[] = [];
  if (policy === 'single' && (route.targets.length > 1 || route.targets.includes(AUTO))) {
    found.push({
      path: [...path, 'failover', 'policy'],
      message: 'single uses the first target alone, and the route has more',
      fix: 'write hot-cold, or keep one target',
    });
  }
  if (primaryBudget !== undefined && deadline !== undefined && primaryBudget > deadline) {
    found.push({
      path: [...path, 'failover', 'primaryBudget'],
      message: 'is longer than the deadline',
      fix: 'make it shorter than the deadline, so that another target has time',
    });
  }
  return found;
}
