import { type Authorisation, KEY_SCHEMES, type KeyScheme } from '../model/authorisation.ts';
import type { Envelope } from '../model/envelope.ts';
import { parseBaseUrl } from './egress-guard.ts';
import { isHeaderName, isHeaderValue } from './header-value.ts';
import { Secret } from './secret.ts';
import { describeReference, type SecretReference } from './secret-source.ts';

/** A value that is known, or one to be read (again) when it is needed, so that rotation works. */
export type SecretValue = Secret | SecretReference;

/** An account at an endpoint, as the HTTP client sees it. */
export interface UpstreamProvider {
  readonly name: string;
  /** With its version path, e.g. `https://api.openai.com/v1`; a query is kept on every request. */
  readonly baseUrl: string;
  readonly authorisation: Authorisation<SecretValue>;
  readonly envelope: Envelope;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string | SecretValue>>;
  /** Most sockets open at once. */
  readonly connections: number;
}

/**
 * Every lane has its own gate; the pool must never be what queues. More than the ports that an address of ours has
 * towards one of theirs (28,232 on Linux, `ip_local_port_range`).
 */
const maxSocketsAProvider = 32_768;

/** The providers of a configuration, each with as many sockets as it may need. */
export function upstreamProviders(
  configured: ReadonlyMap<string, Omit<UpstreamProvider, 'connections'>>,
): Map<string, UpstreamProvider> {
  const providers = new Map<string, UpstreamProvider>();
  for (const [name, { baseUrl, authorisation, envelope, headers }] of configured) {
    providers.set(name, { name, baseUrl, authorisation, envelope, headers, connections: maxSocketsAProvider });
  }
  return providers;
}

/** Set by the client itself, or dangerous to set: they frame the message or route it. */
const RESERVED_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);

/** Carry identity; a dialect has no business with them. */
const CREDENTIAL_HEADERS = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
]);

/** True where a dialect may not set this header (lower case). */
export function isForbiddenToDialects(name: string): boolean {
  return RESERVED_HEADERS.has(name) || CREDENTIAL_HEADERS.has(name);
}

/** The header that carries a key of this scheme. */
export function keyHeader(scheme: KeyScheme): string {
  return scheme === 'bearer' ? 'authorization' : scheme;
}

/** The headers that a provider's authorisation writes. */
function carriers(authorisation: Authorisation<SecretValue>): readonly string[] {
  switch (authorisation.kind) {
    case 'none':
      return [];
    case 'key':
      return [keyHeader(authorisation.scheme)];
    case 'entra':
    case 'google':
      return ['authorization'];
    case 'sigv4':
      return ['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'];
  }
}

/** Refuses a provider that cannot work, with a `TypeError` or `RangeError` naming the field; gives its parsed base URL. */
export function checkProvider(provider: UpstreamProvider): URL {
  const field = (name: string) => `providers.${provider.name}.${name}`;
  const { authorisation } = provider;
  if (authorisation.kind === 'key' && !KEY_SCHEMES.includes(authorisation.scheme)) {
    throw new TypeError(`${field('auth')} must be one of ${KEY_SCHEMES.join(', ')}, got ${authorisation.scheme}`);
  }
  if (!Number.isInteger(provider.connections) || provider.connections < 1) {
    throw new RangeError(`${field('connections')} must be a positive whole number, got ${provider.connections}`);
  }
  const taken = carriers(authorisation);
  for (const [name, value] of Object.entries(provider.headers)) {
    const lower = name.toLowerCase();
    if (!isHeaderName(name)) throw new TypeError(`${field('headers')} holds a name that is no HTTP token`);
    if (RESERVED_HEADERS.has(lower)) throw new TypeError(`${field('headers')}.${name} is set by the client itself`);
    if (taken.includes(lower)) throw new TypeError(`${field('headers')}.${name} is where the secret goes`);
    if (typeof value === 'string' && !isHeaderValue(value)) {
      throw new TypeError(`${field('headers')}.${name} holds characters that no HTTP header may carry`);
    }
  }
  return parseBaseUrl(field('baseUrl'), provider.baseUrl);
}

/** For messages: where a value comes from, never what it is. */
export function describeSecretValue(value: SecretValue): string {
  return value instanceof Secret ? 'the secret' : describeReference(value);
}
