import { lowestMean } from './mean-bound.ts';

/** What was known to be good. */
export interface KnownBaseline {
  /** Mean score. */
  readonly mean: number;
  /** Scores behind it; absent: somebody's word, taken as it is. */
  readonly n?: number;
}

/** How often a learned or measured baseline may lie too high. */
export const BASELINE_ALPHA = 0.01;
/** A learned baseline is looked at again after twice, four and eight times the first number of scores. */
const LOOKS = 4;

/** The floor under a known baseline: as low as its evidence leaves it, less the margin. */
export function floorOf({ mean, n }: KnownBaseline, margin: number): number {
  return (n === undefined ? mean : lowestMean(mean, n, BASELINE_ALPHA)) - margin;
}

/**
 * Learns what is normal from the first scores, and gives the floor: the lowest mean that they leave possible, less the
 * margin. More scores leave less possible, so that the floor rises at each look and never falls: what got worse
 * meanwhile is no new normal. After the last look nothing is learned any more.
 */
export class LearnedBaseline {
  readonly #first: number;
  readonly #margin: number;
  #sum = 0;
  #n = 0;
  #nextLook: number;
  #looks = 0;

  /** `first`: scores before there is a floor at all. */
  constructor(first: number, margin: number) {
    this.#first = first;
    this.#margin = margin;
    this.#nextLook = first;
  }

  /** Scores still to come before there is a floor. */
  get left(): number {
    return Math.max(0, this.#first - this.#n);
  }

  /** Gives a floor whenever it has looked. */
  take(score: number): number | undefined {
    if (this.#looks >= LOOKS) return undefined;
    this.#sum += score;
    this.#n += 1;
    if (this.#n < this.#nextLook) return undefined;
    this.#looks += 1;
    this.#nextLook *= 2;
    return lowestMean(this.#sum / this.#n, this.#n, BASELINE_ALPHA / LOOKS) - this.#margin;
  }
}
