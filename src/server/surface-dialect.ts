import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { DialectName } from '../model/dialect-name.ts';

/** The path that was called, without its query. */
export function pathOf(raw: IncomingMessage): string {
  return (raw.url ?? '/').split('?')[0]?.slice(0, 200) ?? '/';
}

/** The dialect in which whoever calls this path expects an error. Of the paths that several vendors have, method and headers tell. */
export function dialectOf(raw: IncomingMessage): DialectName {
  const path = pathOf(raw);
  if (path.startsWith('/v1beta/')) return 'gemini-generate';
  if (path.startsWith('/v1/messages')) return 'anthropic-messages';
  if (path.startsWith('/v1/responses') || path.startsWith('/v1/conversations')) return 'openai-responses';
  if (path !== '/v1/models' && !path.startsWith('/v1/models/')) return 'openai-chat';
  return raw.method === 'POST' ? 'gemini-generate' : listedDialectOf(raw.headers);
}

/** In whose shape a caller expects models: the SDKs of the three vendors ask for them at the same path. */
export function listedDialectOf(headers: IncomingHttpHeaders): DialectName {
  if (headers['anthropic-version'] !== undefined) return 'anthropic-messages';
  const google = headers['x-goog-api-key'] !== undefined || headers['x-goog-api-client'] !== undefined;
  return google ? 'gemini-generate' : 'openai-chat';
}
