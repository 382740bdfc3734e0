import type { BenchContestant } from './contestants.ts';
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

/** What a scenario needs beyond a contestant's own default configuration. */
export interface Wish {
  /** The provider to go on to when the first one fails. */
  readonly fallbackUrl?: string;
  /** Processes that serve; one unless told. */
  readonly workers?: number;
  /** Streams that have to be open at once; limits below that are raised. */
  readonly streams?: number;
}

/** Somebody who stands between caller and provider. */
export interface Contestant {
  readonly name: string;
  /** What was measured, with its version: `nginx 1.22.1`. */
  readonly version: string;
  /** The wishes it can fulfil; a scenario that has another one leaves it out. */
  readonly grants: readonly (keyof Wish)[];
  /** Starts it in front of a provider and resolves once it serves. */
  start(providerUrl: string, wish?: Wish): Promise<MeasuredProcess>;
  /** Headers that a caller has to send beside the content type; some peers are told in them where the provider is. */
  headers(providerUrl: string, wish?: Wish): Readonly<Record<string, string>>;
  /** The address of chat completions. */
  readonly path: string;
}

/** What a scenario is given. */
export interface Stage {
  /** In the order of their turns. */
  readonly contestants: readonly BenchContestant[];
  readonly rounds: number;
  /** Few requests, to see that everything works: the figures mean nothing. */
  readonly quick: boolean;
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
