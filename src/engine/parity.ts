import type { Target } from '../model/target.ts';
import type { Route } from './route.ts';

/**
 * What is known of a target's answers beside the primary's: `pass` they are no worse, `fail` they are, `stale` it was
 * shown of another prompt, model or suite, or too long ago, `missing` nobody has looked. `primary-only`: the prompt has
 * words for the primary alone.
 */
export type ParityVerdict = 'pass' | 'fail' | 'stale' | 'missing' | 'primary-only';

/** Where a verdict on a target comes from. */
export interface ParityQuestion {
  readonly route: Route;
  readonly target: Target;
  /** The prompt of the library that the request is for; absent: the caller's messages as they are. */
  readonly prompt?: string;
  /** Of what the target is told beside the caller's own words. */
  readonly promptVersion?: string;
  /** The same of the primary. */
  readonly primaryPromptVersion?: string;
  /** Sampling and reasoning of the request, in canonical form; absent where the route does not compare them, and in what-if. */
  readonly parameters?: string;
  /** What an answer of the target calls its model, where there is one already. */
  readonly servedModel?: string;
}

export interface ParityAnswer {
  readonly verdict: ParityVerdict;
  /** What it rests on, in words. */
  readonly because: string;
}

/** How a target fared when it was measured: what its answers are held against from then on. */
export interface ParityBaseline {
  /** Id of the receipt. */
  readonly receipt: string;
  /** Mean score over the metrics, from 0 to 1. */
  readonly score: number;
  /** Cases of the metric with the fewest. */
  readonly n: number;
  readonly metrics: readonly { readonly metric: string; readonly score: number }[];
}

/** Whose receipt is meant. */
export interface ParitySubject {
  readonly route: string;
  /** `provider/model`. */
  readonly target: string;
  /** `name@hash` where a prompt of the library was used. */
  readonly promptVersion?: string;
}

/** Evidence of parity. Must not wait and must not throw: it is asked while requests are planned and served. */
export interface Parity {
  /** `at`: wall clock, milliseconds since 1970; now where it is left out. */
  verdict(question: ParityQuestion, at?: number): ParityAnswer;
  /** An answer of a target named its model. */
  reported(target: string, model: string): void;
  /** Undefined where no receipt that passed is current. */
  baselineOf(subject: ParitySubject): ParityBaseline | undefined;
  /** Disowns what was measured of a target until now, durably. False where there is no receipt to disown. */
  revoke(subject: ParitySubject, why: string): boolean;
}

/** Parity by the operators' word alone, as the routes' own rules hold it. It is no measurement, and says so. */
export function operatorsWord(wallNow: () => number): Parity {
  return {
    verdict: ({ route, target }, at = wallNow()) => wordOn(route, target, at) ?? NOTHING_SHOWN,
    reported: () => undefined,
    baselineOf: () => undefined,
    revoke: () => false,
  };
}

/** The same evidence, asked about another moment; wall clock, milliseconds since 1970. */
export function parityAt(parity: Parity, at: number): Parity {
  return {
    verdict: (question) => parity.verdict(question, at),
    reported: () => undefined,
    baselineOf: (subject) => parity.baselineOf(subject),
    revoke: () => false,
  };
}

export const NOTHING_SHOWN: ParityAnswer = {
  verdict: 'missing',
  because: 'nothing shows that its answers are as good as the primary’s',
};

/** An operator's word on a target; undefined where there is none. */
export function wordOn(route: Route, target: Target, at: number): ParityAnswer | undefined {
  const { parity } = route.demands;
  if (parity.mode === 'none') return { verdict: 'missing', because: 'the route asks for none' };
  const word = parity.accepted.find((accepted) => accepted.target === target.id);
  if (!word) return undefined;
  if (word.until === undefined) return { verdict: 'pass', because: `the operator's word: ${word.reason}` };
  const until = new Date(word.until).toISOString();
  if (at >= word.until) return { verdict: 'stale', because: `the operator's word ended at ${until}` };
  return { verdict: 'pass', because: `the operator's word until ${until}: ${word.reason}` };
}

export type ParityReason = 'parity-missing' | 'parity-failed' | 'parity-stale' | 'prompt-missing';

/** The reason that stands for a verdict; undefined for the one that is none. */
export function parityReason(verdict: ParityVerdict): ParityReason | undefined {
  switch (verdict) {
    case 'pass':
      return undefined;
    case 'fail':
      return 'parity-failed';
    case 'stale':
      return 'parity-stale';
    case 'missing':
      return 'parity-missing';
    case 'primary-only':
      return 'prompt-missing';
  }
}
