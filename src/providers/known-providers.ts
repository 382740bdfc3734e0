import type { DialectName } from '../model/dialect-name.ts';
import type { AuthScheme, KnownProvider, KnownProviders } from './known-provider.ts';
import { LOCAL_SERVERS } from './local-servers.ts';
import { MODEL_HOSTS } from './model-hosts.ts';
import { MODEL_VENDORS } from './model-vendors.ts';

/** Every provider whose name is enough, in the order in which a default route tries them. */
export const KNOWN_PROVIDERS: KnownProviders = { ...MODEL_VENDORS, ...MODEL_HOSTS, ...LOCAL_SERVERS };

/** Names that people expect to be known, and what to write until they are. */
export const PROVIDERS_TO_SPELL_OUT: Readonly<Record<string, string>> = {
  azure:
    'dialect: openai-chat, baseUrl: "https://RESOURCE.openai.azure.com/openai/v1" and apiKey: "env:AZURE_OPENAI_API_KEY"',
  bedrock: 'a provider that speaks a known dialect: Bedrock signs its requests, which is not supported yet',
  vertex: 'the provider `gemini` with a Gemini API key: Vertex signs its requests, which is not supported yet',
};

const BY_NAME = new Map<string, string>();
for (const [name, known] of Object.entries(KNOWN_PROVIDERS)) {
  for (const alias of [name, ...(known.aliases ?? [])]) BY_NAME.set(alias, name);
}

/** Names and aliases of all known providers. */
export const KNOWN_PROVIDER_NAMES: readonly string[] = [...BY_NAME.keys()];

/** The canonical name behind a name or alias; undefined where it is unknown. */
export function canonicalProviderName(name: string): string | undefined {
  return BY_NAME.get(name);
}

/** Looks a provider up by name or alias. */
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

/** How a dialect's own vendor takes its credential: what a provider under an unknown name is assumed to do. */
export function usualAuth(dialect: DialectName): AuthScheme {
  switch (dialect) {
    case 'openai-chat':
    case 'openai-responses':
      return 'bearer';
    case 'anthropic-messages':
      return 'x-api-key';
    case 'gemini-generate':
      return 'x-goog-api-key';
  }
}
