import type { GateLimits } from '../engine/route.ts';
import type { KnownProvider } from '../providers/known-provider.ts';
import { canonicalProviderName, knownProvider, providerAtUrl, usualAuth } from '../providers/known-providers.ts';
import type { ModelOverrides } from '../providers/resolve-target.ts';
import { GATE_DEFAULTS } from './defaults.ts';
import type { ResolvedProvider } from './resolved-config.ts';
import type { GateConfig, ModelConfig, ProviderConfig } from './schema-providers.ts';
import { parseSecretRef, type SecretRef } from './secret-ref.ts';

/** Fills in what a known name brings along. Throws `RangeError` for a provider that the checks would have refused. */
export function resolveProvider(name: string, provider: ProviderConfig): ResolvedProvider {
  const byName = knownProvider(name);
  const dialect = provider.dialect ?? byName?.dialect;
  const baseUrl = (provider.baseUrl ?? byName?.baseUrl)?.replace(/\/+$/, '');
  if (dialect === undefined || baseUrl === undefined)
    throw new RangeError(`provider ${name} needs dialect and baseUrl`);
  const known = canonicalProviderName(name) ?? providerAtUrl(baseUrl);
  const apiKey = provider.apiKey ?? usualKey(byName, provider);
  return {
    name,
    ...(known !== undefined && { known }),
    dialect,
    baseUrl,
    auth: apiKey === undefined ? 'none' : usualAuth(dialect),
    ...(apiKey && { apiKey }),
    headers: { ...byName?.headers, ...headerValues(provider.headers ?? {}) },
    ...(provider.region !== undefined && { region: provider.region }),
    gate: resolveGate(GATE_DEFAULTS, provider.limits),
    ...(provider.quirks && { quirks: definedOnly(provider.quirks) }),
    models: new Map(Object.entries(provider.models ?? {}).map(([model, entry]) => [model, modelOverrides(entry)])),
  };
}

/** A vendor's usual variable holds a key for that vendor: it never goes to an address that the operator wrote himself. */
function usualKey(known: KnownProvider | undefined, provider: ProviderConfig): SecretRef | undefined {
  const variable = known?.keyVariables[0];
  if (variable === undefined || known?.auth === 'none' || provider.baseUrl !== undefined) return undefined;
  return { kind: 'env', name: variable };
}

function headerValues(headers: Readonly<Record<string, string>>): Record<string, string | SecretRef> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, parseSecretRef(value) ?? value]));
}

function modelOverrides({ contextWindow, maxOutputTokens, abilities, quirks }: ModelConfig): ModelOverrides {
  return {
    ...(contextWindow !== undefined && { contextWindow }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(abilities && { abilities: definedOnly(abilities) }),
    ...(quirks && { quirks: definedOnly(quirks) }),
  };
}

/** A layer with an `undefined` in it would override the layer below with nothing. */
function definedOnly<T extends object>(layer: T): Partial<T> {
  return Object.fromEntries(Object.entries(layer).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** The limits above with those written here on top. */
export function resolveGate(above: GateLimits, gate: GateConfig | undefined): GateLimits {
  return {
    concurrency: gate?.concurrency ?? above.concurrency,
    queue: gate?.queue ?? above.queue,
    queueMs: gate?.queueWait ?? above.queueMs,
  };
}
