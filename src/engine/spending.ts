import type { CallerLimits, RateLimit, SpendLimits } from './demands.ts';
import { IncidentSpending } from './incident-spending.ts';
import { type Purse, type PurseOrder, RequestPurse, type Scope, type SpendingDeps } from './purse.ts';
import type { Route } from './route.ts';
import { SpendWindow } from './spend-window.ts';

/** A limit that is used up, and how long until it is not. */
export interface UsedUp {
  readonly detail: string;
  /** Milliseconds; absent where waiting does not help. */
  readonly retryAfterMs?: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * What was spent, by route and by caller, in this process since it started. Every scope is named by the configuration, so
 * there are no more of them than it has routes and keys; each keeps three numbers.
 */
export class Spending {
  readonly #callers: ReadonlyMap<string, CallerLimits>;
  readonly #scopes = new Map<string, Scope>();
  readonly #rates = new Map<string, SpendWindow>();
  readonly #incidents = new Map<string, IncidentSpending>();

  constructor(callers: ReadonlyMap<string, CallerLimits> = new Map()) {
    this.#callers = callers;
  }

  /** Lets a request in, or says which rate is used up. A request that is not let in uses nothing. */
  admit(route: Route, caller: string | undefined, now: number): UsedUp | undefined {
    const ofRoute = route.demands.rate;
    const ofCaller = caller === undefined ? undefined : this.#callers.get(caller)?.rate;
    if (!ofRoute && !ofCaller) return undefined;
    const rates = [
      ...(ofRoute ? [this.#rate(`route "${route.name}"`, ofRoute)] : []),
      ...(ofCaller ? [this.#rate(`caller "${caller}"`, ofCaller)] : []),
    ];
    for (const { name, perMinute, window } of rates) {
      if (window.used(now) + 1 <= perMinute) continue;
      const detail = `${name} may send ${perMinute} ${perMinute === 1 ? 'request' : 'requests'} a minute`;
      return { detail, retryAfterMs: Math.ceil(window.resetsInMs(now)) };
    }
    for (const { window } of rates) window.use(1, now);
    return undefined;
  }

  /** Undefined where nothing limits what a request costs: nothing is estimated then. */
  purse(order: PurseOrder, deps: SpendingDeps): Purse | undefined {
    const ofRoute = order.route.demands.spending;
    const ofCaller = order.caller === undefined ? undefined : this.#callers.get(order.caller)?.spending;
    if (!ofRoute && !ofCaller) return undefined;
    const { name } = order.route;
    const scopes = [
      ...(ofRoute ? [this.#scope(`route "${name}"`, ofRoute)] : []),
      ...(ofCaller ? [this.#scope(`caller "${order.caller}"`, ofCaller)] : []),
    ];
    const refuse = ofRoute?.unknownPrice === 'refuse' || ofCaller?.unknownPrice === 'refuse';
    const incident = ofRoute?.perIncidentUsd === undefined ? undefined : this.#incident(name);
    return new RequestPurse({ ...order, scopes, incident, spending: ofRoute, unknownIsRefused: refuse, deps });
  }

  #scope(name: string, limits: SpendLimits): Scope {
    const known = this.#scopes.get(name);
    if (known) return { ...known, limits };
    const scope = { name, limits, hour: new SpendWindow(HOUR_MS), day: new SpendWindow(DAY_MS) };
    this.#scopes.set(name, scope);
    return scope;
  }

  #rate(name: string, { perMinute }: RateLimit): RateLimit & { readonly name: string; readonly window: SpendWindow } {
    const window = this.#rates.get(name) ?? new SpendWindow(MINUTE_MS);
    this.#rates.set(name, window);
    return { name, perMinute, window };
  }

  #incident(route: string): IncidentSpending {
    const incident = this.#incidents.get(route) ?? new IncidentSpending();
    this.#incidents.set(route, incident);
    return incident;
  }
}
