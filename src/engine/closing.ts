import type { Failure, FailureCode, TargetReport } from '../model/failure.ts';
import type { Fault } from '../model/fault.ts';
import { type Candidate, ineligibility } from './eligibility.ts';
import type { FailoverEvent, Outcome, RequestEnded } from './record.ts';
import { PREPARED_BY, type RunState } from './run-state.ts';
import type { UsedUp } from './spending.ts';

/** The request's own fault, refused by a provider: passed on with the provider's status and words. */
export function refusal(state: RunState, fault: Fault): Failure {
  const base = { targets: state.journal.reports, shouldRetry: false, fault, requestId: state.order.requestId };
  switch (fault.kind) {
    case 'deadline-exceeded':
      return { ...base, code: 'deadline_exceeded', status: 504, message: fault.message };
    case 'invalid-request':
    case 'content-policy':
    case 'context-too-long':
    case 'provider-rejected':
    case 'model-not-found':
      return {
        ...base,
        code: 'upstream_refused',
        status: clientStatus(fault.status),
        message: fault.complaint?.message ?? fault.message,
      };
    default:
      return {
        ...base,
        code: 'upstream_refused',
        status: 502,
        message: `the provider answered in a way that no rule covers: ${fault.message}`,
      };
  }
}

function clientStatus(status: number | undefined): number {
  return status !== undefined && status >= 400 && status < 500 ? status : 400;
}

/** Nobody could serve: one error that says why for each target, and when to come back. */
export function exhausted(state: RunState, lastFault: Fault | undefined): Failure {
  const targets = state.journal.reports;
  const base = { targets, shouldRetry: false, requestId: state.order.requestId };
  const waits = targets.flatMap((report) => (report.retryAfterMs === undefined ? [] : [report.retryAfterMs]));
  const soonest = waits.length > 0 ? { retryAfterMs: Math.min(...waits) } : {};
  const list = targets.map((report) => `${report.target}: ${report.reason}`).join('; ');
  if (lastFault && isAboutTheRequest(state, lastFault)) return refusal(state, lastFault);
  if (
    state.attempts === 0 &&
    targets.some(isBudget) &&
    targets.every((report) => isBudget(report) || isStatic(report))
  ) {
    const message = `the budget of route "${state.order.route.name}" or of its caller does not allow this request now (${list})`;
    return { ...base, ...soonest, code: 'budget_exhausted', status: 429, message };
  }
  // Refusing what others would give is the caller's own, and no cure either.
  if (state.attempts === 0 && targets.every((report) => isStatic(report) || report.reason === 'quality-strict')) {
    const field = fieldNobodyCanServe(state);
    return {
      ...base,
      code: 'no_eligible_target',
      status: 400,
      message: `no target of route "${state.order.route.name}" may serve this request (${list})`,
      ...(field !== undefined && { field }),
    };
  }
  if (state.deadline.expired(state.now)) {
    return {
      ...base,
      ...soonest,
      code: 'deadline_exceeded',
      status: 504,
      message: `the deadline passed before any target answered (${list})`,
    };
  }
  const [code, status] = statusOf(targets);
  return {
    ...base,
    ...soonest,
    code,
    status,
    message: `all targets of route "${state.order.route.name}" failed or are unavailable (${list})`,
  };
}

/** What the caller would have to leave out; undefined where it is not a field that stands in the way. */
function fieldNobodyCanServe({ candidates, situation }: RunState): string | undefined {
  const fields = candidates.map((candidate) => ineligibility(candidate, situation)?.field);
  return fields.find((field) => field !== undefined);
}

/**
 * No waiting and no other target cures it, only another request: the caller then needs the provider's words and a 4xx,
 * not "unavailable". A model that nobody has is the caller's own mistake where the caller named it, else the route's.
 */
function isAboutTheRequest({ order, journal, candidates }: RunState, fault: Fault): boolean {
  switch (fault.kind) {
    case 'context-too-long':
      return true;
    case 'provider-rejected':
    case 'content-policy':
      return journal.reports.every((report) => report.reason === fault.kind || isStatic(report));
    case 'model-not-found':
      return candidates.length === 1 && candidates[0]?.target.target.id === order.route.name;
    default:
      return false;
  }
}

/** Reasons that no waiting cures. */
const STATIC_REASON =
  /^(capability\(|provider-state\(|context-window|residency|retention|language|tier|parity-|prompt-missing|cost-multiple|pinned-elsewhere)/;
const LIMIT_REASON = /^(rate-limited|lane-held|quota-exhausted)$/;

function isStatic({ reason }: TargetReport): boolean {
  return STATIC_REASON.test(reason);
}

function isBudget({ reason }: TargetReport): boolean {
  return reason === 'budget';
}

/** More requests than a rate lets in: nobody was asked. */
export function overRate(state: RunState, { detail, retryAfterMs }: UsedUp): Failure {
  return {
    code: 'rate_limited',
    status: 429,
    message: detail,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    shouldRetry: false,
    targets: [],
    requestId: state.order.requestId,
  };
}

function statusOf(targets: readonly TargetReport[]): [FailureCode, number] {
  if (targets.length > 0 && targets.every((report) => report.limited || LIMIT_REASON.test(report.reason)))
    return ['all_targets_failed', 429];
  if (targets.every((report) => report.reason === 'contract-broken')) return ['contract_broken', 502];
  if (targets.every((report) => report.reason === 'headroom')) return ['overloaded', 503];
  return ['all_targets_failed', 503];
}

/** The caller has part of an answer that cannot be finished. */
export function interrupted(state: RunState, fault: Fault): Failure {
  const contract = fault.kind === 'contract-broken' || (fault.kind === 'bad-response' && fault.what === 'empty');
  return {
    code: contract ? 'contract_broken' : 'stream_interrupted',
    status: 502,
    message: contract
      ? `the answer breaks its contract: ${fault.message}`
      : `the answer was cut off after it had begun: ${fault.message}`,
    shouldRetry: false,
    targets: state.journal.reports,
    requestId: state.order.requestId,
  };
}

/** The last row of a request. */
export function endedRow(state: RunState, outcome: Outcome, failure: Failure | undefined): RequestEnded {
  const answered = outcome === 'served' || outcome === 'interrupted';
  const served = answered && !state.prepared;
  const serving = served ? state.serving : undefined;
  const degraded = answered ? state.degraded() : undefined;
  const promptVersion = serving?.candidate.target.prompt?.version;
  const failover = failoverOf(state, served);
  return {
    requestId: state.order.requestId,
    outcome,
    ...(serving && { servedBy: serving.candidate.target.target.id }),
    ...(state.prepared && { servedBy: PREPARED_BY }),
    attempts: state.attempts,
    ...(degraded && { degraded }),
    ...(promptVersion !== undefined && { promptVersion }),
    ...(failure && { failure: { code: failure.code, status: failure.status, message: failure.message } }),
    ...(state.firstContentMs !== undefined && { firstContentMs: state.firstContentMs }),
    durationMs: state.elapsedMs,
    overheadMs: state.journal.overheadMs(state.now),
    usage: state.usage,
    ...(state.costUsd !== undefined && { costUsd: state.costUsd }),
    ...(failover && { failover }),
    decisions: state.journal.decisions,
  };
}

/**
 * Another than the target that should serve was asked because that one could not. Where several are asked in the
 * ordinary course of things, their answers are none of a failover.
 */
function failedOver(state: RunState, candidate: Candidate): boolean {
  if (state.order.route.policy.kind !== 'same-model') return state.isFallback(candidate);
  return candidate.rank !== state.primaryRank && state.primaryCause !== undefined && state.primaryCause !== 'outrun';
}

/** A failover happened when another than the primary was asked, or served. */
function failoverOf(state: RunState, served: boolean): FailoverEvent | undefined {
  const serving = state.serving;
  if (!serving || !(state.branch.switched || failedOver(state, serving.candidate))) return undefined;
  const primary = state.candidates[state.primaryRank]?.target.target;
  const asPrimary = primary && state.deps.price(primary, state.usage);
  const costDeltaUsd = state.costUsd !== undefined && asPrimary !== undefined ? state.costUsd - asPrimary : undefined;
  const promptVersion = serving.candidate.target.prompt?.version;
  return {
    primary: state.primary,
    error: state.whyNotPrimary,
    ...(served && { target: serving.candidate.target.target.id }),
    latencyDeltaMs: serving.startedMs,
    ...(costDeltaUsd !== undefined && { costDeltaUsd }),
    ...(promptVersion !== undefined && { promptVersion }),
  };
}
