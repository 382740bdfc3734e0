import { requireFinite, requirePositive } from './number-guards.ts';

export interface DelayShedderOptions {
  /** Delay that is no trouble, in milliseconds. */
  readonly targetMs: number;
  /** How long every delay has to be above the target before anything is shed, in milliseconds. */
  readonly sustainedMs: number;
}

/** Fewer measurements say nothing of a while: a process that was frozen makes one, however long. */
const LEAST_MEASUREMENTS = 3;
/** Gain on how far the delay is from its target, for each tenth of a second; and on how much it moved since the last measurement. */
const DISTANCE_GAIN = 0.04;
const MOVE_GAIN = 0.2;
const GAIN_MS = 100;
/** Most time that one measurement stands for: what a longer pause was, nobody knows. */
const MAX_STEP_MS = 1_000;
/** Distances beyond so many targets count as that many: one long pause must not shut the door by itself. */
const MAX_DISTANCE = 4;
/** Most of what is let in that one measurement changes. */
const MAX_CHANGE = 0.3;
/** Somebody is always let in: without answers nothing could show that it is over. */
const MAX_SHARE = 0.98;

/**
 * How large a share of what comes has to be shed so that the queue in front of the event loop stays short. Sheds only
 * once the delay was above its target without a break, as CoDel does (RFC 8289 §3): a pause is no overload. From then on
 * the share follows the delay and its movement, as in PIE (RFC 8033 §4.2): it grows in steps, settles where the delay is at
 * the target, and goes back to nothing when there is none. Throws `RangeError` for a target or a while of 0.
 */
export class DelayShedder {
  #targetMs: number;
  readonly #sustainedMs: number;
  #share = 0;
  #lastMs = 0;
  #aboveSince: number | undefined;
  #above = 0;
  #at: number | undefined;

  constructor(options: DelayShedderOptions) {
    this.#targetMs = requirePositive('targetMs', options.targetMs);
    this.#sustainedMs = requirePositive('sustainedMs', options.sustainedMs);
  }

  /** From 0, nothing is shed, to nearly 1. */
  get share(): number {
    return this.#share;
  }

  /** The delay that was measured last, in milliseconds. */
  get delayMs(): number {
    return this.#lastMs;
  }

  /** Another target from now on. */
  retarget(targetMs: number): void {
    this.#targetMs = requirePositive('targetMs', targetMs);
  }

  /** One measurement at the monotonic moment `now`, later than the last; to be made about every tenth of a second. */
  measured(delayMs: number, now: number): void {
    const delay = Math.max(0, requireFinite('delayMs', delayMs));
    const target = this.#targetMs;
    const moved = clamp((delay - this.#lastMs) / target, -MAX_DISTANCE, MAX_DISTANCE);
    this.#lastMs = delay;
    if (delay <= target) this.#aboveSince = undefined;
    else {
      if (this.#aboveSince === undefined) this.#above = 0;
      this.#aboveSince ??= now - delay;
      this.#above += 1;
    }
    const steps = Math.min(MAX_STEP_MS, now - (this.#at ?? now)) / GAIN_MS;
    this.#at = now;
    if (this.#share === 0 && !this.#isSustained(now)) return;
    const distance = clamp((delay - target) / target, -MAX_DISTANCE, MAX_DISTANCE);
    const change = DISTANCE_GAIN * steps * distance + MOVE_GAIN * moved;
    // In parts of what is let in: where three times too much comes, a change of what is let in weighs three times as much.
    const letIn = (1 - this.#share) * (1 - clamp(change, -MAX_CHANGE, MAX_CHANGE));
    this.#share = clamp(1 - letIn, 0, MAX_SHARE);
  }

  #isSustained(now: number): boolean {
    if (this.#aboveSince === undefined || this.#above < LEAST_MEASUREMENTS) return false;
    return now - this.#aboveSince >= this.#sustainedMs;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
