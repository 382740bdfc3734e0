import type { UpstreamRequest } from '../engine/ports.ts';
import { UpstreamFault } from '../engine/ports.ts';
import { isHeaderName, isHeaderValue } from './header-value.ts';
import { PACKAGE_VERSION } from './package-version.ts';
import {
  credentialHeader,
  describeSecretValue,
  isForbiddenToDialects,
  type SecretValue,
  type UpstreamProvider,
} from './provider.ts';
import { Secret } from './secret.ts';
import type { SecretReference } from './secret-source.ts';

/** Reads a reference; rejects with an error that names it and not its value. */
export type ResolveSecret = (reference: SecretReference) => Promise<Secret>;

const USER_AGENT = `understudy/${PACKAGE_VERSION}`;

/** Printable ASCII without space, fragment or backslash. */
const PATH = /^\/(?!\/)[\x21\x22\x24-\x5b\x5d-\x7e]*$/;

/**
 * Joins a dialect's path to the base URL; both queries are kept. Throws `UpstreamFault` for a path that could leave the
 * base: another host, `..`, control characters.
 */
export function requestPath(base: URL, path: string): string {
  const [beneath = '', query] = splitOnce(path, '?');
  const climbs = beneath.split('/').some((segment) => /^(\.|%2e){1,2}$/i.test(segment));
  if (!PATH.test(path) || climbs) throw invalid(`the path of the request is not one below the base URL`);
  const joined = base.pathname.replace(/\/+$/, '') + beneath;
  const parameters = [base.search.slice(1), query ?? ''].filter((part) => part !== '').join('&');
  return parameters === '' ? joined : `${joined}?${parameters}`;
}

/**
 * Every header of one attempt, built from nothing: ours, the dialect's, the provider's own, its credential. Nothing of
 * the caller's is among them. Rejects with `UpstreamFault` where a value cannot be had or cannot be sent.
 */
export async function requestHeaders(
  provider: UpstreamProvider,
  request: UpstreamRequest,
  resolve: ResolveSecret,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: request.stream ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity',
    'user-agent': USER_AGENT,
  };
  for (const [name, value] of Object.entries(request.headers)) {
    const lower = name.toLowerCase();
    if (!isHeaderName(name) || isForbiddenToDialects(lower)) {
      throw invalid(`the header ${JSON.stringify(name)} may not be set by a dialect`);
    }
    headers[lower] = value;
  }
  for (const [name, value] of Object.entries(provider.headers)) {
    headers[name.toLowerCase()] = typeof value === 'string' ? value : await reveal(provider, value, resolve);
  }
  const carrier = credentialHeader(provider.auth);
  if (carrier !== undefined && provider.secret !== undefined) {
    const key = await reveal(provider, provider.secret, resolve);
    headers[carrier] = provider.auth === 'bearer' ? `Bearer ${key}` : key;
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeaderValue(value)) throw invalid(`the header ${name} holds characters that no HTTP header may carry`);
  }
  return headers;
}

async function reveal(provider: UpstreamProvider, value: SecretValue, resolve: ResolveSecret): Promise<string> {
  if (value instanceof Secret) return value.reveal();
  try {
    return (await resolve(value)).reveal();
  } catch {
    // The error of a foreign resolver may quote anything; the reference says enough.
    const message = `provider ${provider.name}: ${describeSecretValue(value)} could not be read`;
    throw new UpstreamFault({ kind: 'credential-refused', message });
  }
}

function invalid(message: string): UpstreamFault {
  return new UpstreamFault({ kind: 'invalid-request', message });
}

function splitOnce(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
