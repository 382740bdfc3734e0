import type { StopSignal } from '../model/stop-signal.ts';
import type { Branch } from './branch.ts';
import { countInput, hasCounter, restCounter } from './counting.ts';
import type { Candidate } from './eligibility.ts';
import { COUNT_MS, MIN_ATTEMPT_MS } from './engine-defaults.ts';
import { requestForTarget } from './request-for-target.ts';
import type { RunState } from './run-state.ts';
import { learnFromCount } from './token-learning.ts';
import { skip } from './try-target.ts';
import { windowFit } from './window-fit.ts';

/**
 * Decides on a candidate whose window the estimate can neither grant nor refuse: by the vendor's own counter where there
 * is one. Where there is none, or it fails, the candidate is tried: a wrong refusal costs more than a needless attempt.
 * True where it is too long; noted then.
 */
export async function tooLongByCount({ state, signal }: Branch, candidate: Candidate): Promise<boolean> {
  const fit = windowFit(candidate, state.needs);
  if (fit.kind !== 'unsure') return false;
  const counted = await countOf(state, candidate, { estimated: fit.inputTokens, signal });
  if (counted === undefined || counted <= fit.room) return false;
  skip(state, candidate, {
    reason: 'context-window',
    detail: `${counted} tokens of input (counted by the provider), and there is room for ${fit.room}`,
  });
  return true;
}

/** Asked at most once a request and target. */
async function countOf(
  state: RunState,
  candidate: Candidate,
  how: { readonly estimated: number; readonly signal: StopSignal },
): Promise<number | undefined> {
  const { estimated, signal } = how;
  const { deps, order } = state;
  const { target } = candidate.target;
  const known = state.counts?.get(target.id);
  if (known !== undefined) return known;
  const lane = deps.lanes.of(candidate.target, state.now);
  const from = state.now;
  if (!hasCounter(target, deps.dialects) || lane.counterRestsUntil > from || lane.refusal(from, state.order.route.name))
    return undefined;
  const withinMs = Math.min(COUNT_MS, state.deadline.remaining(from) - MIN_ATTEMPT_MS);
  if (withinMs < MIN_ATTEMPT_MS) return undefined;
  const { request } = requestForTarget(order.request, candidate.target, state.requestContext);
  state.journal.leaves(from);
  const answer = await countInput({ target, request, withinMs, signal }, deps);
  const now = state.now;
  const ms = Math.max(0, now - from);
  state.journal.returns(now);
  if (answer?.kind === 'counted') {
    state.counts ??= new Map();
    state.counts.set(target.id, answer.tokens);
    state.journal.note({ type: 'counted', target: target.id, tokens: answer.tokens, estimated, ms }, state.now);
    learnFromCount(lane, candidate, state.needs, answer.tokens);
    tell(state, candidate, { result: 'counted', tokens: answer.tokens, ms });
    return answer.tokens;
  }
  if (!answer || signal.aborted) return undefined;
  restCounter(lane, answer.fault, state.now);
  const why = deps.redact(answer.fault.message);
  state.journal.note({ type: 'not-counted', target: target.id, why, estimated, ms }, state.now);
  tell(state, candidate, { result: 'estimated', tokens: estimated, ms });
  return undefined;
}

function tell(
  { deps, order }: RunState,
  candidate: Candidate,
  said: { readonly result: 'counted' | 'estimated'; readonly tokens: number; readonly ms: number },
): void {
  const { requestId, route, caller } = order;
  const { target } = candidate.target;
  deps.observer.tokensCounted({
    requestId,
    route: route.name,
    target,
    ...(caller !== undefined && { caller }),
    for: 'window',
    ...said,
  });
}
