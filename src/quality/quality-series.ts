import { floorOf, type KnownBaseline, LearnedBaseline } from './quality-baseline.ts';
import { SequentialTest } from './sequential-test.ts';

/** A trial decides after so many scores, or sooner. */
export const TRIAL_SCORES = 200;
/** Evidence with which a trial ends badly: one in twenty of those that have recovered. */
export const TRIAL_EVIDENCE = 20;
/** Share of each new score in the mean that is shown. */
const RECENT = 0.02;
/** Below it there is nothing to fall from, above it nothing can be told from perfect. */
const LEAST_FLOOR = 0.001;
const MOST_FLOOR = 0.999;

/** What a series of scores is watched with. */
export interface SeriesPolicy {
  /** Largest loss that still counts as none. */
  readonly margin: number;
  /** Scores from which a baseline is learned, where none is known. */
  readonly learnFrom: number;
  /** Fewest scores, on average, between two false alarms; the evidence at which one is raised. */
  readonly scoresPerFalseAlarm: number;
}

/** `learning`: nothing is known to compare with. `fallen`: the answers got worse. `trial`: have they recovered? */
export type SeriesState = 'learning' | 'watched' | 'fallen' | 'trial';

/** What a score changed. `fell`: worse than the floor, as far as evidence can tell. `recovered`: a trial went well. */
export type SeriesChange = 'fell' | 'recovered';

/** The scores of one prompt at one target from one source, in a bounded number of numbers. */
export class QualitySeries {
  readonly #policy: SeriesPolicy;
  readonly #baseline: LearnedBaseline;
  #floor: number | undefined;
  #test: SequentialTest | undefined;
  #state: SeriesState = 'learning';
  #scores = 0;
  #mean: number | undefined;
  /** Times it fell without a recovery between. */
  #falls = 0;

  /** With a known baseline it is watched from the first score; what is learned meanwhile may raise the floor. */
  constructor(policy: SeriesPolicy, known: KnownBaseline | undefined) {
    this.#policy = policy;
    this.#baseline = new LearnedBaseline(policy.learnFrom, policy.margin);
    if (known) this.#watchFrom(floorOf(known, policy.margin));
  }

  get state(): SeriesState {
    return this.#state;
  }

  get falls(): number {
    return this.#falls;
  }

  /** The answers may be looked at again: few bad ones more end the trial. */
  try(): void {
    if (this.#state !== 'fallen' || this.#floor === undefined) return;
    this.#state = 'trial';
    this.#test = new SequentialTest(this.#floor, 'trial');
  }

  /** Takes a score from 0 to 1. What comes while it is fallen is answers from before, and changes nothing. */
  take(score: number): SeriesChange | undefined {
    this.#scores += 1;
    this.#mean = this.#mean === undefined ? score : this.#mean + RECENT * (score - this.#mean);
    switch (this.#state) {
      case 'learning':
        this.#learn(score);
        return undefined;
      case 'watched':
        return this.#watch(score);
      case 'fallen':
        return undefined;
      case 'trial':
        return this.#judge(score);
    }
  }

  snapshot() {
    return {
      state: this.#state,
      scores: this.#scores,
      /** Of the last fifty or so. */
      mean: this.#mean,
      floor: this.#floor,
      /** Scores that the evidence rests on. */
      testedScores: this.#test?.n ?? 0,
      evidence: this.#test?.evidence ?? 0,
      limit: this.#state === 'trial' ? TRIAL_EVIDENCE : this.#policy.scoresPerFalseAlarm,
      ...(this.#state === 'learning' && { scoresToLearn: this.#baseline.left }),
    };
  }

  #learn(score: number): void {
    const floor = this.#baseline.take(score);
    if (floor !== undefined) this.#watchFrom(floor);
  }

  #watch(score: number): SeriesChange | undefined {
    if (!this.#test) return undefined;
    if (this.#test.take(score) >= this.#policy.scoresPerFalseAlarm) return this.#fall();
    const floor = this.#baseline.take(score);
    if (floor !== undefined && floor > (this.#floor ?? 0)) this.#watchFrom(floor);
    return undefined;
  }

  #judge(score: number): SeriesChange | undefined {
    if (!this.#test) return undefined;
    if (this.#test.take(score) >= TRIAL_EVIDENCE) return this.#fall();
    if (this.#test.n < TRIAL_SCORES) return undefined;
    this.#falls = 0;
    this.#watchFrom(this.#test.floor);
    return 'recovered';
  }

  #fall(): SeriesChange {
    this.#state = 'fallen';
    this.#falls += 1;
    return 'fell';
  }

  #watchFrom(floor: number): void {
    this.#floor = Math.min(MOST_FLOOR, Math.max(LEAST_FLOOR, floor));
    this.#state = 'watched';
    this.#test = new SequentialTest(this.#floor, 'watch');
  }
}

export type SeriesSnapshot = ReturnType<QualitySeries['snapshot']>;
