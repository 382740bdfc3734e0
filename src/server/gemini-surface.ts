import type { IncomingMessage } from 'node:http';
import { type AnswerFraming, eventStream, jsonArray } from './answer-framing.ts';
import { HttpFailure } from './http-failure.ts';

/**
 * Where the vendor's SDKs call: some go to `v1beta` by themselves, some to `v1`. Wildcards, because a raw target's id
 * holds a slash, which may come as it is or percent-encoded; and a name with a slash is put there without `models/` by
 * SDKs that take it for a resource of another kind.
 */
export const GEMINI_PATHS = ['/v1beta/*', '/v1/models/*'] as const;

export const GEMINI_METHODS = ['generateContent', 'streamGenerateContent', 'countTokens'];

/** What stands in the path and the query of this API, where others have it in the body. */
export interface ReadAddress {
  /** For the body, where the dialect looks for them. */
  readonly fields: { readonly model: string; readonly stream: boolean };
  readonly framing: AnswerFraming;
  /** The tokens of the request are asked for, and no answer to it. */
  readonly counts: boolean;
}

/** `{route}:generateContent` or `{route}:streamGenerateContent`; names of models may hold colons of their own. */
export function readGeminiAddress(rest: string, raw: IncomingMessage): ReadAddress {
  const colon = rest.lastIndexOf(':');
  const [resource, method] = [rest.slice(0, Math.max(colon, 0)), rest.slice(colon + 1)];
  const model = resource.replace(/^models\//, '');
  if (colon < 1 || !GEMINI_METHODS.includes(method)) {
    const message = `there is no ${JSON.stringify(rest.slice(-60))} here; known are {model}:${GEMINI_METHODS.join(', {model}:')}`;
    throw new HttpFailure(404, 'not_found', message, { field: 'model' });
  }
  const stream = method === 'streamGenerateContent';
  const counts = method === 'countTokens';
  return { fields: { model, stream }, framing: stream ? framingOf(raw) : eventStream, counts };
}

/** A key in an address ends up in the logs of every proxy on the way, so it is not taken there, not even a right one. */
export function refuseKeyInUrl(raw: IncomingMessage): void {
  if (!queryOf(raw).has('key')) return;
  const message = 'keys do not belong into URLs, where proxies and logs keep them: send the header `x-goog-api-key`';
  throw new HttpFailure(400, 'invalid_request', message, { field: 'key' });
}

/** `alt=sse`, or `alt=json` as without any; older clients add how they want enumerations, and read both forms. */
function framingOf(raw: IncomingMessage): AnswerFraming {
  const query = queryOf(raw);
  const alt = (query.get('alt') ?? query.get('$alt') ?? 'json').split(';', 1)[0];
  switch (alt) {
    case 'sse':
      return eventStream;
    case 'json':
      return jsonArray();
    default:
      throw new HttpFailure(400, 'invalid_request', 'alt must be sse or json', { field: 'alt' });
  }
}

function queryOf(raw: IncomingMessage): URLSearchParams {
  const url = raw.url ?? '';
  const at = url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
}
