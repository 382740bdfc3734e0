import { KNOWN_PROVIDER_NAMES, knownProvider } from '../providers/known-providers.ts';
import { checkCloud } from './check-cloud.ts';
import { cloudOf } from './cloud-settings.ts';
import type { Environment } from './environment-variable.ts';
import type { Path } from './problems.ts';
import type { Finding } from './schema-problems.ts';
import type { ProviderConfig } from './schema-providers.ts';
import { parseSecretRef } from './secret-ref.ts';
import { suggestion } from './suggest.ts';

/** What the schema cannot see of one provider. */
export function checkProvider(name: string, provider: ProviderConfig, env: Environment): Finding[] {
  const path: Path = ['providers', name];
  return [
    ...checkCompleteness(path, name, provider),
    ...checkCloud(path, name, provider, env),
    ...checkBaseUrl(path, provider),
    ...checkHeaders(path, provider),
  ];
}

function checkCompleteness(path: Path, name: string, provider: ProviderConfig): Finding[] {
  if (knownProvider(name) || cloudOf(name, provider) !== undefined) return [];
  const missing = [...(provider.dialect ? [] : ['dialect']), ...(provider.baseUrl ? [] : ['baseUrl'])];
  if (missing.length === 0) return [];
  const near = suggestion(name, KNOWN_PROVIDER_NAMES, 'known names are');
  const example = 'e.g. dialect: openai-chat, baseUrl: "http://127.0.0.1:8000/v1"';
  return [
    {
      path,
      at: 'key',
      message: `"${name}" is no known provider, so it needs ${missing.join(' and ')}`,
      fix: near ? `${near} Otherwise write them, ${example}` : `write them, ${example}`,
    },
  ];
}

function checkBaseUrl(path: Path, provider: ProviderConfig): Finding[] {
  const text = provider.baseUrl;
  if (text === undefined) return [];
  const at: Path = [...path, 'baseUrl'];
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return [{ path: at, message: 'is no http or https URL', fix: 'write e.g. "https://llm.example.com/v1"' }];
  }
  if (url.username !== '' || url.password !== '') {
    return [{ path: at, message: 'holds a user name or password', fix: 'write the credential as apiKey: "env:NAME"' }];
  }
  if (url.search !== '' || url.hash !== '') {
    return [
      {
        path: at,
        message: 'has a query or fragment, where keys end up in logs',
        fix: 'end it with the path; write a credential as apiKey: "env:NAME"',
      },
    ];
  }
  return [];
}

/** Set by the gateway for every request: a second value would contradict the first. */
const OWNED = new Set([
  'host',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'connection',
  'accept',
  'accept-encoding',
  'user-agent',
]);

/** Headers that carry credentials. */
const CREDENTIALS = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'api-key',
  'x-api-key',
  'x-goog-api-key',
]);

/** Beginnings of the keys that vendors hand out. */
const LOOKS_LIKE_KEY = /^(Bearer |Basic |sk-|sk_|AIza|gsk_|xai-|pplx-|hf_|nvapi-)/i;

function checkHeaders(path: Path, provider: ProviderConfig): Finding[] {
  const found: Finding[] = [];
  for (const [name, value] of Object.entries(provider.headers ?? {})) {
    const at: Path = [...path, 'headers', name];
    const lower = name.toLowerCase();
    if (OWNED.has(lower)) {
      found.push({ path: at, at: 'key', message: 'is a header that the gateway sets itself', fix: 'leave it out' });
    } else if (CREDENTIALS.has(lower) && provider.apiKey !== undefined) {
      found.push({ path: at, at: 'key', message: 'carries a credential beside apiKey', fix: 'keep one of the two' });
    } else if ((CREDENTIALS.has(lower) || LOOKS_LIKE_KEY.test(value)) && !parseSecretRef(value)) {
      found.push({
        path: at,
        message: 'holds a literal secret, and secrets do not belong into configuration files',
        fix: 'write "env:NAME" or "file:/path"',
      });
    } else if (!/^[\t\x20-\x7e]*$/.test(value)) {
      found.push({ path: at, message: 'holds characters that no header may have', fix: 'write printable ASCII' });
    }
  }
  return found;
}
