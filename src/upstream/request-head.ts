import { UpstreamFault } from '../engine/ports.ts';
import { type ResolveSecret, reveal } from './authoriser.ts';
import type { Wrapped } from './envelope.ts';
import { isHeaderName, isHeaderValue } from './header-value.ts';
import { PACKAGE_VERSION } from './package-version.ts';
import { isForbiddenToDialects, type UpstreamProvider } from './provider.ts';

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
 * Every header of one attempt but its credential, built from nothing: ours, the dialect's, the provider's own. Nothing
 * of the caller's is among them. Rejects with `UpstreamFault` where a value cannot be had or cannot be sent.
 */
export async function requestHeaders(
  provider: UpstreamProvider,
  wrapped: Wrapped,
  accept: string,
  resolve: ResolveSecret,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept,
    'accept-encoding': 'identity',
    'user-agent': USER_AGENT,
  };
  for (const [name, value] of Object.entries(wrapped.headers)) {
    const lower = name.toLowerCase();
    if (!isHeaderName(name) || isForbiddenToDialects(lower)) {
      throw invalid(`the header ${JSON.stringify(name)} may not be set by a dialect`);
    }
    headers[lower] = value;
  }
  for (const [name, value] of Object.entries(provider.headers)) {
    headers[name.toLowerCase()] = typeof value === 'string' ? value : await reveal(provider.name, value, resolve);
  }
  return sendable(headers);
}

/** The same headers. Throws `UpstreamFault` where one cannot be sent. */
export function sendable<H extends Readonly<Record<string, string>>>(headers: H): H {
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeaderValue(value)) throw invalid(`the header ${name} holds characters that no HTTP header may carry`);
  }
  return headers;
}

function invalid(message: string): UpstreamFault {
  return new UpstreamFault({ kind: 'invalid-request', message });
}

function splitOnce(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
