import type { Fault } from '../model/fault.ts';
import { countInput, hasCounter } from './counting.ts';
import type { Candidate } from './eligibility.ts';
import { COUNT_MS, COUNTER_GONE_MS, COUNTER_REST_MS, MIN_ATTEMPT_MS } from './engine-defaults.ts';
import type { Lane } from './lane.ts';
import { requestForTarget } from './request-for-target.ts';
import type { RunState } from './run-state.ts';
import { isMostlyText } from './token-estimate.ts';
import { skip } from './try-target.ts';
import { uncorrectedInput, windowFit } from './window-fit.ts';

/**
 * Decides on a candidate whose window the estimate can neither grant nor refuse: by the vendor's own counter where there
 * is one. Where there is none, or it fails, the candidate is tried: a wrong refusal costs more than a needless attempt.
 * True where it is too long; noted then.
 */
export async function tooLongByCount(state: RunState, candidate: Candidate): Promise<boolean> {
  const fit = windowFit(candidate, state.needs);
  if (fit.kind !== 'unsure') return false;
  const counted = await countOf(state, candidate, fit.inputTokens);
  if (counted === undefined || counted <= fit.room) return false;
  skip(state, candidate, {
    reason: 'context-window',
    detail: `${counted} tokens of input (counted by the provider), and there is room for ${fit.room}`,
  });
  return true;
}

/** Asked at most once a request and target. */
async function countOf(state: RunState, candidate: Candidate, estimated: number): Promise<number | undefined> {
  const { deps, order } = state;
  const { target } = candidate.target;
  const known = state.counts.get(target.id);
  if (known !== undefined) return known;
  const lane = deps.lanes.of(candidate.target, state.now);
  const from = state.now;
  if (!hasCounter(target, deps.dialects) || lane.counterRestsUntil > from || lane.refusal(from)) return undefined;
  const withinMs = Math.min(COUNT_MS, state.deadline.remaining(from) - MIN_ATTEMPT_MS);
  if (withinMs < MIN_ATTEMPT_MS) return undefined;
  const { request } = requestForTarget(order.request, candidate.target, state.requestContext);
  const answer = await countInput({ target, request, withinMs, signal: order.signal }, deps);
  const ms = Math.max(0, state.now - from);
  state.journal.waited(ms);
  if (answer?.kind === 'counted') {
    state.counts.set(target.id, answer.tokens);
    state.journal.note({ type: 'counted', target: target.id, tokens: answer.tokens, estimated, ms }, state.now);
    learn(lane, candidate, state, answer.tokens);
    tell(state, candidate, { result: 'counted', tokens: answer.tokens, ms });
    return answer.tokens;
  }
  if (!answer || order.signal.aborted) return undefined;
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

/** A counter that is not there will not be there soon; one that failed may be back in a minute. */
export function restCounter(lane: Lane, fault: Fault, now: number): void {
  const missing = fault.status === 404 || fault.status === 405 || fault.status === 501;
  lane.counterRestsUntil = now + (missing ? COUNTER_GONE_MS : COUNTER_REST_MS);
}

/** Corrects the lane's estimates by what its provider counted in an answer of its. */
export function learnTokens(state: RunState, candidate: Candidate, counted: number | undefined): void {
  const lane = state.deps.lanes.of(candidate.target, state.now);
  if (counted === undefined || state.counts.has(candidate.target.target.id) || !lane.tokens.wants()) return;
  learn(lane, candidate, state, counted);
}

function learn(lane: Lane, candidate: Candidate, { needs }: RunState, counted: number): void {
  if (isMostlyText(needs.measure.get())) lane.tokens.learn(uncorrectedInput(candidate, needs), counted);
}
