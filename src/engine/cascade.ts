import type { Branch } from './branch.ts';
import { doubtOf, withLogprobs } from './confidence.ts';
import type { CascadePolicy } from './route.ts';
import type { RunState } from './run-state.ts';
import { type CandidateQueue, panic, type Walked, type WalkRule, walk } from './walk.ts';

/** A whole answer that was doubted, kept for the case that nobody else gives one. */
interface Kept {
  readonly branch: Branch;
  readonly cause: string;
}

/**
 * The cheapest target first; its whole answer is given only where there is no reason to doubt it, else the next target
 * is asked. The last one is not doubted: there is nobody to ask instead. Where those after a doubted answer do not
 * serve, the doubted answer is better than none, and is marked as degraded.
 */
export async function cascade(state: RunState, policy: CascadePolicy, queue: CandidateQueue): Promise<Walked> {
  const kept: Kept[] = [];
  const rule: WalkRule = {
    stepBudgetMs: policy.stepBudgetMs,
    requestFor: (candidate) => withLogprobs(state.order.request, candidate.target.target, policy),
    accept: async (branch, seq) => {
      if (queue.left === 0) return undefined;
      const doubt = await doubtOf(branch, policy, seq);
      if (doubt === undefined) return undefined;
      kept.push({ branch, cause: doubt.cause });
      return `${doubt.cause}: ${doubt.detail}`;
    },
  };
  for (;;) {
    const { branch } = state.fork({ hold: { kind: 'whole-answer' } });
    state.branch = branch;
    const walked = await walk(branch, queue, rule);
    if (walked.kind === 'rejected') continue;
    const last = walked.kind === 'exhausted' ? await panic(branch, queue, rule) : walked;
    return last.kind === 'complete' ? last : settleFor(state, kept, last);
  }
}

/** The doubted answer of the latest target, which is the best of them. */
function settleFor(state: RunState, kept: readonly Kept[], otherwise: Walked): Walked {
  const best = kept.at(-1);
  if (!best || state.order.signal.aborted) return otherwise;
  state.branch = best.branch;
  state.settledFor = best.cause;
  return { kind: 'complete' };
}
