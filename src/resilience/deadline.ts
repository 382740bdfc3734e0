import { requireFinite, requireNonNegative } from './number-guards.ts';

/**
 * The one time limit of a request: every wait takes the smaller of its own limit and what is left here.
 * All values are milliseconds of the monotonic clock.
 */
export class Deadline {
  /** The moment at which the time is up. */
  readonly at: number;

  /** Throws `RangeError` for a start that is not finite or a negative budget; a budget of 0 has expired at once. */
  constructor(startedAt: number, budgetMs: number) {
    this.at = requireFinite('startedAt', startedAt) + requireNonNegative('budgetMs', budgetMs);
  }

  /** Milliseconds left, never negative. */
  remaining(now: number): number {
    return Math.max(0, this.at - now);
  }

  expired(now: number): boolean {
    return now >= this.at;
  }

  /** The smaller of `ms` and what is left, never negative. */
  smaller(ms: number, now: number): number {
    return Math.max(0, Math.min(ms, this.at - now));
  }
}
