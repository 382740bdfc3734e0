import type { ChatEvent } from '../model/chat-event.ts';
import type { Failure } from '../model/failure.ts';
import { stateOrigin } from '../model/state-origin.ts';
import type { ServedSummary } from '../model/summary.ts';
import type { Target } from '../model/target.ts';
import { endedRow, exhausted, interrupted, overRate, refusal } from './closing.ts';
import { type Course, courseOf } from './course.ts';
import type { AnswerSink } from './delivery.ts';
import { withNotice } from './notice-in-text.ts';
import { preparedFor } from './prepared-answer.ts';
import { unusablePrompt } from './prompts.ts';
import type { Outcome, RequestEnded } from './record.ts';
import { recover } from './recovery.ts';
import { type EngineDeps, type RunOrder, RunState } from './run-state.ts';
import { CallerCut, haltBehind } from './scope.ts';

/** What became of a request. Its ledger row is durable by the time this is known. */
export type RunResult =
  /** `events`: what the caller has not been given yet, the end of the answer at least. */
  | {
      readonly kind: 'served';
      readonly events: readonly ChatEvent[];
      readonly summary: ServedSummary;
      readonly target: Target;
      /** The answer is no longer what the provider sent, and cannot be forwarded. */
      readonly rewritten?: true;
    }
  /** Nobody served, and the route has an answer for this case: all of it. */
  | { readonly kind: 'prepared'; readonly events: readonly ChatEvent[]; readonly summary: ServedSummary }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'caller-gone' };

/**
 * Serves one request: the one loop, for every dialect, streaming or not, live, shadow, drill and eval.
 * Never throws for anything a provider or a caller does.
 */
export async function run(order: RunOrder, sink: AnswerSink, deps: EngineDeps): Promise<RunResult> {
  const state = new RunState(order, sink, deps);
  begin(state);
  try {
    if (state.promptProblem) return await failed(state, unusablePrompt(state, state.promptProblem), 'failed');
    const usedUp = deps.spending.admit(
      order.route,
      { caller: order.caller, tags: order.request.options.tags },
      state.now,
    );
    if (usedUp) return await failed(state, overRate(state, usedUp), 'failed');
    return await conclude(state, await courseOf(state));
  } finally {
    state.close();
  }
}

async function conclude(state: RunState, outcome: Course): Promise<RunResult> {
  switch (outcome.kind) {
    case 'complete':
      return served(state);
    case 'stop':
      if (outcome.fault.kind === 'caller-gone') return gone(state);
      return unserved(state, refusal(state, outcome.fault));
    case 'broken': {
      const recovered = await recover(state.branch, outcome);
      if (recovered.kind === 'complete') return served(state);
      if (recovered.kind === 'gone') return gone(state);
      return failed(state, interrupted(state, recovered.fault), 'interrupted');
    }
    case 'exhausted':
      return unserved(state, exhausted(state, outcome.lastFault));
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

async function served(state: RunState): Promise<RunResult> {
  const target = state.serving?.candidate.target.target;
  if (!target) throw new Error('served without a target');
  state.firstContentMs ??= state.elapsedMs;
  const lost = await record(state, 'served', undefined);
  if (lost) return { kind: 'failed', failure: lost };
  remember(state, target);
  state.deps.preference.served(state);
  const summary = state.summary();
  const events = withNotice(state.branch.delivery.rest(), summary.degraded, state.branch);
  return { kind: 'served', events, summary, target, ...(state.branch.delivery.rewritten && { rewritten: true }) };
}

/** Nobody served: the failure is told, unless the route has an answer that was prepared for it. */
async function unserved(state: RunState, failure: Failure): Promise<RunResult> {
  const events = preparedFor(state, failure);
  if (!events) return failed(state, failure, 'failed');
  state.prepared = failure;
  state.journal.note({ type: 'prepared', because: failure.code }, state.now);
  state.firstContentMs ??= state.elapsedMs;
  const lost = await record(state, 'served', failure);
  if (lost) return { kind: 'failed', failure: lost };
  return { kind: 'prepared', events, summary: state.summary() };
}

/** An answer of two targets is nobody's: neither would know its state again. */
function remember({ order, deps, branch, now }: RunState, target: Target): void {
  if (branch.switched) return;
  deps.memory.remember(
    {
      caller: order.caller ?? '',
      origin: stateOrigin(target),
      before: order.request.messages,
      parts: branch.delivery.answer().parts,
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
    return failed(state, failure, state.branch.delivery.committed ? 'interrupted' : 'failed');
  }
  const { reason } = state.order.signal;
  state.journal.note({ type: 'stopped', reason: reason instanceof CallerCut ? reason.why : 'caller-gone' }, state.now);
  await record(state, 'caller-gone', undefined);
  return { kind: 'caller-gone' };
}

function noteDegradation(state: RunState, outcome: Outcome): void {
  const degraded = outcome === 'served' ? state.degraded() : undefined;
  if (!degraded) return;
  const { reasons, severity, parity, notice } = degraded;
  state.journal.note(
    {
      type: 'degraded',
      reasons,
      severity,
      ...(parity !== undefined && { parity }),
      ...(notice && { notice: notice.language }),
    },
    state.now,
  );
}

/** How long an answer waits for its row. */
const LEDGER_WAIT_MS = 5_000;

/** Writes the last row and waits until it is durable. Gives the failure to answer with where the route demands the row. */
async function record(state: RunState, outcome: Outcome, failure: Failure | undefined): Promise<Failure | undefined> {
  const { deps, order } = state;
  noteDegradation(state, outcome);
  const row = endedRow(state, outcome, failure);
  deps.observer.requestEnded({ route: order.route.name, request: order.request, ended: row });
  try {
    await durable(deps, row);
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
  }
}

/** Resolves once the row is durable; rejects where it is not, or not in time. */
function durable({ ledger, clock }: EngineDeps, row: RequestEnded): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error('the ledger did not answer in time'));
    const cancel = clock.setTimer(LEDGER_WAIT_MS, late);
    ledger.requestEnded(row).then(
      () => {
        cancel();
        resolve();
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
