import { requireFinite } from './number-guards.ts';

/** Most routes that one lane is shut for; beyond it the one that would open soonest is let in. */
export const MAX_ROUTE_SHUTS = 256;

/** Why a lane is shut for one route, and until which monotonic moment. */
export interface RouteShut {
  readonly route: string;
  readonly until: number;
  readonly reason: string;
}

/**
 * The routes that a lane may not serve for a while, although it is well: its answers are good enough for some of them
 * and not for others. A later end extends, an earlier one changes nothing; `reopen` alone ends it sooner.
 */
export class RouteShuts {
  readonly #shuts = new Map<string, RouteShut>();

  /** Throws `RangeError` unless `untilMs` is finite. */
  shut(route: string, untilMs: number, reason: string): void {
    const until = requireFinite('untilMs', untilMs);
    const standing = this.#shuts.get(route);
    if (standing && standing.until >= until) return;
    if (!standing && this.#shuts.size >= MAX_ROUTE_SHUTS) this.#dropSoonest();
    this.#shuts.set(route, { route, until, reason });
  }

  reopen(route: string): void {
    this.#shuts.delete(route);
  }

  reopenAll(): void {
    this.#shuts.clear();
  }

  /** Asked of every request: costs nothing where no route is shut. */
  of(route: string, now: number): RouteShut | undefined {
    if (this.#shuts.size === 0) return undefined;
    const shut = this.#shuts.get(route);
    if (shut === undefined || now < shut.until) return shut;
    this.#shuts.delete(route);
    return undefined;
  }

  list(now: number): readonly RouteShut[] {
    return [...this.#shuts.values()].filter((shut) => now < shut.until);
  }

  #dropSoonest(): void {
    let soonest: RouteShut | undefined;
    for (const shut of this.#shuts.values()) if (!soonest || shut.until < soonest.until) soonest = shut;
    if (soonest) this.#shuts.delete(soonest.route);
  }
}
