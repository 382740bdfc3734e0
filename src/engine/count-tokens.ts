import type { ChatRequest } from '../model/chat-request.ts';
import type { Fault } from '../model/fault.ts';
import type { JsonObject } from '../model/json.ts';
import type { StopSignal } from '../model/stop-signal.ts';
import type { Target } from '../model/target.ts';
import { countInput, hasCounter, restCounter } from './counting.ts';
import { type Candidate, candidateOf, ineligibility, type Situation } from './eligibility.ts';
import { COUNT_SURFACE_MS } from './engine-defaults.ts';
import type { Needs } from './needs.ts';
import { promptedForCount } from './prompts.ts';
import { type RequestContext, requestForTarget } from './request-for-target.ts';
import type { Route } from './route.ts';
import { type EngineDeps, presumedOrigins } from './run-state.ts';
import { situationOf } from './situation.ts';
import { learnFromCount } from './token-learning.ts';
import { estimatedInput } from './window-fit.ts';

/** A caller wants to know how many tokens a request has, and no answer to it. */
export interface CountTokensOrder {
  readonly requestId: string;
  readonly request: ChatRequest;
  readonly route: Route;
  /** Name of the caller's key, where keys are required. */
  readonly caller?: string;
  /** Aborted when the caller is gone, or the gateway gives the request up. */
  readonly signal: StopSignal;
}

export type TokenCount =
  /** By a counter of the model's own; `answer`: what it said, where that is in the caller's dialect. */
  | { readonly kind: 'counted'; readonly target: Target; readonly tokens: number; readonly answer?: JsonObject }
  | { readonly kind: 'estimated'; readonly target: Target; readonly tokens: number; readonly why: string }
  /** The vendor says that the request itself is wrong. */
  | { readonly kind: 'refused'; readonly target: Target; readonly fault: Fault }
  | { readonly kind: 'gone' };

/**
 * Counts the input of a request as the target would that is first in line for it: by its vendor's counter, or by that of
 * another host of the same model; by the estimate where neither can. Never by another model's counter: its tokens are
 * others. Nothing is sent where the request itself may not go.
 */
export async function countTokens(order: CountTokensOrder, deps: EngineDeps): Promise<TokenCount> {
  const from = deps.clock.now();
  const count = await countedOrEstimated(order, deps);
  if (count.kind !== 'gone') {
    deps.observer.tokensCounted({
      requestId: order.requestId,
      route: order.route.name,
      target: count.target,
      ...(order.caller !== undefined && { caller: order.caller }),
      result: count.kind,
      for: 'caller',
      ...(count.kind !== 'refused' && { tokens: count.tokens }),
      ms: Math.max(0, deps.clock.now() - from),
    });
  }
  return count;
}

async function countedOrEstimated(order: CountTokensOrder, deps: EngineDeps): Promise<TokenCount> {
  return counted(promptedForCount(order, deps), deps);
}

async function counted(
  { order, targets: all, needs }: ReturnType<typeof promptedForCount<CountTokensOrder>>,
  deps: EngineDeps,
): Promise<TokenCount> {
  const { route, request, signal } = order;
  const now = deps.clock.now();
  const situation = situationOf({ route, needs, options: request.options, caller: undefined, stream: false }, deps);
  const targets = route.policy.kind === 'single' ? all.slice(0, 1) : all;
  const candidates = targets.map((target, rank) => candidateOf(target, rank, deps.lanes.of(target, now)));
  const mayServe = candidates.filter((candidate) => mayBeAsked(candidate, situation));
  const first = mayServe[0];
  if (!first) return estimate(candidates, needs, 'no target of the route may serve this request');
  let why = `${first.target.target.id} has no counter`;
  for (const candidate of [first, ...mayServe.filter((other) => isSameModel(other, first))]) {
    const asked = await ask(order, deps, { candidate, needs });
    if (signal.aborted) return { kind: 'gone' };
    if (asked === undefined) continue;
    if (typeof asked === 'string') why = asked;
    else return asked;
  }
  return estimate([first], needs, why);
}

/** What is too long to be served can be counted all the same: that is what callers count for. */
function mayBeAsked(candidate: Candidate, situation: Situation): boolean {
  const why = ineligibility(candidate, { ...situation, purse: undefined });
  return why === undefined || why.reason === 'context-window';
}

function isSameModel(other: Candidate, first: Candidate): boolean {
  const { sameModel } = first.target.target;
  return other !== first && sameModel !== undefined && other.target.target.sameModel === sameModel;
}

/** A count, or why there is none; undefined where nobody can be asked. */
async function ask(
  order: CountTokensOrder,
  deps: EngineDeps,
  { candidate, needs }: { candidate: Candidate; needs: Needs },
): Promise<TokenCount | string | undefined> {
  const { target } = candidate.target;
  const now = deps.clock.now();
  const lane = deps.lanes.of(candidate.target, now);
  if (!hasCounter(target, deps.dialects)) return undefined;
  const held = lane.refusal(now, order.route.name);
  if (held) return `${target.id} is not asked now: ${held.reason}`;
  if (lane.counterRestsUntil > now) return `the counter of ${target.id} failed a short while ago`;
  const context: RequestContext = {
    caller: order.caller ?? '',
    memory: deps.memory,
    presumed: presumedOrigins(order.route),
    refusedBy: new Set<string>(),
    now,
  };
  const { request } = requestForTarget(order.request, candidate.target, context);
  const found = await countInput({ target, request, withinMs: COUNT_SURFACE_MS, signal: order.signal }, deps);
  if (!found || order.signal.aborted) return undefined;
  if (found.kind === 'counted') {
    learnFromCount(lane, candidate, needs, found.tokens);
    const own = found.dialect === order.request.dialect;
    return { kind: 'counted', target, tokens: found.tokens, ...(own && { answer: found.answer }) };
  }
  // In the caller's own dialect it is the caller's request that the vendor looked at.
  if (found.fault.kind === 'invalid-request' && target.dialect === order.request.dialect) {
    return { kind: 'refused', target, fault: scrubbed(found.fault, deps) };
  }
  restCounter(lane, found.fault, deps.clock.now());
  return `the counter of ${target.id} failed: ${found.fault.kind}`;
}

function scrubbed(fault: Fault, deps: EngineDeps): Fault {
  const { complaint } = fault;
  return {
    ...fault,
    message: deps.redact(fault.message),
    ...(complaint && { complaint: { ...complaint, message: deps.redact(complaint.message) } }),
  };
}

function estimate(candidates: readonly Candidate[], needs: Needs, why: string): TokenCount {
  const candidate = candidates[0];
  if (!candidate) throw new Error('a route without targets');
  return { kind: 'estimated', target: candidate.target.target, tokens: estimatedInput(candidate, needs), why };
}
