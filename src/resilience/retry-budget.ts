import { BucketRing, WINDOW_BUCKETS } from './bucket-ring.ts';
import { requireNonNegative, requirePositive } from './number-guards.ts';

export interface RetryBudgetOptions {
  /** Retries allowed per request, e.g. 0.2. */
  readonly ratio: number;
  /** Retries a second that are allowed without any traffic, so that a quiet lane may retry too. */
  readonly perSecond: number;
  /** How long a request counts, in milliseconds. */
  readonly ttlMs: number;
}

/** A lane that is down must not be hit by a multiple of its usual traffic: a fifth more is enough for passing errors. */
export const DEFAULT_RETRY_BUDGET: RetryBudgetOptions = { ratio: 0.2, perSecond: 1, ttlMs: 10_000 };

/** Products of decimals miss whole numbers by a little (0.29 · 100 < 29); a retry must not be lost to that. */
const ROUNDING = 1e-9;

/**
 * Bounds the retries of a lane to a share of its traffic. A leaky bucket: each request deposits `ratio`, each retry
 * withdraws 1, both are forgotten after `ttlMs`, and `perSecond · ttl` is always there. A refused withdrawal changes
 * nothing. Throws `RangeError` for options below 0 or not finite.
 *
 * @see https://github.com/twitter/finagle/blob/develop/finagle-core/src/main/scala/com/twitter/finagle/service/RetryBudget.scala
 */
export class RetryBudget {
  #ratio: number;
  #reserve: number;
  readonly #deposits: BucketRing;
  readonly #withdrawals: BucketRing;
  readonly #ttlMs: number;

  constructor(options: RetryBudgetOptions, now: number) {
    this.#ttlMs = requirePositive('ttlMs', options.ttlMs);
    this.#ratio = requireNonNegative('ratio', options.ratio);
    this.#reserve = (requireNonNegative('perSecond', options.perSecond) * this.#ttlMs) / 1000;
    this.#deposits = new BucketRing(this.#ttlMs, WINDOW_BUCKETS, now);
    this.#withdrawals = new BucketRing(this.#ttlMs, WINDOW_BUCKETS, now);
  }

  /** Another share and another reserve from now on, over the same time; what was spent stays spent. */
  follow({ ratio, perSecond }: Omit<RetryBudgetOptions, 'ttlMs'>): void {
    this.#ratio = requireNonNegative('ratio', ratio);
    this.#reserve = (requireNonNegative('perSecond', perSecond) * this.#ttlMs) / 1000;
  }

  /** One request or more, not counting their retries. */
  deposit(now: number, requests = 1): void {
    this.#deposits.add(requests, now);
  }

  /** So many retries were made by others that share the budget; what is there for them is not asked any more. */
  withdrawnElsewhere(now: number, retries = 1): void {
    this.#withdrawals.add(retries, now);
  }

  /** True, and one retry spent, where the budget holds a whole one. */
  tryWithdraw(now: number): boolean {
    if (this.balance(now) + ROUNDING < 1) return false;
    this.#withdrawals.add(1, now);
    return true;
  }

  /** Retries left; a fraction where deposits have not made a whole one yet. Never negative. */
  balance(now: number): number {
    const earned = this.#reserve + this.#deposits.sum(now) * this.#ratio;
    return Math.max(0, earned - this.#withdrawals.sum(now));
  }
}
