import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../model/json.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';

/** `GET /v1/models` and `/v1/models/{id}`: the routes, in OpenAI's shape, or in Anthropic's for callers that send `anthropic-version`. */
export function addModelsSurface(app: FastifyInstance, gateway: Gateway, startedAtSeconds: number): void {
  app.get('/v1/models', async (request) => {
    const anthropic = request.headers['anthropic-version'] !== undefined;
    const names = visibleRoutes(gateway, gateway.keys.authenticate(request.headers)?.routes);
    const data = names.map((name) => describe(name, anthropic, startedAtSeconds));
    if (!anthropic) return { object: 'list', data };
    return { data, has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null };
  });

  // A wildcard, because a raw target's id holds a slash.
  app.get<{ Params: { '*': string } }>('/v1/models/*', async (request) => {
    const allowed = gateway.keys.authenticate(request.headers)?.routes;
    const id = request.params['*'];
    if (!modelIsKnown(gateway, id, allowed))
      throw new HttpFailure(404, 'unknown_model', `model "${id.slice(0, 100)}" is not known here`, { field: 'model' });
    return describe(id, request.headers['anthropic-version'] !== undefined, startedAtSeconds);
  });
}

/** The routes that a caller may use; `allowed` absent: all. */
export function visibleRoutes(gateway: Gateway, allowed: readonly string[] | undefined): string[] {
  return [...gateway.routes.keys()].filter((name) => allowed === undefined || allowed.includes(name));
}

/** A route, or for callers without bounds a raw target of a known provider. */
export function modelIsKnown(gateway: Gateway, id: string, allowed: readonly string[] | undefined): boolean {
  if (allowed) return allowed.includes(id) && gateway.routes.has(id);
  return gateway.routes.has(id) || gateway.rawRoute(id) !== undefined;
}

function describe(id: string, anthropic: boolean, startedAtSeconds: number): JsonObject {
  if (anthropic)
    return { type: 'model', id, display_name: id, created_at: new Date(startedAtSeconds * 1000).toISOString() };
  return { id, object: 'model', created: startedAtSeconds, owned_by: 'understudy' };
}
