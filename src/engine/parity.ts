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
  /** Of the words that the target is told beside the caller's own. */
  readonly promptVersion?: string;
}

export interface ParityAnswer {
  readonly verdict: ParityVerdict;
  /** What it rests on, in words. */
  readonly because: string;
}

/** Evidence of parity. Must not wait and must not throw: it is asked while a request is planned. */
export interface Parity {
  verdict(question: ParityQuestion): ParityAnswer;
}

/** An operator's own word that a target may stand in for the primary. */
export interface AcceptedTarget {
  /** `provider/model`. */
  readonly target: string;
  /** Wall clock milliseconds since 1970 at which the word ends; absent: it does not. */
  readonly until?: number;
  /** Why, in the operator's words. */
  readonly reason: string;
}

/** What a route asks of its fallbacks. */
export type ParityRule =
  | { readonly mode: 'none' }
  /** Who has not passed serves all the same, and the answer is marked. */
  | { readonly mode: 'tolerant'; readonly accepted: readonly AcceptedTarget[] }
  /** Only who has passed serves. */
  | {
      readonly mode: 'strict';
      readonly accepted: readonly AcceptedTarget[];
      /** An ability that nobody knows of passes, as on other routes. */
      readonly allowUnknown: boolean;
    };

/** Parity by the operators' word alone, as the routes' own rules hold it. It is no measurement, and says so. */
export function operatorsWord(wallNow: () => number): Parity {
  return {
    verdict({ route, target }) {
      const { parity } = route.demands;
      if (parity.mode === 'none') return { verdict: 'missing', because: 'the route asks for none' };
      const word = parity.accepted.find((accepted) => accepted.target === target.id);
      if (!word) return { verdict: 'missing', because: 'nothing shows that its answers are as good as the primary’s' };
      if (word.until === undefined) return { verdict: 'pass', because: `the operator's word: ${word.reason}` };
      const until = new Date(word.until).toISOString();
      if (wallNow() >= word.until) return { verdict: 'stale', because: `the operator's word ended at ${until}` };
      return { verdict: 'pass', because: `the operator's word until ${until}: ${word.reason}` };
    },
  };
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
