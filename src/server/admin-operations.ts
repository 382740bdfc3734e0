import type { FastifyInstance, FastifyRequest } from 'fastify';
import { applyOrder, lossesWithout, ORDER_DEFAULT_MS, type RouteLoss, stands } from '../engine/operator-orders.ts';
import { MAX_ORDER_MS, OPERATOR_ACTIONS, type OperatorAction, type OperatorActionName } from '../engine/record.ts';
import type { RouteTarget } from '../engine/route.ts';
import type { JsonObject } from '../model/json.ts';
import { invalid, queryOf, wholeNumber } from './admin-query.ts';
import { findTarget } from './find-route.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';

const maxReasonChars = 200;
const maxPageRows = 200;

/** Whose key it is; there is one. */
const ADMIN = 'admin';

/** What an order came to. */
export interface OrderDone {
  readonly action: OperatorAction;
  /** False where the ledger could not be written: the order stands until the process ends, and is nowhere on record. */
  readonly recorded: boolean;
  /** What the routes of the target are left with, for orders that take it away. */
  readonly routes: readonly RouteLoss[];
}

/**
 * `POST /admin/targets/{target}/{action}` and `GET /admin/actions`: what operators do to lanes. The target stands in the
 * path with its slashes, encoded or not; the action is the last segment.
 */
export function addAdminOperations(app: FastifyInstance, gateway: Gateway): void {
  app.post<{ Params: { '*': string } }>('/admin/targets/*', {
    onRequest: async ({ headers }) => gateway.keys.authenticateAdmin(headers),
    handler: async (request) => {
      const { target, action } = addressOf(request.params['*'], gateway);
      return order(gateway, { target, action, ...bodyOf(request, action) });
    },
  });
  app.get('/admin/actions', async (request) => {
    gateway.keys.authenticateAdmin(request.headers);
    const query = queryOf(request, ['limit', 'target', 'before']);
    const before =
      query.before === undefined ? undefined : wholeNumber('before', query.before, Number.MAX_SAFE_INTEGER);
    const rows = gateway.lanes.actions({
      limit: wholeNumber('limit', query.limit ?? '50', maxPageRows),
      ...(query.target !== undefined && { lane: targetOf(query.target, gateway).target.lane }),
      ...(before !== undefined && { before }),
    });
    return { rows };
  });
}

interface Order {
  readonly target: RouteTarget;
  readonly action: OperatorActionName;
  readonly forMs?: number;
  readonly reason?: string;
  readonly force: boolean;
}

async function order(gateway: Gateway, { target, action, forMs, reason, force }: Order): Promise<OrderDone> {
  const { lanes, clock, chance } = gateway.engine;
  const now = clock.now();
  const { id, lane } = target.target;
  const routes = stands(action) ? lossesWithout(lane, gateway.routes.values(), { lanes, now }) : [];
  const deserted = routes.filter(({ left }) => left.length === 0).map(({ route }) => route);
  if (deserted.length > 0 && !force) throw deserts(id, action, deserted);
  const ms = stands(action) ? (forMs ?? ORDER_DEFAULT_MS[action]) : 0;
  applyOrder(lanes.of(target, now), action, now, ms);
  const at = clock.wallNow();
  const row: OperatorAction = {
    id: `op_${chance.newId()}`,
    at,
    target: id,
    lane,
    action,
    ...(stands(action) && { until: at + ms }),
    by: ADMIN,
    ...(reason !== undefined && { reason }),
    forced: deserted.length > 0,
  };
  return { action: row, recorded: await recorded(gateway, row), routes };
}

/** In an outage of the disk a lane still has to be taken out of use: the order holds, and its record is what is missing. */
async function recorded(gateway: Gateway, row: OperatorAction): Promise<boolean> {
  try {
    await gateway.operatorActed(row);
    return true;
  } catch (error) {
    const message = `an operator's ${row.action} of ${row.target} is not on record: ${String(error)}`;
    gateway.engine.alerts.raise({ kind: 'ledger-trouble', message }, gateway.engine.clock.now());
    return false;
  }
}

function deserts(target: string, action: OperatorActionName, routes: readonly string[]): HttpFailure {
  const names = routes.map((route) => `"${route}"`).join(', ');
  return new HttpFailure(
    409,
    'invalid_request',
    `after ${action} of ${target} nobody would serve ${routes.length === 1 ? 'route' : 'routes'} ${names}; force it to do so all the same`,
    { field: 'force' },
  );
}

function addressOf(path: string, gateway: Gateway): { target: RouteTarget; action: OperatorActionName } {
  const cut = path.lastIndexOf('/');
  const name = path.slice(cut + 1);
  const action = OPERATOR_ACTIONS.find((known) => known === name);
  if (cut <= 0 || !action) {
    throw new HttpFailure(404, 'not_found', `the path must end in a target and one of ${OPERATOR_ACTIONS.join(', ')}`, {
      field: 'action',
    });
  }
  return { target: targetOf(path.slice(0, cut), gateway), action };
}

function targetOf(id: string, gateway: Gateway): RouteTarget {
  const found = findTarget(gateway, id);
  if (found) return found;
  throw new HttpFailure(404, 'not_found', `no provider of a target ${id.slice(0, 100)} is configured`, {
    field: 'target',
  });
}

function bodyOf(request: FastifyRequest, action: OperatorActionName): Pick<Order, 'forMs' | 'reason' | 'force'> {
  const body = (request.body ?? {}) as JsonObject;
  const unknown = Object.keys(body).find((name) => !['forMs', 'reason', 'force'].includes(name));
  if (unknown !== undefined) throw invalid(unknown.slice(0, 40), 'known fields are forMs, reason and force');
  const { forMs, reason, force } = body;
  if (forMs !== undefined && !stands(action))
    throw invalid('forMs', `${action} ends something and has no end of its own`);
  if (forMs !== undefined && !(Number.isInteger(forMs) && Number(forMs) >= 1 && Number(forMs) <= MAX_ORDER_MS)) {
    throw invalid('forMs', `forMs must be a whole number of milliseconds from 1 to ${MAX_ORDER_MS}`);
  }
  if (reason !== undefined && (typeof reason !== 'string' || reason.length > maxReasonChars)) {
    throw invalid('reason', `reason must be a text of at most ${maxReasonChars} characters`);
  }
  if (force !== undefined && typeof force !== 'boolean') throw invalid('force', 'force must be true or false');
  return {
    ...(typeof forMs === 'number' && { forMs }),
    ...(typeof reason === 'string' && reason !== '' && { reason }),
    force: force === true,
  };
}
