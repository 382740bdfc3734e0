import { UpstreamFault } from '../engine/ports.ts';
import { type ResolveSecret, reveal } from './authoriser.ts';
import { isHeaderName, isHeaderValue } from './header-value.ts';
import { PACKAGE_VERSION } from './package-version.ts';
import { isForbiddenToDialects, type SecretValue, type UpstreamProvider } from './provider.ts';

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

/** Every header of a provider's attempts but the credential. */
export class RequestHead {
  readonly #provider: UpstreamProvider;
  readonly #resolve: ResolveSecret;
  /** The provider's own, as far as they are no secrets. */
  readonly #own: Readonly<Record<string, string>>;
  readonly #secret: readonly (readonly [name: string, value: SecretValue])[];

  constructor(provider: UpstreamProvider, resolve: ResolveSecret) {
    this.#provider = provider;
    this.#resolve = resolve;
    const all = Object.entries(provider.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
    this.#own = sendable(
      Object.fromEntries(all.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))),
    );
    this.#secret = all.flatMap(([name, value]) => (typeof value === 'string' ? [] : [[name, value] as const]));
  }

  /**
   * Built from nothing: ours, the dialect's, the provider's own; nothing of the caller's is among them. Throws or rejects
   * with `UpstreamFault` where a value cannot be had or cannot be sent.
   */
  headersOf(
    ofDialect: Readonly<Record<string, string>>,
    accept: string,
  ): Record<string, string> | Promise<Record<string, string>> {
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      accept,
      'accept-encoding': 'identity',
      'user-agent': USER_AGENT,
    };
    for (const name in ofDialect) {
      const value = ofDialect[name];
      if (value === undefined || !Object.hasOwn(ofDialect, name)) continue;
      const lower = name.toLowerCase();
      if (!isHeaderName(name) || isForbiddenToDialects(lower)) {
        throw invalid(`the header ${JSON.stringify(name)} may not be set by a dialect`);
      }
      headers[lower] = sendableValue(lower, value);
    }
    Object.assign(headers, this.#own);
    return this.#secret.length === 0 ? headers : this.#withSecrets(headers);
  }

  async #withSecrets(headers: Record<string, string>): Promise<Record<string, string>> {
    for (const [name, value] of this.#secret) {
      headers[name] = sendableValue(name, await reveal(this.#provider.name, value, this.#resolve));
    }
    return headers;
  }
}

/** The same headers. Throws `UpstreamFault` where one cannot be sent. */
export function sendable<H extends Readonly<Record<string, string>>>(headers: H): H {
  for (const [name, value] of Object.entries(headers)) sendableValue(name, value);
  return headers;
}

function sendableValue(name: string, value: string): string {
  if (isHeaderValue(value)) return value;
  throw invalid(`the header ${name} holds characters that no HTTP header may carry`);
}

function invalid(message: string): UpstreamFault {
  return new UpstreamFault({ kind: 'invalid-request', message });
}

function splitOnce(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
