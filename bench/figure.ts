import type { MeasuredProcess } from './measured-process.ts';

/** One measured number of one contestant in one round. */
export interface Figure {
  readonly scenario: string;
  /** `direct` where nobody stands between. */
  readonly contestant: string;
  /** What was measured, `added p99` say. */
  readonly metric: string;
  readonly unit: 'us' | 'ms' | 'KiB' | 'MiB' | '1/s' | 'count' | 'ratio';
  readonly round: number;
  readonly value: number;
}

/** Somebody who stands between caller and provider. */
export interface Contestant {
  readonly name: string;
  /** What was measured, with its version: `nginx 1.22.1`. */
  readonly version: string;
  /** Starts it in front of a provider and resolves once it serves. */
  start(providerUrl: string): Promise<MeasuredProcess>;
  /** Headers that a caller has to send beside the content type. */
  readonly headers: Readonly<Record<string, string>>;
  /** The address of chat completions. */
  readonly path: string;
}

/** What a scenario is given. */
export interface Stage {
  /** In the order of their turns. */
  readonly contestants: readonly Contestant[];
  readonly rounds: number;
  /** A folder that is deleted afterwards. */
  readonly folder: string;
  /** Told to whoever watches. */
  progress(text: string): void;
}

/** One question to all contestants, asked of each in turn in every round. */
export interface Scenario {
  readonly name: string;
  /** For the report: what is done, and how it is counted. */
  readonly about: string;
  run(stage: Stage): Promise<readonly Figure[]>;
}
