import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { resolveTargetOf } from '../config/resolve-target-of.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import type { Parity } from '../engine/parity.ts';
import type { CapabilityName, ModelTier, Tri } from '../model/capability.ts';
import type { Target } from '../model/target.ts';
import { CATALOGUE, hostFacts } from '../providers/catalogue.ts';
import { knownProvider } from '../providers/known-providers.ts';
import type { FactSource } from '../providers/model-facts.ts';
import * as tables from '../providers/price-table.ts';
import { createPricing } from '../providers/pricing.ts';
import { factsBehind, type ModelOverrides, resolveTarget, type TargetProvider } from '../providers/resolve-target.ts';
import { plainEligibility } from './plain-eligibility.ts';
import { pricePerMillion } from './target-prices.ts';

/** Everything that is known of one model at one provider; `null` is what nobody knows. */
export interface ModelRow {
  readonly target: string;
  readonly provider: string;
  readonly dialect: string;
  /** Routes that name it; empty in the catalogue. */
  readonly routes: readonly string[];
  readonly contextWindow: number | null;
  readonly maxInputTokens: number | null;
  readonly maxOutputTokens: number | null;
  readonly abilities: Readonly<Record<CapabilityName, Tri>>;
  readonly languages: readonly string[] | null;
  readonly region: string | null;
  /** Where the host says that it works; residency goes by `region` alone. */
  readonly places: readonly string[] | null;
  readonly retentionDays: number | null;
  readonly tier: ModelTier | null;
  readonly sameModel: string | null;
  readonly tokenFactor: number | null;
  /** US dollars for a million tokens, and where they come from. */
  readonly price: { readonly input: number; readonly output: number; readonly source: string } | null;
  /** Where the facts were read. */
  readonly sources: readonly FactSource[];
  /** Routes that never ask it, whatever the request, and why. */
  readonly barred: readonly { readonly route: string; readonly reason: string; readonly detail: string }[];
  /** What the configuration says instead of the catalogue. */
  readonly overridden: readonly string[];
}

/** The targets of a configuration, each once, in the order of its routes. */
export function configuredRows(config: ResolvedConfig, parity: Parity): ModelRow[] {
  const routes = new Map<string, string[]>();
  for (const route of config.routes.values()) {
    for (const { target } of route.targets) routes.set(target.id, [...(routes.get(target.id) ?? []), route.name]);
  }
  const barred = barredTargets(config, parity);
  const price = createPricing({
    knownName: (name) => config.providers.get(name)?.known,
    overrides: config.prices,
    tables,
  });
  return [...routes].map(([id, names]) => {
    const { target, provider } = resolveTargetOf(id, config.providers);
    const stated = config.prices.has(id);
    const overrides = provider.models.get(target.model) ?? {};
    return {
      ...rowOf(target, provider),
      routes: names,
      barred: barred.get(id) ?? [],
      price: priceOf(target, price, stated ? 'the configuration' : PRICE_TABLE),
      overridden: [...overriddenOf(overrides), ...(stated ? ['price'] : [])],
    };
  });
}

function barredTargets(config: ResolvedConfig, parity: Parity): Map<string, ModelRow['barred']> {
  const found = new Map<string, ModelRow['barred']>();
  const wallNow = Date.now();
  for (const route of config.routes.values()) {
    for (const [rank, eligibility] of plainEligibility(route, config, { parity, wallNow }).entries()) {
      const id = route.targets[rank]?.target.id;
      if (eligibility.eligible || id === undefined) continue;
      const { reason, detail } = eligibility;
      found.set(id, [...(found.get(id) ?? []), { route: route.name, reason, detail }]);
    }
  }
  return found;
}

/** Every model of the catalogue, at the provider where it was read. */
export function catalogueRows(): ModelRow[] {
  const price = createPricing({ knownName: (name) => name, tables });
  return Object.entries(CATALOGUE).flatMap(([known, entries]) => {
    const dialect = knownProvider(known)?.dialect;
    const provider: TargetProvider = { known, ...(dialect && { dialect }) };
    const models = entries.filter(({ match }) => match === 'model');
    return models.map(({ name }) => {
      const target = resolveTarget(known, provider, name);
      return {
        ...rowOf(target, provider),
        routes: [],
        barred: [],
        price: priceOf(target, price, PRICE_TABLE),
        overridden: [],
      };
    });
  });
}

const PACKAGE = '@pydantic/genai-prices';
/** The package with the version whose prices these are. */
const PRICE_TABLE = `${PACKAGE} ${versionOf(PACKAGE)}`;

/** The package does not export its `package.json`, which stands above the folder of its code. */
function versionOf(name: string): string {
  const file = join(dirname(createRequire(import.meta.url).resolve(name)), '../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function rowOf(target: Target, provider: TargetProvider): Omit<ModelRow, 'routes' | 'barred' | 'price' | 'overridden'> {
  const { capabilities } = target;
  return {
    target: target.id,
    provider: target.provider,
    dialect: target.dialect,
    contextWindow: capabilities.contextWindow ?? null,
    maxInputTokens: capabilities.maxInputTokens ?? null,
    maxOutputTokens: capabilities.maxOutputTokens ?? null,
    abilities: capabilities.abilities,
    languages: target.languages ?? null,
    region: target.region ?? null,
    places: hostFacts(provider.known)?.places ?? null,
    retentionDays: target.retentionDays ?? null,
    tier: target.tier ?? null,
    sameModel: target.sameModel ?? null,
    tokenFactor: target.tokens?.textFactor ?? null,
    sources: factsBehind(provider, target.model).map(({ source, verifiedAt }) => ({ source, verifiedAt })),
  };
}

function priceOf(target: Target, price: ReturnType<typeof createPricing>, source: string): ModelRow['price'] {
  const known = pricePerMillion(target, price);
  return known && { ...known, source };
}

function overriddenOf({ abilities, quirks, tokens, ...facts }: ModelOverrides): string[] {
  return [
    ...Object.keys(facts),
    ...Object.keys(abilities ?? {}).map((name) => `abilities.${name}`),
    ...Object.keys(quirks ?? {}).map((name) => `quirks.${name}`),
    ...(tokens?.textFactor === undefined ? [] : ['tokenFactor']),
  ];
}
