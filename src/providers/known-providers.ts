import type { KeyScheme } from '../model/authorisation.ts';
import type { TargetDialectName } from '../model/dialect-name.ts';
import { CLOUD_NAMES, cloudProvider } from './cloud-providers.ts';
import type { KnownProvider, KnownProviders } from './known-provider.ts';
import { LOCAL_SERVERS } from './local-servers.ts';
import { MODEL_HOSTS } from './model-hosts.ts';
import { MODEL_VENDORS } from './model-vendors.ts';

/** Every provider whose name is enough, in the order in which a default route tries them. */
export const KNOWN_PROVIDERS: KnownProviders = { ...MODEL_VENDORS, ...MODEL_HOSTS, ...LOCAL_SERVERS };

const BY_NAME = new Map<string, string>();
for (const [name, known] of Object.entries(KNOWN_PROVIDERS)) {
  for (const alias of [name, ...(known.aliases ?? [])]) BY_NAME.set(alias, name);
}
for (const cloud of CLOUD_NAMES) BY_NAME.set(cloud, cloud);

/** Names and aliases of all known providers and clouds. */
export const KNOWN_PROVIDER_NAMES: readonly string[] = [...BY_NAME.keys()];

/** The canonical name behind a name or alias; undefined where it is unknown. */
export function canonicalProviderName(name: string): string | undefined {
  return BY_NAME.get(name);
}

/** Looks a provider up by name or alias; a cloud is none, because its name alone says neither address nor dialect. */
export function knownProvider(name: string): KnownProvider | undefined {
  const canonical = BY_NAME.get(name);
  return canonical === undefined ? undefined : KNOWN_PROVIDERS[canonical];
}

/**
 * The known provider that answers at a base URL, by host: `https://eu.api.openai.com/v1` is `openai`.
 * Tells which model facts and prices hold for a second account under a name of its own. Never matches a loopback host.
 */
export function providerAtUrl(baseUrl: string): string | undefined {
  const host = hostOf(baseUrl);
  if (host === undefined || host === '127.0.0.1') return undefined;
  for (const [name, known] of Object.entries(KNOWN_PROVIDERS)) {
    const theirs = hostOf(known.baseUrl);
    if (theirs !== undefined && (host === theirs || host.endsWith(`.${theirs}`))) return name;
  }
  return undefined;
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

/** Name in the price table of `@pydantic/genai-prices`; undefined where a known provider or cloud has none there. */
export function priceTableName(known: string): string | undefined {
  return cloudProvider(known)?.pricesAs ?? knownProvider(known)?.pricesAs;
}

/** How a dialect's own vendor takes its key: what a provider under an unknown name is assumed to do. */
export function usualKeyScheme(dialect: TargetDialectName): KeyScheme {
  switch (dialect) {
    case 'openai-chat':
    case 'openai-responses':
    case 'openai-embeddings':
    case 'bedrock-converse':
      return 'bearer';
    case 'anthropic-messages':
      return 'x-api-key';
    case 'gemini-generate':
      return 'x-goog-api-key';
  }
}
