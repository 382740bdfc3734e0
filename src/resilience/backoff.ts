import { requireCount, requirePositive, requireRandom } from './number-guards.ts';

/** Milliseconds. */
export interface BackoffPolicy {
  /** Upper bound of the wait before the first retry; doubles with each further one. */
  readonly baseMs: number;
  /** Upper bound of every wait. */
  readonly capMs: number;
}

/**
 * Two retries wait 1.5 s together on average, so that three attempts in a row outlive a burst of errors of about a
 * second more often than not. A wait above 8 s could never be used: that is all the time a primary has by default.
 */
export const DEFAULT_BACKOFF: BackoffPolicy = { baseMs: 1_000, capMs: 8_000 };

/**
 * Full jitter: `random · min(capMs, baseMs · 2^attempt)` milliseconds. `attempt` counts retries from 0, `random` is
 * uniform in [0, 1). Throws `RangeError` for a policy, attempt or random that makes no sense.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function fullJitter(policy: BackoffPolicy, attempt: number, random: number): number {
  const base = requirePositive('baseMs', policy.baseMs);
  const cap = requirePositive('capMs', policy.capMs);
  // 2^attempt overflows to Infinity for absurd attempts; the cap then decides, as it should.
  return requireRandom(random) * Math.min(cap, base * 2 ** requireCount('attempt', attempt, 0));
}
