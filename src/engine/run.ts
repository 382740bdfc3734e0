import type { ChatEvent } from '../model/chat-event.ts';
import type { Failure } from '../model/failure.ts';
import type { Fault } from '../model/fault.ts';
import { stateOrigin } from '../model/state-origin.ts';
import type { ServedSummary } from '../model/summary.ts';
import type { Target } from '../model/target.ts';
import { endedRow, exhausted, interrupted, refusal } from './closing.ts';
import { tooLongByCount } from './count-step.ts';
import type { AnswerSink } from './delivery.ts';
import { type Candidate, ineligibility } from './eligibility.ts';
import type { Outcome } from './record.ts';
import { recover } from './recovery.ts';
import { type EngineDeps, type RunOrder, RunState } from './run-state.ts';
import { haltBehind } from './scope.ts';
import { skip, type TargetOutcome, tryTarget } from './try-target.ts';
import { windowOf } from './window-fit.ts';

/** What became of a request. Its ledger row is durable by the time this is known. */
export type RunResult =
  /** `events`: what the caller has not been given yet, the end of the answer at least. */
  | {
      readonly kind: 'served';
      readonly events: readonly ChatEvent[];
      readonly summary: ServedSummary;
      readonly target: Target;
    }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'caller-gone' };

/**
 * Serves one request: the one loop, for every dialect, streaming or not, live, shadow, drill and eval.
 * Never throws for anything a provider or a caller does.
 */
export async function run(order: RunOrder, sink: AnswerSink, deps: EngineDeps): Promise<RunResult> {
  const state = new RunState(order, sink, deps);
  begin(state);
  const outcome = await walk(state);
  switch (outcome.kind) {
    case 'complete':
      return served(state);
    case 'stop':
      if (outcome.fault.kind === 'caller-gone') return gone(state);
      return failed(state, refusal(state, outcome.fault), 'failed');
    case 'broken': {
      const recovered = await recover(state, outcome);
      if (recovered.kind === 'complete') return served(state);
      if (recovered.kind === 'gone') return gone(state);
      return failed(state, interrupted(state, recovered.fault), 'interrupted');
    }
    case 'exhausted':
      return failed(state, exhausted(state, outcome.lastFault), 'failed');
  }
}

function begin(state: RunState): void {
  const { order, deps } = state;
  const { request, requestId, route } = order;
  deps.ledger.requestBegun({
    requestId,
    at: deps.clock.wallNow() - state.elapsedMs,
    route: route.name,
    dialect: request.dialect,
    stream: request.stream,
    ...(order.caller !== undefined && { caller: order.caller }),
    tags: request.options.tags ?? [],
    primary: state.primary,
  });
  deps.observer.requestBegun({ requestId, route: route.name, request, traceparent: order.traceparent });
}

type Walked =
  | Extract<TargetOutcome, { kind: 'complete' | 'stop' | 'broken' }>
  | { readonly kind: 'exhausted'; readonly lastFault: Fault | undefined };

/** Walks the targets in order. When every one of them is shut by its breaker, the first is asked all the same. */
async function walk(state: RunState): Promise<Walked> {
  const eligible = plan(state);
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

/** Who may serve at all, in the route's order; everybody else is noted with the reason. */
function plan(state: RunState): Candidate[] {
  return state.candidates.filter((candidate) => {
    const why = ineligibility(candidate, state.order.request, state.needs);
    if (why) skip(state, candidate, why);
    else state.journal.note({ type: 'eligible', target: candidate.target.target.id }, state.now);
    return why === undefined;
  });
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

async function served(state: RunState): Promise<RunResult> {
  const target = state.serving?.candidate.target.target;
  if (!target) throw new Error('served without a target');
  state.firstContentMs ??= state.elapsedMs;
  const lost = await record(state, 'served', undefined);
  if (lost) return { kind: 'failed', failure: lost };
  remember(state, target);
  return { kind: 'served', events: state.delivery.rest(), summary: state.summary(), target };
}

/** An answer of two targets is nobody's: neither would know its state again. */
function remember({ order, deps, delivery, switched, now }: RunState, target: Target): void {
  if (switched) return;
  deps.memory.remember(
    {
      caller: order.caller ?? '',
      origin: stateOrigin(target),
      before: order.request.messages,
      parts: delivery.answer().parts,
      withPlainThinking: target.quirks.reasoningReplay === 'with-tool-calls',
    },
    now,
  );
}

async function failed(state: RunState, failure: Failure, outcome: Outcome): Promise<RunResult> {
  state.journal.note({ type: 'stopped', reason: failure.code }, state.now);
  await record(state, outcome, failure);
  return { kind: 'failed', failure };
}

async function gone(state: RunState): Promise<RunResult> {
  const halt = haltBehind(state.order.signal);
  if (halt) {
    const failure = { ...halt.failure, requestId: state.order.requestId };
    return failed(state, failure, state.delivery.committed ? 'interrupted' : 'failed');
  }
  state.journal.note({ type: 'stopped', reason: 'caller-gone' }, state.now);
  await record(state, 'caller-gone', undefined);
  return { kind: 'caller-gone' };
}

/** How long an answer waits for its row. */
const LEDGER_WAIT_MS = 5_000;

/** Writes the last row and waits until it is durable. Gives the failure to answer with where the route demands the row. */
async function record(state: RunState, outcome: Outcome, failure: Failure | undefined): Promise<Failure | undefined> {
  const { deps, order } = state;
  const row = endedRow(state, outcome, failure);
  deps.observer.requestEnded({ route: order.route.name, request: order.request, ended: row });
  let cancel: () => void = () => {};
  try {
    const late = new Promise<never>((_, reject) => {
      cancel = deps.clock.setTimer(LEDGER_WAIT_MS, () => reject(new Error('the ledger did not answer in time')));
    });
    await Promise.race([deps.ledger.requestEnded(row), late]);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    deps.alerts.raise({ kind: 'ledger-trouble', message }, state.now);
    if (order.route.audit === 'best-effort') return undefined;
    return {
      code: 'ledger_unavailable',
      status: 503,
      message: 'the record of this request could not be written, and its route requires one',
      shouldRetry: false,
      targets: [],
      requestId: order.requestId,
    };
  } finally {
    cancel();
  }
}
