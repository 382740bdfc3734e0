import type { AdaptivePolicy } from '../resilience/adaptive-limit.ts';
import type { BreakerPolicy, BreakerStateName, OpenCause, Permit as PermitKind } from '../resilience/breaker.ts';
import type { HeadroomPolicy } from '../resilience/headroom.ts';
import type { RetryBudgetOptions } from '../resilience/retry-budget.ts';
import type { SlowPolicy } from '../resilience/slow-trigger.ts';
import type { LaneRefusal } from './lane-doors.ts';

export type BreakerState = BreakerStateName;

/** Leave to send one request down a lane; whoever takes one must report its result exactly once. */
export interface Permit {
  /** `past`: nobody gave leave, it was asked for want of anybody else. */
  readonly kind: PermitKind;
  /** A result from before an outage must not disturb the ramp after it. */
  readonly admittedAt: number;
  /** Number among the requests of the lane; absent where it was let in past every door. */
  readonly sent?: number;
}

export type Admission = { readonly ok: true; readonly permit: Permit } | ({ readonly ok: false } & LaneRefusal);

/** Told of every change of a breaker's state. */
export type BreakerMoved = (move: {
  readonly lane: string;
  readonly from: BreakerState;
  readonly to: BreakerState;
  /** What the outage rests on; absent once the breaker is closed. */
  readonly cause?: OpenCause;
}) => void;

export interface LanePolicy {
  readonly breaker: BreakerPolicy;
  readonly retryBudget: RetryBudgetOptions;
  /** `DEFAULT_SLOW` where left out. */
  readonly slow?: SlowPolicy;
  /** `DEFAULT_HEADROOM` where left out. */
  readonly headroom?: HeadroomPolicy;
  /** `DEFAULT_ADAPTIVE` where left out. */
  readonly adaptive?: AdaptivePolicy;
}
