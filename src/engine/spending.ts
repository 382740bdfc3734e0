import type { RateLimit, SpendLimits, UseLimits } from './demands.ts';
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
  readonly #callers: ReadonlyMap<string, UseLimits>;
  readonly #tags: ReadonlyMap<string, UseLimits>;
  readonly #scopes = new Map<string, Scope>();
  readonly #rates = new Map<string, SpendWindow>();
  readonly #incidents = new Map<string, IncidentSpending>();

  constructor(callers: ReadonlyMap<string, UseLimits> = NOBODY, tags: ReadonlyMap<string, UseLimits> = NOBODY) {
    this.#callers = callers;
    this.#tags = tags;
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
    return new RequestPurse({ ...order, scopes, incident, spending: ofRoute, unknownIsRefused: refuse, deps });
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
