/** How often a score is worked out anew, in milliseconds; on use, by no timer of its own. */
export const SCORE_RENEW_MS = 60_000;

/** A renewal that comes this late has not watched what lies between: a dwell begins anew. */
const MAX_UNWATCHED_MS = 2 * SCORE_RENEW_MS;

/** How much worse target `of` serves than target `against`, by rank; undefined where too little is known of either. */
export type RatioOf = (of: number, against: number) => number | undefined;

/**
 * Which target stands first. The primary (rank 0) does, until another has been better by `gain` at every renewal of a
 * whole dwell. The way back asks for the same gain and the same dwell: the primary must be better by `gain` than at its
 * worst since it was left, and no longer worse by `gain` than who stands for it. Each dwell begins after the move before:
 * two moves are a dwell apart at least.
 */
export class ScoreSwitch {
  readonly #gain: number;
  readonly #dwellMs: number;
  readonly #targets: number;
  #first = 0;
  /** Worst ratio of the primary to the first since the primary was left. */
  #worst = 1;
  #pending: { readonly to: number; readonly since: number; seenAt: number } | undefined;
  #moves = 0;

  constructor(options: { readonly gain: number; readonly dwellMs: number }, targets: number) {
    this.#gain = options.gain;
    this.#dwellMs = options.dwellMs;
    this.#targets = targets;
  }

  get first(): number {
    return this.#first;
  }

  /** Moves so far. */
  get moves(): number {
    return this.#moves;
  }

  renew(now: number, ratioOf: RatioOf): void {
    const wanted = this.#wanted(ratioOf);
    if (wanted === this.#first) {
      this.#pending = undefined;
      return;
    }
    const pending = this.#pending;
    if (pending?.to !== wanted || now - pending.seenAt > MAX_UNWATCHED_MS) {
      this.#pending = { to: wanted, since: now, seenAt: now };
      return;
    }
    pending.seenAt = now;
    if (now - pending.since < this.#dwellMs) return;
    this.#first = wanted;
    this.#worst = wanted === 0 ? 1 : (ratioOf(0, wanted) ?? 1);
    this.#pending = undefined;
    this.#moves += 1;
  }

  #wanted(ratioOf: RatioOf): number {
    const first = this.#first;
    if (first > 0) {
      const behind = ratioOf(0, first);
      // Nothing is known any more that would speak against the route's own order.
      if (behind === undefined) return 0;
      this.#worst = Math.max(this.#worst, behind);
      if (behind < this.#clearlyWorse && behind <= this.#worst * (1 - this.#gain)) return 0;
    }
    let wanted = first;
    let most = this.#clearlyWorse;
    for (let rank = 1; rank < this.#targets; rank += 1) {
      const ratio = rank === first ? undefined : ratioOf(first, rank);
      if (ratio === undefined || ratio < most) continue;
      wanted = rank;
      most = ratio;
    }
    return wanted;
  }

  get #clearlyWorse(): number {
    return 1 / (1 - this.#gain);
  }
}
