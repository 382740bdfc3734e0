import type { LatencyWindow } from './latency-window.ts';
import { requireCount, requirePositive, requireShare } from './number-guards.ts';

/** How a time limit follows what a lane usually takes. */
export interface AdaptivePolicy {
  readonly enabled: boolean;
  /** The limit is this many times the quantile. */
  readonly factor: number;
  /** Share of the answers that the limit is measured at. */
  readonly quantile: number;
  /** Answers within the window before anything is concluded. */
  readonly minimumSamples: number;
  /** Share of answers given up, from which on the statistics say more of the limit than of the lane. */
  readonly mostCut: number;
}

/** What each number is for stands in `defaults.ts`. */
export const DEFAULT_ADAPTIVE: AdaptivePolicy = {
  enabled: true,
  factor: 3,
  quantile: 0.99,
  minimumSamples: 50,
  mostCut: 0.1,
};

/** No limit adapts below these, in milliseconds. */
export const ADAPTIVE_FLOORS = { headersMs: 2_000, firstContentMs: 4_000, gapMs: 5_000 } as const;

/** Throws `RangeError` naming the first number that makes no sense. */
export function checkAdaptivePolicy(policy: AdaptivePolicy): AdaptivePolicy {
  if (!(policy.factor >= 1 && Number.isFinite(policy.factor))) {
    throw new RangeError(`adaptive.factor must be a finite number of 1 or more, got ${policy.factor}`);
  }
  requireShare('adaptive.quantile', policy.quantile);
  requireCount('adaptive.minimumSamples', policy.minimumSamples, 1);
  requireShare('adaptive.mostCut', policy.mostCut);
  return policy;
}

/**
 * A time limit that follows what a lane usually takes, in milliseconds: never above the configured one, never below the
 * floor, and the configured one for as long as too little is known. Answers that were given up count with the time they
 * were given, so that a limit which cuts too many raises itself; where they are many it steps aside altogether. Throws
 * `RangeError` for limits of 0 or less.
 */
export function adaptedMs(
  window: LatencyWindow,
  limits: { readonly configuredMs: number; readonly floorMs: number },
  policy: AdaptivePolicy,
  now: number,
): number {
  const configuredMs = requirePositive('configuredMs', limits.configuredMs);
  const floorMs = requirePositive('floorMs', limits.floorMs);
  if (!policy.enabled || configuredMs <= floorMs) return configuredMs;
  if (window.samples(now) < policy.minimumSamples || window.cutShare(now) > policy.mostCut) return configuredMs;
  const usual = window.quantile(policy.quantile, now);
  if (usual === undefined) return configuredMs;
  return Math.min(configuredMs, Math.max(floorMs, usual * policy.factor));
}
