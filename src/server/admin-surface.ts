import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { LedgerError } from '../storage/ledger-error.ts';
import type { RequestPage } from '../storage/ledger-reader.ts';
import type { RequestQuery } from '../storage/request-query.ts';
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
    return readPage(gateway, readQuery(request));
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

/** The reader alone knows what a cursor looks like. */
async function readPage(gateway: Gateway, query: RequestQuery): Promise<RequestPage> {
  try {
    return await gateway.reader.requests(query);
  } catch (error) {
    const { code, message } = error as Partial<LedgerError>;
    if (code === 'bad-query') throw invalid('before', message ?? 'before is not the `next` of a page');
    throw error;
  }
}

function readQuery(request: FastifyRequest): RequestQuery {
  const query = request.query as Record<string, string | string[] | undefined>;
  const known = new Set(['limit', 'before', 'route', 'outcome', 'degraded', 'target']);
  for (const name of Object.keys(query)) {
    if (!known.has(name))
      throw invalid(
        name.slice(0, 40),
        `unknown query parameter ${name.slice(0, 40)}; known are ${[...known].join(', ')}`,
      );
  }
  const one = (name: string) => {
    const value = query[name];
    if (Array.isArray(value)) throw invalid(name, `${name} is given twice`);
    return value === '' ? undefined : value;
  };
  const limit = Number(one('limit') ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_ROWS) {
    throw invalid('limit', `limit must be a whole number from 1 to ${MAX_ROWS}`);
  }
  const [before, route, target, degraded] = [one('before'), one('route'), one('target'), one('degraded')];
  const outcome = STORED_OUTCOMES.find((known) => known === one('outcome'));
  if (one('outcome') !== undefined && outcome === undefined) {
    throw invalid('outcome', `outcome must be one of ${STORED_OUTCOMES.join(', ')}`);
  }
  if (degraded !== undefined && degraded !== 'true' && degraded !== 'false') {
    throw invalid('degraded', 'degraded must be true or false');
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

function invalid(field: string, message: string): HttpFailure {
  return new HttpFailure(400, 'invalid_request', message, { field });
}
