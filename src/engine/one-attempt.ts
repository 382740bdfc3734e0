import type { ChatEvent } from '../model/chat-event.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Fault } from '../model/fault.ts';
import type { Loss } from '../model/loss.ts';
import { answerMarker } from './answer-marks.ts';
import { type AttemptReport, type EventTaker, runAttempt } from './attempt.ts';
import type { AttemptClocks, AttemptLimits } from './attempt-clocks.ts';
import type { Branch } from './branch.ts';
import type { Candidate } from './eligibility.ts';
import { FAULT_TABLE } from './fault-table.ts';
import { type Judged, judgeAnswer, judgedEarly } from './judge-answer.ts';
import type { Lane, Permit } from './lane.ts';
import { modelGuard, modelName } from './model-guard.ts';
import type { Reservation } from './purse.ts';
import type { AttemptState } from './record.ts';
import { requestForTarget } from './request-for-target.ts';
import type { RunState } from './run-state.ts';
import { scoreAttempt } from './score-step.ts';
import type { Splice } from './splice.ts';
import { lossyAnswer } from './strict-quality.ts';
import { learnFromUsage } from './token-learning.ts';
import { estimatedInput, outputTokens } from './window-fit.ts';

/** How one attempt is to be made. */
export interface AttemptWish {
  readonly candidate: Candidate;
  readonly lane: Lane;
  readonly permit: Permit;
  /** Money set aside for it, where a limit makes that necessary. */
  readonly reservation?: Reservation;
  /** The conversation to send, before the target's prompt is applied. */
  readonly request: ChatRequest;
  /** The target's share of the time that is left. */
  readonly budgetMs: number;
  /** Counts from 1 at this target. */
  readonly tryOfTarget: number;
  readonly freshConnection: boolean;
  /** Joins this answer to what the caller already has. */
  readonly splice?: { readonly splice: Splice; readonly how: 'resume' | 'continue'; readonly from: string };
}

export interface AttemptResult {
  readonly seq: number;
  readonly fault: Fault | undefined;
  readonly report: AttemptReport;
  /** Part of this attempt's own answer reached the caller. */
  readonly committed: boolean;
  /** Writes the attempt's last row; called once the verdict is known. */
  settle(verdict: string | undefined): void;
}

/** Makes one attempt, checks its answer, and tells lane, ledger, journal and observers: the same for every attempt there is. */
export async function oneAttempt(branch: Branch, wish: AttemptWish): Promise<AttemptResult> {
  const { state, delivery } = branch;
  const { deps, journal } = state;
  const { target } = wish.candidate.target;
  const made = requestForTarget(wish.request, wish.candidate.target, state.requestContext);
  const { request } = made;
  const dialect = deps.dialects.target(target.dialect);
  const encoded = dialect.encodeRequest(request, { target, newId: () => deps.chance.newId() });
  const losses: readonly Loss[] = [...made.losses, ...encoded.losses, ...state.unchecked];
  const seq = begin(branch, wish, losses);
  const committedBefore = delivery.committed;
  let clocks: AttemptClocks | undefined;
  let { permit } = wish;
  const report = await runAttempt(
    {
      target: wish.candidate.target,
      lane: wish.lane,
      permit: wish.permit,
      request,
      encoded,
      limits: limitsOf(state, wish),
      freshConnection: wish.freshConnection,
      signal: branch.signal,
    },
    { clock: deps.clock, upstream: deps.upstream, dialect },
    taker(branch, wish, () => {
      clocks?.committed();
      permit = proven(state, wish, permit);
    }),
    (running) => {
      clocks = running;
    },
  );
  journal.returns(state.now);
  const found = faultIn(branch, report, { candidate: wish.candidate, seq, joined: wish.splice !== undefined });
  // Most answers are judged at once, and cost no turn of their own.
  const fault = found instanceof Promise ? await found : found;
  const committed = wish.splice ? wish.splice.splice.joined : delivery.committed && !committedBefore;
  tellLane(state, { ...wish, permit }, fault, committed);
  if (!fault && !wish.splice) learnFromUsage(state, wish.candidate, report.usage.inputTokens);
  return {
    seq,
    fault,
    report,
    committed,
    settle: (verdict) => settle(branch, { wish, seq, losses, fault, report, committed }, verdict),
  };
}

function begin(branch: Branch, wish: AttemptWish, losses: readonly Loss[]): number {
  const { state } = branch;
  const { deps, order, journal } = state;
  const { target, prompt } = wish.candidate.target;
  const now = state.now;
  state.attempts += 1;
  const seq = state.attempts;
  const startedMs = state.elapsedMs;
  if (!wish.splice) {
    branch.serving = { candidate: wish.candidate, seq, losses, startedMs };
    branch.answerLosses.restart();
  }
  journal.note({ type: 'attempt', seq, target: target.id }, now);
  journal.leaves(now);
  deps.ledger.attemptStarted({
    requestId: order.requestId,
    seq,
    target: target.id,
    lane: target.lane,
    startedMs,
    tryOfTarget: wish.tryOfTarget,
    ...(prompt && { promptVersion: prompt.version }),
    losses,
  });
  deps.observer.attemptBegun({
    requestId: order.requestId,
    seq,
    route: order.route.name,
    target,
    request: wish.request,
  });
  return seq;
}

function limitsOf(state: RunState, wish: AttemptWish): AttemptLimits {
  const { request } = wish;
  const timeouts = request.stream ? wish.candidate.target.stream : wish.candidate.target.unary;
  const committed = wish.splice !== undefined;
  const left = state.deadline.remaining(state.now);
  // Leaving early is worth something only where somebody else has the time that is saved; a probe is to find out, not to be quick.
  const worthwhile = request.stream && !committed && wish.budgetMs < left && wish.permit.kind === 'pass';
  return {
    timeouts,
    early: worthwhile ? wish.lane.tightened(timeouts, state.now) : timeouts,
    budgetMs: committed ? wish.budgetMs : Math.min(wish.budgetMs, left),
    // Only a caller's own, shorter deadline excuses the target: the route's deadline is what the operator expects of it.
    deadlineRules:
      !committed &&
      request.options.deadlineMs !== undefined &&
      left <= wish.budgetMs &&
      request.options.deadlineMs < state.budget.deadlineMs,
    totalMs: Math.max(1, timeouts.totalMs - state.elapsedMs),
    stream: request.stream,
    committed,
  };
}

/** Hands events to the delivery, through the splice where there is one. */
function taker(branch: Branch, wish: AttemptWish, onCommitted: () => void): EventTaker {
  const { state, delivery } = branch;
  const join = wish.splice;
  const mark = answerMarker(wish.candidate.target.target, state);
  const losing = losingOf(branch, wish);
  const guard = modelGuard(branch, wish.candidate);
  if (!join) {
    return (events) => {
      const unproven = guard?.(events, !delivery.committed);
      if (unproven) return unproven;
      losing(events);
      const taken = delivery.push(events.map(mark));
      if (delivery.committed) onCommitted();
      return taken;
    };
  }
  const { splice, how, from } = join;
  const to = wish.candidate.target.target.id;
  return (events) => {
    const joinedBefore = splice.joined;
    const unproven = guard?.(events, !joinedBefore);
    if (unproven) return unproven;
    const spliced = splice.push(events.map(mark));
    if (!spliced.ok) return spliced.fault;
    losing(spliced.events);
    const out: ChatEvent[] = spliced.events;
    if (splice.joined && !joinedBefore) {
      branch.switched = true;
      state.journal.note({ type: 'switched', how, target: to }, state.now);
      out.unshift({ type: 'switch', from, to, how });
    }
    return out.length > 0 ? delivery.push(out) : undefined;
  };
}

/** Notes what of the answer the caller's dialect has no place for; frames of the same dialect have it all. */
function losingOf({ state, answerLosses }: Branch, wish: AttemptWish): (events: readonly ChatEvent[]) => void {
  const { deps, order } = state;
  const { dialect } = order.request;
  if (wish.candidate.target.target.dialect === dialect) return () => undefined;
  const caller = deps.dialects.caller(dialect);
  let textIsOpen = false;
  return (events) => {
    for (const event of events) {
      // Asked for by the policy, not by the caller, who loses nothing.
      if (event.type === 'logprobs' && !order.request.logprobs) continue;
      textIsOpen = leavesTextOpen(event) ?? textIsOpen;
      const loss = caller.lossOf(event, { textIsOver: order.request.stream && !textIsOpen });
      if (loss) answerLosses.add(loss);
    }
  };
}

/** Undefined where an event says nothing of what is being told. */
function leavesTextOpen(event: ChatEvent): boolean | undefined {
  switch (event.type) {
    case 'text':
    case 'refusal':
      return true;
    case 'reasoning':
    case 'tool-call-start':
    case 'foreign':
      return false;
    default:
      return undefined;
  }
}

/** What is wrong with the attempt, or with the answer that it gave. */
function faultIn(branch: Branch, { fault }: AttemptReport, judged: Judged): ReturnType<typeof judgeAnswer> {
  if (!fault) return lossyAnswer(branch) ?? judgeAnswer(branch, judged);
  return fault.kind === 'contract-broken' ? judgedEarly(branch, judged, fault) : scrubbed(branch.state, fault);
}

/** Providers quote what they were sent, keys included. */
function scrubbed(state: RunState, fault: Fault): Fault {
  const redact = (text: string) => state.deps.redact(text);
  const { complaint } = fault;
  return {
    ...fault,
    message: redact(fault.message),
    ...(complaint && {
      complaint: {
        message: redact(complaint.message),
        ...(complaint.type !== undefined && { type: redact(complaint.type) }),
        ...(complaint.code !== undefined && { code: redact(complaint.code) }),
        ...(complaint.param !== undefined && { param: redact(complaint.param) }),
      },
    }),
  };
}

/**
 * A probe, or whoever went past the breaker, has proved its point with the first content: a long stream must not keep the
 * only probe place, or the traffic away, until its end. What comes after counts like any other request.
 */
function proven(state: RunState, wish: AttemptWish, permit: Permit): Permit {
  if (permit.kind === 'pass') return permit;
  wish.lane.succeeded(state.now, permit);
  return { kind: 'pass', admittedAt: state.now };
}

function tellLane(state: RunState, wish: AttemptWish, fault: Fault | undefined, committed: boolean): void {
  const now = state.now;
  if (!fault) return wish.lane.succeeded(now, wish.permit);
  wish.lane.faulted(now, wish.permit, fault, {
    random: state.deps.chance.next(),
    committed,
    again: wish.tryOfTarget > 1,
    learnedTokens: estimatedInput(wish.candidate, state.needs) + outputTokens(wish.candidate, state.needs),
  });
  if (!FAULT_TABLE[fault.kind].alert) return;
  const target = wish.candidate.target.target.id;
  state.deps.alerts.raise({ kind: fault.kind, target, message: `${target}: ${fault.message}` }, now);
}

interface Settled {
  readonly wish: AttemptWish;
  readonly seq: number;
  /** Of the request. */
  readonly losses: readonly Loss[];
  readonly fault: Fault | undefined;
  readonly report: AttemptReport;
  readonly committed: boolean;
}

function settle(branch: Branch, attempt: Settled, verdict: string | undefined): void {
  const { state } = branch;
  const { deps, order, journal } = state;
  const { wish, seq, losses, fault, report, committed } = attempt;
  const lost = branch.answerLosses.list;
  const { target } = wish.candidate.target;
  const billing = stateOf(report);
  const costUsd = billing === 'free' ? 0 : billing === 'settled' ? deps.price(target, report.usage) : undefined;
  state.spend(branch, report.usage, costUsd);
  const servedModel = report.servedModel === undefined ? undefined : modelName(report.servedModel, deps.redact);
  if (servedModel !== undefined) deps.parity.reported(target.id, servedModel);
  wish.reservation?.settle({ state: billing, costUsd, usage: report.usage });
  const ended = {
    requestId: order.requestId,
    seq,
    state: billing,
    ...(fault && { fault }),
    ...(verdict !== undefined && { verdict }),
    ...(report.status !== undefined && { status: report.status }),
    ...(report.upstreamRequestId !== undefined && { upstreamRequestId: deps.redact(report.upstreamRequestId) }),
    ...(servedModel !== undefined && { servedModel }),
    ...(report.firstContentMs !== undefined && { firstContentMs: report.firstContentMs }),
    durationMs: report.durationMs,
    committed,
    usage: report.usage,
    ...(costUsd !== undefined && { costUsd }),
    ...(lost.length > 0 && { losses: [...losses, ...lost] }),
  };
  if (fault) {
    if (wish.candidate.rank === state.primaryRank) state.primaryCause ??= fault.kind;
    journal.note({ type: 'fault', seq, fault, verdict: verdict ?? '', target: target.id }, state.now);
    const retryAfterMs = 'retryAfterMs' in fault ? fault.retryAfterMs : undefined;
    journal.report({
      target: target.id,
      reason: fault.kind,
      message: fault.message,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  const { rank } = wish.candidate;
  if (state.scores && !wish.splice) scoreAttempt(state, { rank, stream: wish.request.stream, fault, report, costUsd });
  deps.ledger.attemptEnded(ended);
  deps.observer.attemptEnded({ requestId: order.requestId, route: order.route.name, target, ended });
}

/** Refused requests are not billed; what broke off after it was sent may be, and nobody has said how much. */
function stateOf(report: AttemptReport): AttemptState {
  if (!report.dispatched) return 'free';
  if (report.fault && report.status !== undefined && (report.status < 200 || report.status > 299)) return 'free';
  if (!report.fault && report.usage.outputTokens !== undefined) return 'settled';
  return 'unknown';
}
