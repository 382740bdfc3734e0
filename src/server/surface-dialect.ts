import type { IncomingMessage } from 'node:http';
import type { DialectName } from '../model/dialect-name.ts';

/** The path that was called, without its query. */
export function pathOf(raw: IncomingMessage): string {
  return (raw.url ?? '/').split('?')[0]?.slice(0, 200) ?? '/';
}

/** The dialect in which whoever calls this path expects an error. Of the paths that two vendors have, a header tells. */
export function dialectOf(raw: IncomingMessage): DialectName {
  const path = pathOf(raw);
  if (path.startsWith('/v1beta/')) return 'gemini-generate';
  if (path.startsWith('/v1/messages')) return 'anthropic-messages';
  if (path.startsWith('/v1/responses')) return 'openai-responses';
  const shared = path === '/v1/models' || path.startsWith('/v1/models/');
  return shared && raw.headers['anthropic-version'] !== undefined ? 'anthropic-messages' : 'openai-chat';
}
