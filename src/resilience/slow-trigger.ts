import { WINDOW_BUCKETS } from './bucket-ring.ts';
import { requireCount, requireFinite, requirePositive } from './number-guards.ts';
import { RollingWindow } from './rolling-window.ts';

/** When slowness alone opens a breaker. Times in milliseconds. */
export interface SlowPolicy {
  /** First content of a stream that is too slow; 0 switches it off. */
  readonly firstContentMs: number;
  /** Time a token of a whole answer's output that is too slow; 0 switches it off. */
  readonly tokenMs: number;
  /** How long most answers have to be too slow. */
  readonly forMs: number;
  /** Slow answers in that time before they count. */
  readonly minimumSamples: number;
}

/** What each number is for stands in `defaults.ts`. */
export const DEFAULT_SLOW: SlowPolicy = { firstContentMs: 0, tokenMs: 0, forMs: 60_000, minimumSamples: 10 };

/** An answer has to be this much below the threshold to count as well: what hovers at it neither opens nor acquits. */
export const WELL_SHARE = 0.8;

/** Throws `RangeError` naming the first number that makes no sense. */
export function checkSlowPolicy(policy: SlowPolicy): SlowPolicy {
  for (const name of ['firstContentMs', 'tokenMs'] as const) {
    if (!(policy[name] >= 0 && Number.isFinite(policy[name]))) {
      throw new RangeError(`slow.${name} must be a finite number of 0 or more, got ${policy[name]}`);
    }
  }
  requirePositive('slow.forMs', policy.forMs);
  requireCount('slow.minimumSamples', policy.minimumSamples, 1);
  return policy;
}

/**
 * Notices a lane that answers, and too slowly for too long: most answers of the last `forMs` were above the threshold,
 * enough of them were, and it has been so since `forMs` ago. One fast answer among slow ones acquits nobody, one slow
 * answer among fast ones accuses nobody. Throws `RangeError` for options that make no sense.
 */
export class SlowTrigger {
  readonly #thresholdMs: number;
  readonly #forMs: number;
  readonly #minimumSamples: number;
  readonly #window: RollingWindow;
  #slowSince: number | undefined;

  constructor(thresholdMs: number, policy: Pick<SlowPolicy, 'forMs' | 'minimumSamples'>, now: number) {
    this.#thresholdMs = requirePositive('thresholdMs', thresholdMs);
    this.#forMs = requirePositive('forMs', policy.forMs);
    this.#minimumSamples = requireCount('minimumSamples', policy.minimumSamples, 1);
    this.#window = new RollingWindow({ windowMs: policy.forMs, buckets: WINDOW_BUCKETS }, requireFinite('now', now));
  }

  /** What a probe has to stay below, so that the lane does not come back only to be shut again. */
  isWell(ms: number): boolean {
    return ms <= this.#thresholdMs * WELL_SHARE;
  }

  /** One answer; true where it is one slow answer too many. */
  record(ms: number, now: number): boolean {
    const slow = ms > this.#thresholdMs;
    if (!slow && !this.isWell(ms)) return false;
    this.#window.record(!slow, now);
    const { ok, failed } = this.#window.totals(now);
    if (ok >= failed) {
      this.#slowSince = undefined;
      return false;
    }
    this.#slowSince ??= now;
    return slow && failed >= this.#minimumSamples && now - this.#slowSince >= this.#forMs;
  }

  clear(now: number): void {
    this.#window.clear(now);
    this.#slowSince = undefined;
  }
}
