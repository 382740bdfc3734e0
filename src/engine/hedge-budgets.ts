import { RetryBudget } from '../resilience/retry-budget.ts';
import type { SharedEvent, Sharing } from './sharing.ts';

type HedgesElsewhere = Extract<SharedEvent, { about: 'hedges' }>;

/** How long a request counts towards the hedges of its route, in milliseconds. */
const HEDGE_WINDOW_MS = 60_000;

/** Routes whose hedges are counted; the one that was asked about longest ago goes first. */
const MAX_HEDGING_ROUTES = 1_000;

/**
 * Bounds the hedges of each route to an exact share of its requests. There is no minimum, as there is for retries: a
 * hedge cures slowness and no fault, so that a route too quiet to earn one can wait.
 */
export class HedgeBudgets {
  /** Absent where this process serves alone. */
  readonly #sharing: Sharing | undefined;
  readonly #budgets = new Map<string, { readonly share: number; readonly budget: RetryBudget }>();

  constructor(sharing?: Sharing) {
    this.#sharing = sharing;
  }

  /** One more request of the route, of which `share` is a hedge earned. */
  earn(route: string, share: number, now: number): void {
    this.#of(route, share, now).deposit(now);
    this.#sharing?.tell({ about: 'hedges', route, share, requests: 1, hedges: 0 }, false);
  }

  /** True, and one hedge spent, where the route has earned a whole one. */
  take(route: string, share: number, now: number): boolean {
    const taken = this.#of(route, share, now).tryWithdraw(now);
    if (taken) this.#sharing?.tell({ about: 'hedges', route, share, requests: 0, hedges: 1 }, false);
    return taken;
  }

  /** What another process earned and took. */
  elsewhere({ route, share, requests, hedges }: HedgesElsewhere, now: number): void {
    const budget = this.#of(route, share, now);
    if (requests > 0) budget.deposit(now, requests);
    if (hedges > 0) budget.withdrawnElsewhere(now, hedges);
  }

  /** A new share, after the configuration changed, begins anew. */
  #of(route: string, share: number, now: number): RetryBudget {
    const known = this.#budgets.get(route);
    this.#budgets.delete(route);
    const kept =
      known?.share === share
        ? known
        : { share, budget: new RetryBudget({ ratio: share, perSecond: 0, ttlMs: HEDGE_WINDOW_MS }, now) };
    this.#budgets.set(route, kept);
    if (this.#budgets.size > MAX_HEDGING_ROUTES) {
      const [oldest] = this.#budgets.keys();
      if (oldest !== undefined) this.#budgets.delete(oldest);
    }
    return kept.budget;
  }
}
