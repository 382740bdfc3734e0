import type { Fault } from '../model/fault.ts';
import { tooLongByCount } from './count-step.ts';
import type { Candidate } from './eligibility.ts';
import { planOf } from './plan.ts';
import type { RunState } from './run-state.ts';
import { skip, type TargetOutcome, tryTarget } from './try-target.ts';
import { windowOf } from './window-fit.ts';

/** What came of asking one target after another. */
export type Walked =
  | Extract<TargetOutcome, { kind: 'complete' | 'stop' | 'broken' }>
  | { readonly kind: 'exhausted'; readonly lastFault: Fault | undefined };

/** Walks the targets in order. When every one of them is shut by its breaker, the first is asked all the same. */
export async function walk(state: RunState): Promise<Walked> {
  const eligible = planOf(state).candidates;
  const shut: Candidate[] = [];
  let tooCrowded = false;
  for (const [position, candidate] of eligible.entries()) {
    if (windowTooSmall(state, candidate) || (await tooLongByCount(state, candidate))) continue;
    const isLast = position === eligible.length - 1;
    const outcome = await tryTarget(state, { candidate, budgetMs: shareOf(state, candidate, isLast), panic: false });
    if (outcome.kind === 'complete' || outcome.kind === 'stop' || outcome.kind === 'broken') return outcome;
    if (outcome.kind === 'skipped' && outcome.byBreaker) shut.push(candidate);
    else if (outcome.kind === 'skipped' && lastReason(state, candidate) === 'headroom') tooCrowded = true;
  }
  const first = shut[0];
  if (state.attempts === 0 && first && !tooCrowded) {
    const outcome = await tryTarget(state, {
      candidate: first,
      budgetMs: state.deadline.remaining(state.now),
      panic: true,
    });
    if (outcome.kind === 'complete' || outcome.kind === 'stop' || outcome.kind === 'broken') return outcome;
  }
  return { kind: 'exhausted', lastFault: lastFault(state) };
}

function lastReason(state: RunState, candidate: Candidate): string | undefined {
  return state.journal.reports.find((report) => report.target === candidate.target.target.id)?.reason;
}

function lastFault(state: RunState): Fault | undefined {
  const last = state.journal.decisions.findLast((decision) => decision.type === 'fault');
  return last?.type === 'fault' ? last.fault : undefined;
}

/** A target before this one was told that its window is too small: one that is no larger need not be asked. */
function windowTooSmall(state: RunState, candidate: Candidate): boolean {
  const window = windowOf(candidate);
  if (window === undefined || window > state.windowAbove) return false;
  skip(state, candidate, {
    reason: 'context-window',
    detail: `its window of ${window} tokens is not larger than the one that was too small`,
  });
  return true;
}

/**
 * The primary has the primary budget, and no target but the last may use what is kept in reserve for those after it.
 */
function shareOf(state: RunState, candidate: Candidate, isLast: boolean): number {
  const left = state.deadline.remaining(state.now);
  if (isLast) return left;
  const share = left * (1 - state.order.route.reserve);
  return candidate.rank === 0 ? Math.min(share, state.budget.primaryBudgetMs) : share;
}
