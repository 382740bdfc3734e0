import type { SeriesSnapshot } from '../quality/quality-series.ts';

/** Who says how good an answer was: its contract, whoever used it, or a comparison with another target's answer. */
export const SAMPLE_SOURCES = ['contract', 'feedback', 'shadow'] as const;
export type SampleSource = (typeof SAMPLE_SOURCES)[number];

/** One judgement of one answer. */
export interface QualitySample {
  readonly requestId: string;
  readonly route: string;
  /** `provider/model` that gave the answer. */
  readonly target: string;
  readonly promptVersion?: string;
  readonly source: SampleSource;
  /** From 0, useless, to 1, as good as it has to be. */
  readonly score: number;
  /** What was found, in a word or a short line, where it was not good. */
  readonly finding?: string;
}

/** Quality as health. Must not wait and must not throw: it is told while requests are served. */
export interface QualityWatch {
  /** `now`: monotonic milliseconds. */
  sample(sample: QualitySample, now: number): void;
  /** Every series of scores that is watched. */
  rows(): readonly QualityRow[];
}

/** One series of scores as operators see it. */
export interface QualityRow extends SeriesSnapshot {
  readonly route: string;
  readonly target: string;
  readonly promptVersion?: string;
  readonly source: SampleSource;
}

/** How a route has the answers of its targets watched. */
export interface QualityPolicy {
  readonly sources: readonly SampleSource[];
  /** Largest loss of the mean score that still counts as none. */
  readonly margin: number;
  /** Mean score that the operator knows to be normal; absent: a receipt's, or what is learned. */
  readonly baseline?: number;
  /** Scores from which a baseline is learned. */
  readonly learnFrom: number;
  /** Fewest scores, on average, between two false alarms of one series. */
  readonly scoresPerFalseAlarm: number;
  /** How long a lane is shut for the route at first, in milliseconds; each further time twice as long, up to a day. 0: never shut. */
  readonly shutMs: number;
}

/** A change in the quality of one prompt at one target of one route. */
export interface QualityMoved {
  readonly route: string;
  readonly target: string;
  readonly lane: string;
  readonly promptVersion?: string;
  readonly source: SampleSource;
  /** `fell`: the answers got worse. `trial`: they may show whether they have recovered. `recovered`: they have. */
  readonly to: 'fell' | 'trial' | 'recovered';
  /** How long the lane is shut for the route, in milliseconds; absent where it is not. */
  readonly shutMs?: number;
  /** Scores that it rests on. */
  readonly scores: number;
  /** In words, with the numbers. */
  readonly because: string;
}

/** Where nobody watches. */
export const unwatchedQuality: QualityWatch = { sample: () => undefined, rows: () => [] };
