import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { LedgerError } from '../storage/ledger-error.ts';
import type { RequestPage } from '../storage/ledger-reader.ts';
import type { RequestQuery } from '../storage/request-query.ts';
import { STORED_OUTCOMES } from '../storage/stored-request.ts';
import { addAdminExplain } from './admin-explain.ts';
import { addAdminOperations } from './admin-operations.ts';
import { addAdminParity } from './admin-parity.ts';
import { invalid, queryOf, wholeNumber } from './admin-query.ts';
import { targetRows } from './admin-targets.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';

const MAX_ROWS = 200;

/** `/admin/*`: what is going on, as JSON, behind the admin key. */
export function addAdminSurface(app: FastifyInstance, gateway: Gateway): void {
  app.get('/admin/targets', async (request) => {
    gateway.keys.authenticateAdmin(request.headers);
    return { targets: await targetRows(gateway) };
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
  addAdminOperations(app, gateway);
  addAdminExplain(app, gateway);
  addAdminParity(app, gateway);
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
  const query = queryOf(request, ['limit', 'before', 'route', 'outcome', 'degraded', 'target']);
  const limit = wholeNumber('limit', query.limit ?? '50', MAX_ROWS);
  const { before, route, target, degraded } = query;
  const outcome = STORED_OUTCOMES.find((known) => known === query.outcome);
  if (query.outcome !== undefined && outcome === undefined) {
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
