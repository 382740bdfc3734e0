import type { FastifyInstance, FastifyRequest } from 'fastify';
import { STORED_OUTCOMES } from '../storage/stored-request.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';

const MAX_ROWS = 200;

/** `/admin/*`: what is going on, as JSON, behind the admin key. */
export function addAdminSurface(app: FastifyInstance, gateway: Gateway): void {
  app.get('/admin/targets', async (request) => {
    gateway.keys.authenticateAdmin(request.headers);
    return { targets: targets(gateway) };
  });
  app.get('/admin/requests', async (request) => {
    gateway.keys.authenticateAdmin(request.headers);
    return gateway.reader.requests(readQuery(request));
  });
  app.get<{ Params: { id: string } }>('/admin/requests/:id', async (request) => {
    gateway.keys.authenticateAdmin(request.headers);
    const found = await gateway.reader.request(request.params.id);
    if (!found) throw new HttpFailure(404, 'not_found', 'no request of this id is in the ledger', { field: 'id' });
    return found;
  });
}

/** Every target of every route, with the state of its lane. */
function targets(gateway: Gateway) {
  const { lanes, clock } = gateway.engine;
  const now = clock.now();
  return [...gateway.routes.values()].flatMap((route) =>
    route.targets.map(({ target }, rank) => ({
      route: route.name,
      rank,
      target: target.id,
      dialect: target.dialect,
      region: target.region ?? null,
      health: lanes.find(target.lane)?.snapshot(now) ?? null,
    })),
  );
}

function readQuery(request: FastifyRequest) {
  const query = request.query as Record<string, string | string[] | undefined>;
  const known = new Set(['limit', 'before', 'route', 'outcome', 'degraded', 'target']);
  for (const name of Object.keys(query)) {
    if (!known.has(name))
      throw new HttpFailure(
        400,
        'invalid_request',
        `unknown query parameter ${name.slice(0, 40)}; known are ${[...known].join(', ')}`,
        { field: name.slice(0, 40) },
      );
  }
  const one = (name: string) => {
    const value = query[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const limit = Number(one('limit') ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_ROWS) {
    throw new HttpFailure(400, 'invalid_request', `limit must be a whole number from 1 to ${MAX_ROWS}`, {
      field: 'limit',
    });
  }
  const [before, route, target, degraded] = [one('before'), one('route'), one('target'), one('degraded')];
  const outcome = STORED_OUTCOMES.find((known) => known === one('outcome'));
  if (one('outcome') !== undefined && outcome === undefined) {
    throw new HttpFailure(400, 'invalid_request', `outcome must be one of ${STORED_OUTCOMES.join(', ')}`, {
      field: 'outcome',
    });
  }
  return {
    limit,
    ...(before !== undefined && { before }),
    ...(route !== undefined && { route }),
    ...(outcome !== undefined && { outcome }),
    ...(target !== undefined && { target }),
    ...(degraded !== undefined && { degraded: degraded === 'true' }),
  };
}
