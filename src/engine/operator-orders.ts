import { CAPABILITY_NAMES, type CapabilityName } from '../model/capability.ts';
import type { Lane } from './lane.ts';
import { HELD_BY_OPERATOR } from './lane-elsewhere.ts';
import type { Lanes } from './lanes.ts';
import type { Clock } from './ports.ts';
import type { OperatorAction, OperatorActionName } from './record.ts';
import type { Route, RouteTarget } from './route.ts';

/** What stands until its end, or until it is taken back. */
export type StandingAction = Extract<OperatorActionName, 'drain' | 'hold' | 'breaker-open'>;

/** How long each stands where nobody says. A drain is forgotten more easily than lifted: it ends by itself, too. */
export const ORDER_DEFAULT_MS = {
  drain: 24 * 3_600_000,
  hold: 600_000,
  'breaker-open': 600_000,
} as const satisfies Record<StandingAction, number>;

export function stands(action: OperatorActionName): action is StandingAction {
  return action in ORDER_DEFAULT_MS;
}

/** Does to a lane what an operator ordered. `ms`: for how long, where the action is one that stands. */
export function applyOrder(lane: Lane, action: OperatorActionName, now: number, ms: number): void {
  switch (action) {
    case 'drain':
      return lane.drain(now, ms);
    case 'undrain':
      return lane.undrain();
    case 'hold':
      return lane.holdFor(now, ms, HELD_BY_OPERATOR);
    case 'release':
      return lane.release();
    case 'breaker-open':
      return lane.openFor(now, ms);
    case 'breaker-close':
      return lane.close(now);
  }
}

/** Puts lanes back into the state that operators left them in, as a restarted process has to. Gives those that no longer have a target. */
export function restoreOrders(
  orders: readonly OperatorAction[],
  deps: { readonly lanes: Lanes; readonly clock: Clock; targetOf(id: string): RouteTarget | undefined },
): readonly OperatorAction[] {
  const now = deps.clock.now();
  return orders.filter(({ target, action, until }) => {
    const found = deps.targetOf(target);
    const ms = (until ?? 0) - deps.clock.wallNow();
    if (!found) return true;
    if (ms > 0) applyOrder(deps.lanes.of(found, now), action, now, ms);
    return false;
  });
}

/** What a route loses when one of its targets is not asked any more. */
export interface RouteLoss {
  readonly route: string;
  /** The targets that could still be asked now; with none, nobody serves the route. */
  readonly left: readonly string[];
  /** Abilities that the target may have and none of those that are left does. */
  readonly abilities: readonly CapabilityName[];
  /** Tokens of the largest window before and after, where the largest goes. */
  readonly window?: { readonly from: number; readonly to: number };
}

/** What every route that may ask `lane` now would be left with. */
export function lossesWithout(
  lane: string,
  routes: Iterable<Route>,
  state: { readonly lanes: Lanes; readonly now: number },
): readonly RouteLoss[] {
  const losses: RouteLoss[] = [];
  for (const route of routes) {
    const targets = route.policy.kind === 'single' ? route.targets.slice(0, 1) : route.targets;
    const open = targets.filter(
      ({ target }) => state.lanes.find(target.lane)?.refusal(state.now, route.name) === undefined,
    );
    const going = targets.find(({ target }) => target.lane === lane);
    if (!going) continue;
    const left = open.filter(({ target }) => target.lane !== lane);
    losses.push({
      route: route.name,
      left: left.map(({ target }) => target.id),
      abilities: left.length === 0 ? [] : abilitiesLost(going, left),
      ...(left.length > 0 && windowLost(going, left)),
    });
  }
  return losses;
}

function abilitiesLost(going: RouteTarget, left: readonly RouteTarget[]): CapabilityName[] {
  const may = ({ target }: RouteTarget, ability: CapabilityName) => target.capabilities.abilities[ability] !== 'no';
  return CAPABILITY_NAMES.filter((ability) => may(going, ability) && !left.some((other) => may(other, ability)));
}

/** A window that nobody knows counts as none: nothing is promised of it. */
function windowLost(going: RouteTarget, left: readonly RouteTarget[]): Pick<RouteLoss, 'window'> {
  const of = ({ target }: RouteTarget) => target.capabilities.contextWindow ?? 0;
  const from = of(going);
  const to = Math.max(...left.map(of));
  return from > to && to > 0 ? { window: { from, to } } : {};
}
