import type { Route, RouteTarget } from '../engine/route.ts';
import type { CallerKey } from './caller-keys.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';

/** The route behind what a caller sent as `model`: a route's name, or a raw `provider/model`. */
export function findRoute(gateway: Gateway, model: string, caller: CallerKey | undefined): Route {
  const route = gateway.routes.get(model) ?? gateway.rawRoute(model);
  const allowed = caller?.routes;
  // The same answer for a route that is not there and one that is not allowed: a key must not map the house.
  if (route && (allowed === undefined || allowed.includes(model))) return route;
  const known = [...gateway.routes.keys()].filter((name) => allowed === undefined || allowed.includes(name));
  const list = known.slice(0, 20).join(', ') || 'none';
  throw new HttpFailure(
    404,
    'unknown_model',
    `model "${model.slice(0, 100)}" is neither a route nor provider/model; routes: ${list}`,
    { field: 'model' },
  );
}

/** A target of a route, or any other that a configured provider could be asked for. */
export function findTarget(gateway: Pick<Gateway, 'routes' | 'rawRoute'>, id: string): RouteTarget | undefined {
  for (const route of gateway.routes.values()) {
    const found = route.targets.find(({ target }) => target.id === id);
    if (found) return found;
  }
  return gateway.rawRoute(id)?.targets[0];
}
