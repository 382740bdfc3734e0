import { createHash, timingSafeEqual } from 'node:crypto';
import type { SimulatedDialect } from './ask.ts';

export type Headers = Readonly<Record<string, string | undefined>>;

function bearer(headers: Headers): string | undefined {
  return /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
}

/** The caller's key, from the places where this dialect's vendor looks for it; empty where there is none. */
export function credentialOf(dialect: SimulatedDialect, headers: Headers, queryKey: string | undefined): string {
  switch (dialect) {
    case 'openai-chat':
    case 'openai-responses':
      return bearer(headers) ?? headers['api-key'] ?? '';
    case 'anthropic-messages':
      return headers['x-api-key'] ?? bearer(headers) ?? '';
    case 'gemini-generate':
      return headers['x-goog-api-key'] ?? queryKey ?? bearer(headers) ?? '';
  }
}

const SECRET_HEADERS = new Set(['authorization', 'api-key', 'x-api-key', 'x-goog-api-key', 'x-admin-key', 'cookie']);

/** Headers as they may be shown to somebody else than the test that sent them. */
export function withoutSecrets(headers: Headers): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, SECRET_HEADERS.has(name) ? '(hidden)' : value]),
  );
}

export function pathWithoutSecrets(path: string): string {
  return path.replace(/([?&]key=)[^&]*/g, '$1(hidden)');
}

/** The admin key of a request. */
export function adminCredential(headers: Headers): string {
  return headers['x-admin-key'] ?? bearer(headers) ?? '';
}

/** Equal, in a time that says nothing about where they differ. */
export function sameKey(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
