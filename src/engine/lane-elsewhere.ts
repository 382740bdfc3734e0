import type { Breaker } from '../resilience/breaker.ts';
import type { RetryBudget } from '../resilience/retry-budget.ts';
import type { LaneDoors } from './lane-doors.ts';
import type { OperatorActionName } from './record.ts';
import type { LaneChange } from './sharing.ts';

/** The operator's own reason stays in the ledger: callers are told why a target was not asked. */
export const HELD_BY_OPERATOR = 'held by an operator';

/** What a lane is made of, as far as others change it. */
export interface LaneParts {
  readonly breaker: Breaker;
  readonly doors: LaneDoors;
  readonly budget: RetryBudget;
}

/** Takes in what another process did to a lane, or met there, as if it had been this one. Nothing is told on. */
export function takeIn(change: LaneChange, { breaker, doors, budget }: LaneParts, now: number): void {
  switch (change.kind) {
    case 'counted':
      if (change.sent > 0) doors.headroom.sentElsewhere(change.sent);
      if (change.attempts > 0) budget.deposit(now, change.attempts);
      if (change.answers > 0) breaker.successesElsewhere(now, change.answers);
      return;
    case 'failed':
      return breaker.failure(now, 'pass', change.random, { again: change.again });
    case 'retried':
      return budget.withdrawnElsewhere(now);
    case 'moved':
      return breaker.adopt(change.breaker, now);
    case 'probing':
      return breaker.probeElsewhere(now);
    case 'probe-freed':
      return breaker.forget(now, 'probe');
    case 'held':
      return doors.hold(now + change.ms, change.reason);
    case 'ordered':
      return obey(change.action, change.ms, { breaker, doors }, now);
    case 'shut':
      return doors.shut(change.route, now, change.ms, change.reason);
    case 'reopened':
      return doors.reopen(change.route);
    case 'told':
      return doors.headroom.learnElsewhere(change.limits, change.since, now);
    case 'window':
      return;
  }
}

function obey(
  action: OperatorActionName,
  ms: number,
  { breaker, doors }: Pick<LaneParts, 'breaker' | 'doors'>,
  now: number,
): void {
  switch (action) {
    case 'drain':
      return doors.drain(now, ms);
    case 'undrain':
      return doors.undrain();
    case 'hold':
      return doors.holdFor(now, ms, HELD_BY_OPERATOR);
    case 'release':
      return doors.release();
    case 'breaker-open':
      return breaker.forceOpen(now, ms);
    case 'breaker-close':
      doors.reopenAll();
      return breaker.reset(now);
  }
}
