import { requireCount, requireNonNegative, requirePositive, requireShare } from './number-guards.ts';
import { checkRampPolicy, DEFAULT_RAMP, type RampPolicy } from './ramp.ts';

/** When a lane is cut off and how it comes back. Durations in milliseconds. */
export interface BreakerPolicy {
  /** Failures in a row that open the breaker. */
  readonly consecutive: number;
  /** Share of failures within the window that opens it … */
  readonly failureShare: number;
  /** … once the window holds this many results. */
  readonly minimumSamples: number;
  readonly windowMs: number;
  /** Time from opening to the first probe, and between probes for as long as `flatMs` of outage have not passed. */
  readonly probeIntervalMs: number;
  /** After `flatMs` the interval doubles with each failed probe, up to this. */
  readonly probeIntervalMaxMs: number;
  readonly flatMs: number;
  /** Each interval is longer or shorter by up to this share, so that replicas do not probe together. */
  readonly jitter: number;
  readonly ramp: RampPolicy;
  /** Shortest time between two returns to full traffic: a ramp that would end earlier takes longer. */
  readonly returnDwellMs: number;
  /** A probe that has not reported for this long frees its place. */
  readonly probeLeaseMs: number;
  /** How long `isolate` cuts a lane off unless told. */
  readonly isolateMs: number;
}

/** What each number is for stands in `defaults.ts`, which the documentation is made from. */
export const DEFAULT_BREAKER: BreakerPolicy = {
  consecutive: 5,
  failureShare: 0.5,
  minimumSamples: 10,
  windowMs: 10_000,
  probeIntervalMs: 30_000,
  probeIntervalMaxMs: 300_000,
  flatMs: 600_000,
  jitter: 0.1,
  ramp: DEFAULT_RAMP,
  returnDwellMs: 300_000,
  probeLeaseMs: 60_000,
  isolateMs: 300_000,
};

/** A row of failures that lasts no longer may be one spike, which a request with its retries meets several times. Milliseconds. */
export const SPIKE_MS = 3_000;

/** Failures in a row that abort a ramp: one may be chance, and five would be five callers too many. */
export const RAMP_CONSECUTIVE = 2;

/** Throws `RangeError` naming the first number that makes no sense. */
export function checkBreakerPolicy(policy: BreakerPolicy): BreakerPolicy {
  requireCount('consecutive', policy.consecutive, 1);
  requireShare('failureShare', policy.failureShare);
  requireCount('minimumSamples', policy.minimumSamples, 1);
  requirePositive('windowMs', policy.windowMs);
  requirePositive('probeIntervalMs', policy.probeIntervalMs);
  requirePositive('probeIntervalMaxMs', policy.probeIntervalMaxMs);
  if (policy.probeIntervalMaxMs < policy.probeIntervalMs) {
    throw new RangeError(
      `probeIntervalMaxMs must not be below probeIntervalMs, got ${policy.probeIntervalMaxMs} < ${policy.probeIntervalMs}`,
    );
  }
  requireNonNegative('flatMs', policy.flatMs);
  if (!(policy.jitter >= 0 && policy.jitter < 1)) {
    throw new RangeError(`jitter must be 0 or more and below 1, got ${policy.jitter}`);
  }
  checkRampPolicy(policy.ramp);
  requireNonNegative('returnDwellMs', policy.returnDwellMs);
  requirePositive('probeLeaseMs', policy.probeLeaseMs);
  requirePositive('isolateMs', policy.isolateMs);
  return policy;
}
