import { requireCount, requireFinite, requirePositive } from './number-guards.ts';

export interface DelayLimitOptions {
  /** Delay that is no trouble, in milliseconds. */
  readonly targetMs: number;
  /** How long every delay has to be above the target before there is a limit, in milliseconds. */
  readonly sustainedMs: number;
  /** Never a limit below so many: what delays the loop then is not their number. */
  readonly least: number;
}

/** One measurement of the event loop. */
export interface DelayMeasured {
  /** How late the loop came, in milliseconds. */
  readonly delayMs: number;
  /** Monotonic. */
  readonly now: number;
  /** Requests being served. */
  readonly open: number;
  /** Somebody was refused by the limit since the last measurement. */
  readonly refused: boolean;
}

/** Fewer measurements say nothing of a while: a process that was frozen makes one, however long. */
const LEAST_MEASUREMENTS = 2;
/** Change of the limit in a tenth of a second: upwards at no delay, downwards for each target by which the delay is too long. */
const GROWTH = 0.1;
const SHRINKING = 0.05;
const STEP_MS = 100;
/** Most of the limit that one measurement takes away: a long pause is one measurement too. */
const MAX_SHRINKING = 0.2;
/** While more are served than this part beyond the limit, the delay is theirs and says nothing of the limit. */
const EXCESS = 1.05;
/** Part of the way from the limit to what is served that one good measurement goes: they are seen to be bearable. */
const CATCH_UP = 0.25;
/** Where the delay was good for so long and nobody was refused, there is no limit. */
const OVER_AFTER_MS = 2_000;

/**
 * How many requests may be served at once so that the event loop keeps its delay. There is no limit until the delay was
 * above its target without a break, as in CoDel (RFC 8289 §3): a pause is no overload. Then it is as many as were served when
 * the loop last kept up, at least half of those who are there, and moves by multiplication like a congestion window: up while
 * the delay is good and somebody is refused, down while it is not. A limit of those who are served acts at once; a share of
 * those who come would act for as long as their answers take. Throws `RangeError` for a target, a while or a least of 0.
 */
export class DelayLimit {
  #targetMs: number;
  readonly #sustainedMs: number;
  readonly #least: number;
  #limit = Number.POSITIVE_INFINITY;
  #lastMs = 0;
  #at: number | undefined;
  #aboveSince: number | undefined;
  #above = 0;
  #openWhenGood = 0;
  #neededAt = 0;

  constructor(options: DelayLimitOptions) {
    this.#targetMs = requirePositive('targetMs', options.targetMs);
    this.#sustainedMs = requirePositive('sustainedMs', options.sustainedMs);
    this.#least = requireCount('least', options.least, 1);
  }

  /** Requests that may be served at once; infinite while the loop keeps up. */
  get limit(): number {
    return this.#limit;
  }

  /** The delay that was measured last, in milliseconds. */
  get delayMs(): number {
    return this.#lastMs;
  }

  /** Another target from now on. */
  retarget(targetMs: number): void {
    this.#targetMs = requirePositive('targetMs', targetMs);
  }

  /** One measurement, later than the last; to be made about twice every tenth of a second. */
  measured({ delayMs, now, open, refused }: DelayMeasured): void {
    this.#lastMs = Math.max(0, requireFinite('delayMs', delayMs));
    const steps = Math.min(1, (now - (this.#at ?? now)) / STEP_MS);
    this.#at = now;
    if (this.#lastMs <= this.#targetMs) this.#good(now, open, { steps, refused });
    else this.#late(now, open, steps);
  }

  #good(now: number, open: number, { steps, refused }: { readonly steps: number; readonly refused: boolean }): void {
    this.#aboveSince = undefined;
    this.#openWhenGood = open;
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    if (refused) {
      this.#neededAt = now;
      const ease = 1 - this.#lastMs / this.#targetMs;
      this.#limit += this.#limit * GROWTH * steps * ease + Math.max(0, open - this.#limit) * CATCH_UP;
    } else if (now - this.#neededAt >= OVER_AFTER_MS) this.#limit = Number.POSITIVE_INFINITY;
  }

  #late(now: number, open: number, steps: number): void {
    if (this.#aboveSince === undefined) this.#above = 0;
    this.#aboveSince ??= now - this.#lastMs;
    this.#above += 1;
    this.#neededAt = now;
    if (this.#limit === Number.POSITIVE_INFINITY) {
      const isSustained = this.#above >= LEAST_MEASUREMENTS && now - this.#aboveSince >= this.#sustainedMs;
      if (isSustained) this.#limit = Math.max(this.#least, this.#openWhenGood, open / 2);
      return;
    }
    if (open > this.#limit * EXCESS) return;
    const tooLong = this.#lastMs / this.#targetMs - 1;
    const part = Math.min(MAX_SHRINKING, SHRINKING * steps * tooLong);
    this.#limit = Math.max(this.#least, this.#limit * (1 - part));
  }
}
