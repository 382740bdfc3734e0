/** What is known of how far an estimate may be wrong: the counts it was compared with, and how they spread. */
export interface FactorSnapshot {
  /** Tokens counted for one token estimated. */
  readonly factor: number;
  /** Share by which the next count may differ from the estimate. */
  readonly margin: number;
  readonly samples: number;
}

/** Share of the newest comparison in the average: about the last ten decide. */
const WEIGHT = 0.2;
/** A provider's count outside these is a mistake of somebody's, and not learned from beyond them. */
const MIN_FACTOR = 0.5;
const MAX_FACTOR = 2;
/** Comparisons until the spread says more than the margin of a model nobody has counted with. */
export const SETTLED_SAMPLES = 5;
/** Deviations that the margin spans. */
const SPAN = 3;
/** From then on every so many comparisons are made: the measure of a long text costs more than the learning is worth. */
export const WELL_KNOWN_SAMPLES = 32;
export const SAMPLING = 32;

/**
 * Estimates below this many tokens say more of a provider's fixed additions than of its tokenizer: instructions for the
 * use of tools alone are several hundred.
 */
export const MIN_LEARNED_TOKENS = 8_000;
/** Margin of an estimate for a model of which nothing was learned yet, as a share of the estimate. */
export const UNLEARNED_MARGIN = 0.2;
/** The smallest margin, however well the estimates agree. */
export const MIN_MARGIN = 0.05;

/**
 * Corrects the estimates of one lane by what its provider counted: an exponentially weighted average of the ratio, and
 * of its deviation, which becomes the margin.
 */
export class TokenFactor {
  #factor = 1;
  #deviation = 0;
  #samples = 0;
  #offered = 0;

  get factor(): number {
    return this.#factor;
  }

  get margin(): number {
    if (this.#samples < SETTLED_SAMPLES) return UNLEARNED_MARGIN;
    return Math.min(UNLEARNED_MARGIN, Math.max(MIN_MARGIN, this.#deviation * SPAN));
  }

  /** Whether the next comparison is wanted. */
  wants(): boolean {
    this.#offered += 1;
    return this.#samples < WELL_KNOWN_SAMPLES || this.#offered % SAMPLING === 0;
  }

  /** Takes a count of input tokens beside the uncorrected estimate of them. Small and senseless ones are ignored. */
  learn(estimated: number, counted: number): void {
    if (!(estimated >= MIN_LEARNED_TOKENS) || !(counted > 0) || counted === Number.POSITIVE_INFINITY) return;
    const ratio = Math.min(MAX_FACTOR, Math.max(MIN_FACTOR, counted / estimated));
    const deviation = Math.abs(ratio - this.#factor) / this.#factor;
    // The first of each is the best that is known; an average with the unlearned value would be slower and no safer.
    if (this.#samples > 0) this.#deviation += (deviation - this.#deviation) * (this.#samples === 1 ? 1 : WEIGHT);
    this.#factor += (ratio - this.#factor) * (this.#samples === 0 ? 1 : WEIGHT);
    this.#samples += 1;
  }

  snapshot(): FactorSnapshot {
    return { factor: this.#factor, margin: this.margin, samples: this.#samples };
  }
}
