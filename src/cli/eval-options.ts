import type { RunWish } from '../rehearsal/evals/run-suite.ts';
import { EXIT } from './exit-codes.ts';
import { CommandError } from './output.ts';

/** Where answers are kept unless told. */
export const EVAL_FOLDER = '.understudy/evals';
/** How old an answer may be that is used again, in milliseconds. */
export const DEFAULT_MAX_AGE_MS = 7 * 86_400_000;

/** What `eval run` and `eval gate` take. */
export interface EvalRunOptions {
  readonly config?: string;
  /** Comma-separated. */
  readonly targets?: string;
  readonly repeats?: number;
  readonly maxUsd?: number;
  readonly concurrency?: number;
  /** False with `--no-cache`. */
  readonly cache?: boolean;
  readonly cacheDir?: string;
  /** Milliseconds. */
  readonly maxAge?: number;
  readonly out?: string;
  readonly junit?: string;
  readonly markdown?: string;
  readonly html?: string;
}

export function wishOf(options: EvalRunOptions): Omit<RunWish, 'signal' | 'progress'> {
  const { repeats, maxUsd, concurrency } = options;
  const targets = options.targets?.split(',').map((target) => target.trim());
  if (targets?.some((target) => !/^[^\s/]+\/\S+$/.test(target)))
    throw new CommandError(EXIT.usage, '--targets: write provider/model, with commas between them');
  return {
    ...(targets && { targets }),
    ...(repeats !== undefined && { repeats }),
    ...(maxUsd !== undefined && { maxUsd }),
    ...(concurrency !== undefined && { concurrency }),
    ...(options.cache !== false && { maxAgeMs: options.maxAge ?? DEFAULT_MAX_AGE_MS }),
  };
}
