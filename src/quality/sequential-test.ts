/**
 * Bets against "the mean is at the floor or above", as shares of the largest bet that cannot lose more than everything. A
 * fall to (1 − share) × floor is found fastest by the bet of that share; all of them run side by side.
 */
const BETS = [0.01, 0.03, 0.07, 0.15, 0.35, 0.75] as const;
const STAKE = 1 / BETS.length;
/** Whatever happens after so much evidence changes nothing, and no number may overflow. */
const MAX_EVIDENCE = 1e200;

/**
 * An always-valid test that scores in [0, 1] have fallen below a floor. It may be looked at after every score, for ever,
 * and costs six numbers however long it runs.
 *
 * `watch`: a sum of bets that are begun at every score, an e-detector of Shiryaev–Roberts form. While the mean, whatever
 * came before, is at the floor or above, its expectation after n scores is n at most: the evidence reaches a limit c
 * within any n scores with a probability of n/c at most, and on average not before c scores. Old good scores do not delay it.
 * `trial`: the bets are begun once. The evidence ever reaches c with a probability of 1/c at most: for a short question
 * after which something is decided.
 *
 * Sources: J. Shin, A. Ramdas, A. Rinaldo, "E-detectors: a nonparametric framework for sequential change detection", New
 * England Journal of Statistics in Data Science 2 (2024) 229–260; I. Waudby-Smith, A. Ramdas, "Estimating means of bounded
 * random variables by betting", Journal of the Royal Statistical Society B 86 (2024) 1–27; J. Ville, "Étude critique de la
 * notion de collectif" (1939).
 */
export class SequentialTest {
  readonly floor: number;
  readonly kind: 'watch' | 'trial';
  readonly #wealth: Float64Array;
  #n = 0;

  /** Throws `RangeError` unless the floor lies between 0 and 1. */
  constructor(floor: number, kind: 'watch' | 'trial') {
    if (!(floor > 0 && floor < 1)) throw new RangeError(`floor must lie between 0 and 1, got ${floor}`);
    this.floor = floor;
    this.kind = kind;
    this.#wealth = new Float64Array(BETS.length).fill(kind === 'trial' ? STAKE : 0);
  }

  /** Scores so far. */
  get n(): number {
    return this.#n;
  }

  /** Takes one score and gives the evidence. Throws `RangeError` for a score outside [0, 1]. */
  take(score: number): number {
    if (!(score >= 0 && score <= 1)) throw new RangeError(`a score must lie from 0 to 1, got ${score}`);
    this.#n += 1;
    const surprise = (this.floor - score) / (1 - this.floor);
    const fresh = this.kind === 'watch' ? STAKE : 0;
    let evidence = 0;
    for (let i = 0; i < BETS.length; i += 1) {
      const wealth = ((this.#wealth[i] ?? 0) + fresh) * (1 + (BETS[i] ?? 0) * surprise);
      this.#wealth[i] = wealth;
      evidence += wealth;
    }
    if (evidence > MAX_EVIDENCE) for (let i = 0; i < BETS.length; i += 1) this.#wealth[i] = MAX_EVIDENCE * STAKE;
    return Math.min(evidence, MAX_EVIDENCE);
  }

  get evidence(): number {
    let sum = 0;
    for (let i = 0; i < BETS.length; i += 1) sum += this.#wealth[i] ?? 0;
    return sum;
  }
}
