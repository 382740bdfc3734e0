import type { ChatRequest } from '../model/chat-request.ts';
import type { Fault } from '../model/fault.ts';
import type { Branch } from './branch.ts';
import { tooLongByCount } from './count-step.ts';
import type { Candidate } from './eligibility.ts';
import { lastResorts } from './last-resort.ts';
import type { RunState } from './run-state.ts';
import { lossyRequest } from './strict-quality.ts';
import { type Acceptance, skip, type TargetOutcome, type TargetTrial, tryTarget } from './try-target.ts';
import { windowOf } from './window-fit.ts';

/** What came of asking one target after another. */
export type Walked =
  | Extract<TargetOutcome, { kind: 'complete' | 'stop' | 'broken' | 'rejected' }>
  | { readonly kind: 'exhausted' };

/** The candidates of one request that have not been asked yet, in order. Several branches take theirs from one queue. */
export class CandidateQueue {
  readonly #candidates: readonly Candidate[];
  #at = 0;
  /** Skipped for nothing but their breakers. */
  readonly shut: Candidate[] = [];
  /** One of them was full rather than failing: more of the same would not help it. */
  tooCrowded = false;
  /** One of them is held, or out of headroom: it will serve again, so that asking a dead one instead is worth little. */
  limited = false;

  constructor(candidates: readonly Candidate[]) {
    this.#candidates = candidates;
  }

  next(): Candidate | undefined {
    const candidate = this.#candidates[this.#at];
    this.#at += 1;
    return candidate;
  }

  /** Whose turn it is, without taking it. */
  peek(): Candidate | undefined {
    return this.#candidates[this.#at];
  }

  get left(): number {
    return Math.max(0, this.#candidates.length - this.#at);
  }
}

/** How a branch goes through its queue, beside the order. */
export interface WalkRule {
  readonly accept?: Acceptance;
  /** Longest time of a target that is not the last, in milliseconds. */
  readonly stepBudgetMs?: number;
  /** What a target is sent in the place of the caller's request. */
  readonly requestFor?: (candidate: Candidate) => ChatRequest;
}

const NO_RULE: WalkRule = {};

/** Asks the targets of the queue in order, until one of them has answered, or none is left. */
export async function walk(branch: Branch, queue: CandidateQueue, rule: WalkRule = NO_RULE): Promise<Walked> {
  const { state } = branch;
  for (let candidate = queue.next(); candidate; candidate = queue.next()) {
    if (windowTooSmall(state, candidate) || (await tooLongByCount(branch, candidate))) continue;
    if (tellsTooLittle(state, candidate)) continue;
    const isLast = queue.left === 0 && !queue.shut.some((one) => isReturning(state, one));
    const budgetMs = shareOf(state, candidate, isLast, rule);
    const outcome = await tryTarget(branch, trialOf(candidate, budgetMs, rule));
    switch (outcome.kind) {
      case 'next':
        break;
      case 'skipped':
        if (outcome.byBreaker) queue.shut.push(candidate);
        else noteFullness(state, candidate, queue);
        break;
      default:
        return outcome;
    }
  }
  return { kind: 'exhausted' };
}

/**
 * When nobody else has answered, breakers no longer stand in the way. Targets on their way back are asked all the same: they were
 * held back for the sake of others. Where there is none and no attempt was made, one of the shut ones is asked.
 */
export async function panic(branch: Branch, queue: CandidateQueue, rule: WalkRule = NO_RULE): Promise<Walked> {
  const { state } = branch;
  if (queue.shut.length === 0 || queue.tooCrowded || state.order.patient) return { kind: 'exhausted' };
  const { returning, shut } = lastResorts(
    queue.shut,
    ({ target }) => state.deps.lanes.of(target, state.now),
    state.now,
  );
  for (const candidate of returning) {
    if (windowTooSmall(state, candidate)) continue;
    const outcome = await pastBreaker(branch, candidate, rule);
    if (outcome) return outcome;
  }
  if (state.attempts > 0 || shut.length === 0) return { kind: 'exhausted' };
  // Which of them is back nobody knows: chance finds it, where an order would ask a dead one for ever.
  const one = shut[Math.floor(state.deps.chance.next() * shut.length)];
  if (!one || (queue.limited && !state.deps.lanes.of(one.target, state.now).takeRetry(state.now)))
    return { kind: 'exhausted' };
  return (await pastBreaker(branch, one, rule)) ?? { kind: 'exhausted' };
}

/** Such a one is asked in the end, where nobody else has answered. */
function isReturning({ deps, now }: RunState, { target }: Candidate): boolean {
  return deps.lanes.of(target, now).breakerState(now) === 'ramping';
}

/** Undefined where it did not answer. */
async function pastBreaker(branch: Branch, candidate: Candidate, rule: WalkRule): Promise<Walked | undefined> {
  const budgetMs = branch.state.deadline.remaining(branch.state.now);
  const outcome = await tryTarget(branch, { ...trialOf(candidate, budgetMs, rule), panic: true });
  return outcome.kind === 'next' || outcome.kind === 'skipped' ? undefined : outcome;
}

function trialOf(candidate: Candidate, budgetMs: number, rule: WalkRule): TargetTrial {
  const { accept, requestFor } = rule;
  if (!accept && !requestFor) return { candidate, budgetMs, panic: false };
  return {
    candidate,
    budgetMs,
    panic: false,
    ...(accept && { accept }),
    ...(requestFor && { request: requestFor(candidate) }),
  };
}

function noteFullness(state: RunState, candidate: Candidate, queue: CandidateQueue): void {
  const report = state.journal.reports.find(({ target }) => target === candidate.target.target.id);
  if (report?.limited || report?.reason === 'lane-held') queue.limited = true;
  else if (report?.reason === 'headroom') queue.tooCrowded = true;
}

/** The fault that was met last; what was cancelled by ourselves is none. */
export function lastFault(state: RunState): Fault | undefined {
  const last = state.journal.decisions.findLast(
    (decision) => decision.type === 'fault' && decision.fault.kind !== 'outrun',
  );
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

/** A strict caller is served by nobody who cannot be told all of its request that matters. */
function tellsTooLittle(state: RunState, candidate: Candidate): boolean {
  const why = lossyRequest(state, candidate);
  if (why) skip(state, candidate, why);
  return why !== undefined;
}

/**
 * The primary has the primary budget, as has who is asked before it, and no target but the last may use what is kept in reserve for those after it.
 */
function shareOf(state: RunState, candidate: Candidate, isLast: boolean, rule: WalkRule): number {
  const left = state.deadline.remaining(state.now);
  if (isLast) return left;
  const share = left * (1 - state.order.route.reserve);
  if (rule.stepBudgetMs !== undefined) return Math.min(share, rule.stepBudgetMs);
  const goesFirst = candidate.rank === state.primaryRank || candidate.rank === state.preferred?.rank;
  return goesFirst ? Math.min(share, state.budget.primaryBudgetMs) : share;
}
