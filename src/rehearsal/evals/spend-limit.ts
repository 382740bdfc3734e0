/**
 * Money of one run. What is under way is set aside, by an estimate and by the dearest answer so far, so that a limit is
 * passed by no more than the estimates of what was under way were wrong.
 */
export class SpendLimit {
  readonly #maxUsd: number;
  #spentUsd = 0;
  #asideUsd = 0;
  #unknown = false;
  readonly #dearest = new Map<string, number>();

  /** Throws `RangeError` for a limit that is none. */
  constructor(maxUsd: number = Number.POSITIVE_INFINITY) {
    if (!(maxUsd > 0)) throw new RangeError(`maxUsd must be above 0, got ${maxUsd}`);
    this.#maxUsd = maxUsd;
  }

  get limited(): boolean {
    return this.#maxUsd !== Number.POSITIVE_INFINITY;
  }

  get spentUsd(): number {
    return this.#spentUsd;
  }

  /** Something was spent of which nobody knows how much. */
  get incomplete(): boolean {
    return this.#unknown;
  }

  /** Sets the price of one answer of `target` aside; gives what settles it, or undefined where the limit does not allow it. */
  take(target: string, guessUsd: number): ((spentUsd: number | undefined) => void) | undefined {
    const aside = Math.max(guessUsd, this.#dearest.get(target) ?? 0);
    if (this.#spentUsd + this.#asideUsd + aside > this.#maxUsd) return undefined;
    this.#asideUsd += aside;
    return (spentUsd) => {
      this.#asideUsd -= aside;
      if (spentUsd === undefined) this.#unknown = true;
      else {
        this.#spentUsd += spentUsd;
        this.#dearest.set(target, Math.max(this.#dearest.get(target) ?? 0, spentUsd));
      }
    };
  }
}
