import type { GateLimits, SlowThresholds } from '../engine/route.ts';
import type { TargetDialectName } from '../model/dialect-name.ts';
import type { StatusFeed } from '../model/status-feed.ts';
import { canonicalProviderName, knownProvider, providerAtUrl } from '../providers/known-providers.ts';
import type { ModelOverrides } from '../providers/resolve-target.ts';
import { statusPageOf } from '../providers/status-feeds.ts';
import { cloudPlace } from './cloud-settings.ts';
import { GATE_DEFAULTS } from './defaults.ts';
import type { Environment } from './environment-variable.ts';
import { resolveAuth } from './resolve-auth.ts';
import type { ResolvedProvider } from './resolved-config.ts';
import type { GateConfig, ModelConfig, ProviderConfig } from './schema-providers.ts';
import { parseSecretRef, type SecretRef } from './secret-ref.ts';

/** Fills in what a known name brings along. Throws `RangeError` for a provider that the checks would have refused. */
export function resolveProvider(name: string, provider: ProviderConfig, env: Environment): ResolvedProvider {
  const byName = knownProvider(name);
  const place = cloudPlace(name, provider, env);
  const dialect = provider.dialect ?? byName?.dialect;
  const baseUrl = (place ? place.baseUrl : (provider.baseUrl ?? byName?.baseUrl))?.replace(/\/+$/, '');
  if (baseUrl === undefined) throw new RangeError(`provider ${name} needs baseUrl, or what it is made of`);
  const known = place?.cloud ?? canonicalProviderName(name) ?? providerAtUrl(baseUrl);
  const region = provider.region ?? place?.location;
  const statusFeed = statusFeedOf(provider, known, { baseUrl, location: place?.location });
  return {
    name,
    ...(known !== undefined && { known }),
    ...(dialect !== undefined && { dialect }),
    baseUrl,
    authorisation: resolveAuth(
      provider,
      place ? { place, env } : { dialect: spoken(name, dialect), known: byName, env },
    ),
    envelope: place?.envelope ?? { kind: 'plain' },
    headers: { ...byName?.headers, ...headerValues(provider.headers ?? {}) },
    ...(region !== undefined && { region }),
    ...(provider.retentionDays !== undefined && { retentionDays: provider.retentionDays }),
    gate: resolveGate(GATE_DEFAULTS, provider.limits),
    ...(provider.slow && { slow: resolveSlow(provider.slow) }),
    ...(statusFeed && { statusFeed }),
    ...(provider.quirks && { quirks: definedOnly(provider.quirks) }),
    models: new Map(Object.entries(provider.models ?? {}).map(([model, entry]) => [model, modelOverrides(entry)])),
  };
}

/** The known page tells nothing of a proxy or a server of the operator's own that stands at another address. */
function statusFeedOf(
  { statusPage, baseUrl: written }: ProviderConfig,
  known: string | undefined,
  place: { readonly baseUrl: string; readonly location: string | undefined },
): StatusFeed | undefined {
  if (statusPage === false) return undefined;
  if (statusPage) {
    const components = (statusPage.components ?? []).map((name) => ({ id: name, name }));
    return { kind: statusPage.kind, urls: [statusPage.url], components };
  }
  if (known === undefined || (written !== undefined && providerAtUrl(place.baseUrl) !== known)) return undefined;
  return statusPageOf(known, place.location)?.feed;
}

function spoken(name: string, dialect: TargetDialectName | undefined): TargetDialectName {
  if (dialect === undefined) throw new RangeError(`provider ${name} needs dialect`);
  return dialect;
}

function headerValues(headers: Readonly<Record<string, string>>): Record<string, string | SecretRef> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, parseSecretRef(value) ?? value]));
}

function modelOverrides({ abilities, quirks, price: _price, tokenFactor, ...facts }: ModelConfig): ModelOverrides {
  return {
    ...definedOnly(facts),
    ...(tokenFactor !== undefined && { tokens: { textFactor: tokenFactor } }),
    ...(abilities && { abilities: definedOnly(abilities) }),
    ...(quirks && { quirks: definedOnly(quirks) }),
  };
}

/** A layer with an `undefined` in it would override the layer below with nothing. */
function definedOnly<T extends object>(layer: T): Partial<T> {
  return Object.fromEntries(Object.entries(layer).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function resolveSlow({ firstContent, tokenTime }: NonNullable<ProviderConfig['slow']>): SlowThresholds {
  return {
    ...(firstContent !== undefined && { firstContentMs: firstContent }),
    ...(tokenTime !== undefined && { tokenMs: tokenTime }),
  };
}

/** The limits above with those written here on top. */
export function resolveGate(above: GateLimits, gate: GateConfig | undefined): GateLimits {
  return {
    concurrency: gate?.concurrency ?? above.concurrency,
    queue: gate?.queue ?? above.queue,
    queueMs: gate?.queueWait ?? above.queueMs,
  };
}
