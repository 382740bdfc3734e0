import { requireFinite } from './number-guards.ts';

/** Until when a lane must not be used, and why: a wait that its provider asked for, or a quota that is used up. */
export class LaneHold {
  #until = Number.NEGATIVE_INFINITY;
  #reason = '';

  /**
   * Holds the lane until `untilMs` of the monotonic clock. An earlier end than the one that stands changes nothing: a
   * short wait told by one answer must not cut a long one told by another. Throws `RangeError` unless finite.
   */
  hold(untilMs: number, reason: string): void {
    if (requireFinite('untilMs', untilMs) <= this.#until) return;
    this.#until = untilMs;
    this.#reason = reason;
  }

  heldUntil(now: number): { readonly until: number; readonly reason: string } | undefined {
    return now < this.#until ? { until: this.#until, reason: this.#reason } : undefined;
  }

  clear(): void {
    this.#until = Number.NEGATIVE_INFINITY;
    this.#reason = '';
  }
}
