import { parseBaseUrl } from './egress-guard.ts';
import { isHeaderName, isHeaderValue } from './header-value.ts';
import { Secret } from './secret.ts';
import { describeReference, type SecretReference } from './secret-source.ts';

/** How a provider wants to see its credential. */
export const AUTH_SCHEMES = ['bearer', 'x-api-key', 'x-goog-api-key', 'none'] as const;
export type AuthScheme = (typeof AUTH_SCHEMES)[number];

/** A value that is known, or one to be read (again) when it is needed, so that rotation works. */
export type SecretValue = Secret | SecretReference;

/** An account at an endpoint, as the HTTP client sees it. */
export interface UpstreamProvider {
  readonly name: string;
  /** With its version path, e.g. `https://api.openai.com/v1`; a query is kept on every request. */
  readonly baseUrl: string;
  readonly auth: AuthScheme;
  /** Needed unless `auth` is `none`. */
  readonly secret?: SecretValue;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string | SecretValue>>;
  /** Most sockets open at once. */
  readonly connections: number;
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
]);

/** True where a dialect may not set this header (lower case). */
export function isForbiddenToDialects(name: string): boolean {
  return RESERVED_HEADERS.has(name) || CREDENTIAL_HEADERS.has(name);
}

/** The header that carries the credential; undefined where none is sent. */
export function credentialHeader(auth: AuthScheme): string | undefined {
  switch (auth) {
    case 'bearer':
      return 'authorization';
    case 'x-api-key':
    case 'x-goog-api-key':
      return auth;
    case 'none':
      return undefined;
  }
}

/** Refuses a provider that cannot work, with a `TypeError` or `RangeError` naming the field; gives its parsed base URL. */
export function checkProvider(provider: UpstreamProvider): URL {
  const field = (name: string) => `providers.${provider.name}.${name}`;
  if (!AUTH_SCHEMES.includes(provider.auth)) {
    throw new TypeError(`${field('auth')} must be one of ${AUTH_SCHEMES.join(', ')}, got ${provider.auth}`);
  }
  if (provider.auth !== 'none' && provider.secret === undefined) {
    throw new TypeError(`${field('secret')} is missing: ${provider.auth} needs one`);
  }
  if (provider.auth === 'none' && provider.secret !== undefined) {
    throw new TypeError(`${field('secret')} would never be sent: auth is none`);
  }
  if (!Number.isInteger(provider.connections) || provider.connections < 1) {
    throw new RangeError(`${field('connections')} must be a positive whole number, got ${provider.connections}`);
  }
  const carrier = credentialHeader(provider.auth);
  for (const [name, value] of Object.entries(provider.headers)) {
    const lower = name.toLowerCase();
    if (!isHeaderName(name)) throw new TypeError(`${field('headers')} holds a name that is no HTTP token`);
    if (RESERVED_HEADERS.has(lower)) throw new TypeError(`${field('headers')}.${name} is set by the client itself`);
    if (lower === carrier) throw new TypeError(`${field('headers')}.${name} is where the secret goes`);
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
