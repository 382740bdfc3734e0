import type { EvalSuite } from './suite.ts';

/** Who watches a run. Must not throw and must not wait. */
export interface EvalProgress {
  /** Before anything is asked. `answers`: conversations that will be held. */
  begins(plan: { readonly suite: EvalSuite; readonly targets: readonly string[]; readonly answers: number }): void;
  /** One conversation has ended and its pure graders have been asked. `score`: their mean; absent where there is none. */
  ended(cell: {
    readonly case: string;
    readonly target: string;
    readonly repeat: number;
    readonly cached: boolean;
    readonly error?: string;
    readonly score?: number;
    readonly spentUsd: number;
  }): void;
  /** A second phase, in words: judging, asking again. */
  phase(words: string): void;
  problem(words: string): void;
}

export const unwatched: EvalProgress = {
  begins: () => undefined,
  ended: () => undefined,
  phase: () => undefined,
  problem: () => undefined,
};
