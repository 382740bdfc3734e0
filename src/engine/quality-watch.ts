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
}

/** Where nobody watches. */
export const unwatchedQuality: QualityWatch = { sample: () => undefined };
