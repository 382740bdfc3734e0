import type { ModelTier } from '../model/capability.ts';

/** An operator's own word that a target may stand in for the primary. */
export interface AcceptedTarget {
  /** `provider/model`. */
  readonly target: string;
  /** Wall clock milliseconds since 1970 at which the word ends; absent: it does not. */
  readonly until?: number;
  /** Why, in the operator's words. */
  readonly reason: string;
}

/** What a route asks of its fallbacks. */
export type ParityRule =
  | { readonly mode: 'none' }
  /** Who has not passed serves all the same, and the answer is marked. */
  | { readonly mode: 'tolerant'; readonly accepted: readonly AcceptedTarget[]; readonly parameters?: 'any' }
  /** Only who has passed serves. */
  | {
      readonly mode: 'strict';
      readonly accepted: readonly AcceptedTarget[];
      /** A receipt holds whatever sampling and reasoning a request states; absent: only for those that it was measured with. */
      readonly parameters?: 'any';
      /** An ability that nobody knows of passes, as on other routes. */
      readonly allowUnknown: boolean;
    };

/** Most US dollars that may be spent within a window. At least one of the two is there. */
export interface SpendLimits {
  readonly perHourUsd?: number;
  readonly perDayUsd?: number;
}

/** What the requests of a route may cost. Amounts in US dollars. */
export interface RouteSpending extends SpendLimits {
  /** Most that one outage of the primary may cost beyond what the primary would have. */
  readonly perIncidentUsd?: number;
  /** Most times the primary's price that another may cost for the same request. */
  readonly maxCostMultiple?: number;
  /** Whether a target without a price may serve under any of these limits. */
  readonly unknownPrice: 'refuse' | 'allow';
}

/** Requests that are let in. */
export interface RateLimit {
  readonly perMinute: number;
}

/** What one caller's key may use, or whatever carries one tag. */
export interface UseLimits {
  readonly spending?: SpendLimits & Pick<RouteSpending, 'unknownPrice'>;
  readonly rate?: RateLimit;
}

/** What a route asks of whoever serves it, beside what its requests need. Absent: nothing is asked. */
export interface RouteDemands {
  /** Region tags of which a target's region must be one. A target without a region has none of them. */
  readonly residency?: readonly string[];
  /** Most days for which a host may keep what it is sent; 0: not at all. A host of which nobody knows does not meet it. */
  readonly maxRetentionDays?: number;
  /** BCP 47 tags. A target whose maker names its languages, and not all of these, is out. */
  readonly languages?: readonly string[];
  /** `same-or-better`: a fallback stands at least where the primary does in its maker's line. */
  readonly tier: 'any' | 'same-or-better';
  /** Median time to the first content above which a target is passed over while another may serve, in milliseconds. */
  readonly maxFirstContentMs?: number;
  readonly parity: ParityRule;
  readonly spending?: RouteSpending;
  /** Requests of the route, whoever sends them. */
  readonly rate?: RateLimit;
}

/** A route that asks for nothing. */
export const NO_DEMANDS: RouteDemands = { tier: 'any', parity: { mode: 'none' } };

const RANK: Readonly<Record<ModelTier, number>> = { frontier: 3, standard: 2, small: 1, embedding: 0 };

/** Whether a tier stands below another. Vectors and answers stand in no line together: neither is below the other. */
export function isBelow(tier: ModelTier, than: ModelTier): boolean {
  return (tier === 'embedding') === (than === 'embedding') && RANK[tier] < RANK[than];
}
