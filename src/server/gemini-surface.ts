import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../model/json.ts';
import { type AnswerFraming, eventStream, jsonArray } from './answer-framing.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';
import { modelIsKnown, visibleRoutes } from './models-surface.ts';

/** A wildcard, because a raw target's id holds a slash, which may come as it is or percent-encoded. */
export const GEMINI_PATH = '/v1beta/models/*';

const METHODS = ['generateContent', 'streamGenerateContent'];

/** What stands in the path and the query of this API, where others have it in the body. */
export interface ReadAddress {
  /** For the body, where the dialect looks for them. */
  readonly fields: { readonly model: string; readonly stream: boolean };
  readonly framing: AnswerFraming;
}

/** `{route}:generateContent` or `{route}:streamGenerateContent`; names of models may hold colons of their own. */
export function readGeminiAddress(rest: string, raw: IncomingMessage): ReadAddress {
  const colon = rest.lastIndexOf(':');
  const [model, method] = [rest.slice(0, Math.max(colon, 0)), rest.slice(colon + 1)];
  if (colon < 1 || !METHODS.includes(method)) {
    const message = `there is no ${JSON.stringify(rest.slice(-60))} here; known are {model}:${METHODS.join(', {model}:')}`;
    throw new HttpFailure(404, 'not_found', message, { field: 'model' });
  }
  const stream = method === 'streamGenerateContent';
  return { fields: { model, stream }, framing: stream ? framingOf(raw) : eventStream };
}

/** A key in an address ends up in the logs of every proxy on the way, so it is not taken there, not even a right one. */
export function refuseKeyInUrl(raw: IncomingMessage): void {
  if (!queryOf(raw).has('key')) return;
  const message = 'keys do not belong into URLs, where proxies and logs keep them: send the header `x-goog-api-key`';
  throw new HttpFailure(400, 'invalid_request', message, { field: 'key' });
}

/** `GET /v1beta/models` and `/v1beta/models/{id}`: the routes, in Google's shape. */
export function addGeminiModels(app: FastifyInstance, gateway: Gateway): void {
  const onRequest = async ({ raw }: { raw: IncomingMessage }) => refuseKeyInUrl(raw);
  app.get('/v1beta/models', { onRequest }, async (request) => {
    const names = visibleRoutes(gateway, gateway.keys.authenticate(request.headers)?.routes);
    return { models: names.map(describe) };
  });
  app.get<{ Params: { '*': string } }>(GEMINI_PATH, { onRequest }, async (request) => {
    const allowed = gateway.keys.authenticate(request.headers)?.routes;
    const id = request.params['*'];
    if (modelIsKnown(gateway, id, allowed)) return describe(id);
    throw new HttpFailure(404, 'unknown_model', `model "${id.slice(0, 100)}" is not known here`, { field: 'model' });
  });
}

function describe(id: string): JsonObject {
  return { name: `models/${id}`, baseModelId: id, version: '1', displayName: id, supportedGenerationMethods: METHODS };
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
