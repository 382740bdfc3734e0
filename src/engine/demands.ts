import type { ModelTier } from '../model/capability.ts';
import type { ParityRule } from './parity.ts';
import type { RateLimit, RouteSpending } from './spending.ts';

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
