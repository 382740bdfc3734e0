import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Explained, explainRoute, parseMoment } from '../engine/explain-route.ts';
import { NeedsError, parseNeeds, type StatedNeeds } from '../engine/stated-needs.ts';
import { invalid, queryOf } from './admin-query.ts';
import { findRoute } from './find-route.ts';
import type { Gateway } from './gateway.ts';

/** `GET /admin/explain`: who would serve a route, if. Asks nobody, and changes nothing. */
export function addAdminExplain(app: FastifyInstance, gateway: Gateway): void {
  app.get('/admin/explain', async (request) => {
    gateway.keys.authenticateAdmin(request.headers);
    return explained(request, gateway);
  });
}

function explained(request: FastifyRequest, gateway: Gateway): Explained {
  const query = queryOf(request, ['route', 'need', 'down', 'at', 'caller']);
  if (query.route === undefined) throw invalid('route', 'route is missing: whose targets are asked about');
  const at = query.at === undefined ? undefined : parseMoment(query.at);
  if (query.at !== undefined && at === undefined) {
    throw invalid('at', 'at must be a moment such as 2026-01-31T12:00:00Z, or milliseconds since 1970');
  }
  return explainRoute(
    {
      route: findRoute(gateway, query.route, undefined),
      needs: needsOf(query.need ?? ''),
      down: (query.down ?? '').split(',').filter((name) => name !== ''),
      ...(query.caller !== undefined && { caller: query.caller }),
      ...(at !== undefined && { at }),
    },
    { engine: gateway.engine, record: gateway.lanes, live: true },
  );
}

function needsOf(text: string): StatedNeeds {
  try {
    return parseNeeds(text);
  } catch (error) {
    if (error instanceof NeedsError) throw invalid('need', error.message);
    throw error;
  }
}
