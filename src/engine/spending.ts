import type { RateLimit, SpendLimits, UseLimits } from './demands.ts';
import { IncidentSpending } from './incident-spending.ts';
import { type Purse, type PurseOrder, RequestPurse, type Scope, type SpendingDeps } from './purse.ts';
import type { Route } from './route.ts';
import type { ChargeMade, Sharing, SpendStanding } from './sharing.ts';
import { SpendWindow } from './spend-window.ts';

/** A limit that is used up, and how long until it is not. */
export interface UsedUp {
  readonly detail: string;
  /** Milliseconds; absent where waiting does not help. */
  readonly retryAfterMs?: number;
}

/** Monotonic moment at which the breaker of a lane left `closed`; undefined while it is closed. */
export type OutageOf = (lane: string) => number | undefined;

/** Whose budgets a request draws on, beside that of its route. */
export interface Payer {
  readonly caller: string | undefined;
  /** As the caller wrote them, with repetitions. */
  readonly tags: readonly string[] | undefined;
}

interface Limits {
  readonly name: string;
  readonly limits: UseLimits;
}

const NOBODY: ReadonlyMap<string, UseLimits> = new Map();
const NOTHING: readonly Limits[] = [];
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * What was spent, by route, by caller and by tag, in this process since it started. Every scope is named by the configuration, so
 * there are no more of them than it has routes, keys and tags; each keeps three numbers.
 */
export class Spending {
  #callers: ReadonlyMap<string, UseLimits>;
  #tags: ReadonlyMap<string, UseLimits>;
  readonly #scopes = new Map<string, Scope>();
  readonly #rates = new Map<string, SpendWindow>();
  readonly #incidents = new Map<string, IncidentSpending>();
  /** The lane of the primary whose outage costs, by route; only where others are told. */
  readonly #incidentLanes = new Map<string, string>();
  /** Absent where this process serves alone. */
  readonly #sharing: Sharing | undefined;

  constructor(
    callers: ReadonlyMap<string, UseLimits> = NOBODY,
    tags: ReadonlyMap<string, UseLimits> = NOBODY,
    sharing?: Sharing,
  ) {
    this.#sharing = sharing;
    this.#callers = callers;
    this.#tags = tags;
  }

  /**
   * Other limits from now on: what was spent stays spent. Of names that are gone only what still counts is kept, so that
   * whoever comes back with the next configuration has no fresh budget.
   */
  follow(callers: ReadonlyMap<string, UseLimits>, tags: ReadonlyMap<string, UseLimits>, now: number): void {
    this.#callers = callers;
    this.#tags = tags;
    for (const [name, { day }] of this.#scopes) if (day.resetsInMs(now) === 0) this.#scopes.delete(name);
    for (const [name, window] of this.#rates) if (window.resetsInMs(now) === 0) this.#rates.delete(name);
  }

  /** Lets a request in, or says which rate is used up. A request that is not let in uses nothing. */
  admit(route: Route, who: Payer, now: number): UsedUp | undefined {
    const ofRoute = route.demands.rate;
    const others = this.#limitsOf(who);
    if (!ofRoute && others.length === 0) return undefined;
    const rates = [
      ...(ofRoute ? [this.#rate(`route "${route.name}"`, ofRoute)] : []),
      ...others.flatMap(({ name, limits }) => (limits.rate ? [this.#rate(name, limits.rate)] : [])),
    ];
    for (const { name, perMinute, window } of rates) {
      if (window.used(now) + 1 <= perMinute) continue;
      const detail = `${name} may send ${perMinute} ${perMinute === 1 ? 'request' : 'requests'} a minute`;
      return { detail, retryAfterMs: Math.ceil(window.resetsInMs(now)) };
    }
    for (const { window } of rates) window.use(1, now);
    if (this.#sharing) {
      const charges = rates.map(({ name }) => ({ kind: 'request' as const, scope: name }));
      if (charges.length > 0) this.#sharing.tell({ about: 'charges', charges }, false);
    }
    return undefined;
  }

  /** Undefined where nothing limits what a request costs: nothing is estimated then. */
  purse(order: PurseOrder, deps: SpendingDeps): Purse | undefined {
    const ofRoute = order.route.demands.spending;
    const others = this.#limitsOf(order).flatMap(({ name, limits }) =>
      limits.spending ? [{ name, spending: limits.spending }] : [],
    );
    if (!ofRoute && others.length === 0) return undefined;
    const { name } = order.route;
    const scopes = [
      ...(ofRoute ? [this.#scope(`route "${name}"`, ofRoute)] : []),
      ...others.map((other) => this.#scope(other.name, other.spending)),
    ];
    const refuse =
      ofRoute?.unknownPrice === 'refuse' || others.some(({ spending }) => spending.unknownPrice === 'refuse');
    const incident = ofRoute?.perIncidentUsd === undefined ? undefined : this.#incident(name);
    const tellIncident = incident && this.#incidentTeller(name);
    return new RequestPurse({
      ...order,
      scopes,
      incident,
      tellIncident,
      spending: ofRoute,
      unknownIsRefused: refuse,
      deps,
    });
  }

  /** What another process charged. */
  chargedElsewhere(charge: ChargeMade, now: number, outageOf: OutageOf): void {
    switch (charge.kind) {
      case 'request':
        return this.#rateWindow(charge.scope).usedElsewhere(1, now);
      case 'spent': {
        const { hour, day } = this.#scope(charge.scope, {});
        hour.usedElsewhere(charge.usd, now);
        return day.usedElsewhere(charge.usd, now);
      }
      case 'incident': {
        const outage = outageOf(charge.lane);
        if (outage === undefined) return;
        this.#incidentLanes.set(charge.route, charge.lane);
        return this.#incident(charge.route).add(outage, charge.usd);
      }
    }
  }

  /** What the outages of now have cost, for a process that begins to serve beside this one. */
  incidents(outageOf: OutageOf): ChargeMade[] {
    return [...this.#incidentLanes].flatMap(([route, lane]) => {
      const outage = outageOf(lane);
      const usd = outage === undefined ? 0 : this.#incident(route).spent(outage);
      return usd === 0 ? [] : [{ kind: 'incident' as const, route, lane, usd }];
    });
  }

  /** Every window that has begun, for the same. */
  standing(now: number): SpendStanding[] {
    const found: SpendStanding[] = [];
    const add = (scope: string, window: SpendStanding['window'], of: SpendWindow) => {
      const standing = of.standing(now);
      if (standing) found.push({ scope, window, ...standing });
    };
    for (const [name, window] of this.#rates) add(name, 'minute', window);
    for (const { name, hour, day } of this.#scopes.values()) {
      add(name, 'hour', hour);
      add(name, 'day', day);
    }
    return found;
  }

  takeOver(windows: readonly SpendStanding[], now: number): void {
    for (const { scope, window, ...standing } of windows) {
      const of = window === 'minute' ? this.#rateWindow(scope) : this.#scope(scope, {})[window];
      of.takeOver(standing, now);
    }
  }

  /** Of whoever pays, those that the configuration limits. Asked of every request: costs nothing where it limits nobody. */
  #limitsOf({ caller, tags }: Payer): readonly Limits[] {
    const ofCaller = caller === undefined ? undefined : this.#callers.get(caller);
    if (!ofCaller && (this.#tags.size === 0 || tags === undefined)) return NOTHING;
    const found: Limits[] = ofCaller ? [{ name: `caller "${caller}"`, limits: ofCaller }] : [];
    for (const tag of new Set(tags)) {
      const limits = this.#tags.get(tag);
      if (limits) found.push({ name: `tag "${tag}"`, limits });
    }
    return found;
  }

  #scope(name: string, limits: SpendLimits): Scope {
    const known = this.#scopes.get(name);
    if (known) return { ...known, limits };
    const tell = this.#teller(name);
    const scope = { name, limits, hour: new SpendWindow(HOUR_MS), day: new SpendWindow(DAY_MS), tell };
    this.#scopes.set(name, scope);
    return scope;
  }

  #rate(name: string, { perMinute }: RateLimit): RateLimit & { readonly name: string; readonly window: SpendWindow } {
    return { name, perMinute, window: this.#rateWindow(name) };
  }

  #rateWindow(name: string): SpendWindow {
    const window = this.#rates.get(name) ?? new SpendWindow(MINUTE_MS);
    this.#rates.set(name, window);
    return window;
  }

  #teller(scope: string): Scope['tell'] {
    const sharing = this.#sharing;
    return sharing && ((usd) => sharing.tell({ about: 'charges', charges: [{ kind: 'spent', scope, usd }] }, false));
  }

  #incidentTeller(route: string): ((lane: string, usd: number) => void) | undefined {
    const sharing = this.#sharing;
    const charge = (lane: string, usd: number) => ({ kind: 'incident' as const, route, lane, usd });
    if (!sharing) return undefined;
    return (lane, usd) => {
      this.#incidentLanes.set(route, lane);
      sharing.tell({ about: 'charges', charges: [charge(lane, usd)] }, false);
    };
  }

  #incident(route: string): IncidentSpending {
    const incident = this.#incidents.get(route) ?? new IncidentSpending();
    this.#incidents.set(route, incident);
    return incident;
  }
}
