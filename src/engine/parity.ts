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
