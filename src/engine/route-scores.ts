import { type Compared, checkScorePolicy, compare, type ScorePolicy } from '../resilience/score.ts';
import { SCORE_RENEW_MS, ScoreSwitch } from '../resilience/score-switch.ts';
import { type ScoredAnswer, type ScoreReading, ScoreWindow } from '../resilience/score-window.ts';

/** At most one request in so many is sent elsewhere for the sake of a score. */
export const SCORE_PROBE_SHARE = 1 / 20;

/** What the scores said when they were last worked out. */
export interface ScoreTold {
  /** Monotonic milliseconds. */
  readonly at: number;
  /** By rank. */
  readonly readings: readonly ScoreReading[];
  /** The primary against each, by rank; undefined where too little is known. */
  readonly primaryAgainst: readonly (Compared | undefined)[];
}

/**
 * The scores of one route's targets, and who stands first by them. Of the route alone: the latency of a lane mixes the
 * prompts of all routes, and two targets would be compared by who asks them for what.
 */
export class RouteScores {
  readonly #policy: ScorePolicy;
  readonly #windows: readonly ScoreWindow[];
  readonly #switch: ScoreSwitch;
  /** Monotonic milliseconds, by rank. */
  readonly #probedAt: number[];
  #told: ScoreTold;
  #sinceProbe = 0;

  constructor(policy: ScorePolicy, targets: number, now: number) {
    this.#policy = checkScorePolicy(policy);
    this.#windows = Array.from({ length: targets }, () => new ScoreWindow(policy.windowMs, now));
    this.#switch = new ScoreSwitch(policy, targets);
    this.#probedAt = new Array<number>(targets).fill(now);
    this.#told = this.#read(now);
  }

  /** Worked out anew each minute. */
  get told(): ScoreTold {
    return this.#told;
  }

  /** How often another target came to stand first. */
  get moves(): number {
    return this.#switch.moves;
  }

  answered(rank: number, answer: ScoredAnswer, now: number): void {
    this.#windows[rank]?.answered(answer, now);
  }

  /** Asked and failed, or wanted while its lane was shut: to callers it is the same. */
  failed(rank: number, now: number): void {
    this.#windows[rank]?.failed(now);
  }

  /** Rank of the target that new conversations ask first. */
  first(now: number): number {
    if (now - this.#told.at >= SCORE_RENEW_MS) {
      const told = this.#read(now);
      this.#told = told;
      this.#switch.renew(now, (of, against) => this.#compare(told.readings, of, against)?.ratio);
    }
    return this.#switch.first;
  }

  /**
   * Rank of a target that one new conversation asks first so that its score stays known; undefined almost always. A
   * target gets twice the samples that a score needs within the window, and all together no more than their share.
   */
  probe(now: number, mayServe: (rank: number) => boolean): number | undefined {
    this.#sinceProbe += 1;
    if (this.#sinceProbe < 1 / SCORE_PROBE_SHARE) return undefined;
    const everyMs = this.#policy.windowMs / (2 * this.#policy.samples);
    const first = this.#switch.first;
    let chosen: number | undefined;
    for (const [rank, since] of this.#probedAt.entries()) {
      if (rank === first || now - since < everyMs || since >= (this.#probedAt[chosen ?? -1] ?? now)) continue;
      if (mayServe(rank)) chosen = rank;
    }
    if (chosen === undefined) return undefined;
    this.#probedAt[chosen] = now;
    this.#sinceProbe = 0;
    return chosen;
  }

  #read(at: number): ScoreTold {
    const readings = this.#windows.map((window) => window.read(at));
    return { at, readings, primaryAgainst: readings.map((_, rank) => this.#compare(readings, 0, rank)) };
  }

  #compare(readings: readonly ScoreReading[], of: number, against: number): Compared | undefined {
    const one = readings[of];
    const other = readings[against];
    return one && other && compare(one, other, this.#policy);
  }
}
