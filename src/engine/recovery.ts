import type { Fault } from '../model/fault.ts';
import { Deadline } from '../resilience/deadline.ts';
import type { Branch } from './branch.ts';
import { type Candidate, ineligibility } from './eligibility.ts';
import { oneAttempt } from './one-attempt.ts';
import { withPrefill } from './prompt-adjustment.ts';
import type { RunState } from './run-state.ts';
import { ContinueSplice, ResumeSplice, type Splice } from './splice.ts';
import { isStrict } from './strict-quality.ts';
import { enter, skip } from './try-target.ts';

/** What recovery came to: the answer is whole after all, or it stays broken for this reason. */
export type Recovered =
  | { readonly kind: 'complete' }
  | { readonly kind: 'broken'; readonly fault: Fault }
  | { readonly kind: 'gone' };

/**
 * Goes on after a fault that came when the caller already had part of the answer, by the route's recovery mode.
 * Never inside a tool call, a refusal or a JSON answer: half of one and half of another is worse than an error.
 */
export async function recover(branch: Branch, broken: { fault: Fault; candidate: Candidate }): Promise<Recovered> {
  const { state, delivery } = branch;
  const { route, request } = state.order;
  const { fault } = broken;
  const mode = route.recovery;
  const spliceable = !delivery.sentMoreThanText && request.output.kind === 'text' && delivery.sentText !== '';
  // One answer of two targets is a degraded one.
  if (mode === 'error' || isStrict(state) || !spliceable || fault.kind === 'contract-broken')
    return { kind: 'broken', fault };
  for (const candidate of state.candidates) {
    if (candidate.rank === broken.candidate.rank) continue;
    const outcome = await joinWith(branch, { candidate, mode, from: broken.candidate });
    if (outcome !== 'not-joined') return outcome;
  }
  return { kind: 'broken', fault };
}

interface Joining {
  readonly candidate: Candidate;
  readonly mode: 'resume' | 'continue';
  readonly from: Candidate;
}

async function joinWith(branch: Branch, joining: Joining): Promise<Recovered | 'not-joined'> {
  const { state, delivery } = branch;
  const { candidate, mode } = joining;
  if (!mayJoin(state, joining)) return 'not-joined';
  const lane = state.deps.lanes.of(candidate.target, state.now);
  const budgetMs = candidate.target.stream.firstContentMs;
  const entry = await enter(branch, { candidate, budgetMs, panic: false }, lane, new Deadline(state.now, budgetMs));
  if (entry.kind === 'stop') return { kind: 'gone' };
  if (entry.kind === 'skipped') return 'not-joined';
  const sent = delivery.sentText;
  const prefill = sent.trimEnd();
  const splice: Splice = mode === 'resume' ? new ResumeSplice(sent) : new ContinueSplice(sent);
  delivery.dropTail();
  const request = mode === 'resume' ? state.order.request : withPrefill(state.order.request, prefill);
  try {
    lane.countAttempt(state.now);
    const result = await oneAttempt(branch, {
      candidate,
      lane,
      permit: entry.permit,
      ...(entry.reservation && { reservation: entry.reservation }),
      request,
      budgetMs,
      tryOfTarget: 1,
      freshConnection: false,
      splice: { splice, how: mode, from: joining.from.target.target.id },
    });
    result.settle(result.fault ? `after the commit point: ${splice.joined ? 'error' : 'not joined'}` : undefined);
    if (!result.fault) {
      branch.serving = {
        candidate,
        seq: result.seq,
        losses: branch.serving?.losses ?? [],
        startedMs: branch.serving?.startedMs ?? 0,
      };
      return { kind: 'complete' };
    }
    if (result.fault.kind === 'caller-gone') return { kind: 'gone' };
    return splice.joined ? { kind: 'broken', fault: result.fault } : 'not-joined';
  } finally {
    lane.gate.leave();
  }
}

/** Everything that held for attempt one holds here; `continue` needs a target known to take a prefill besides. */
function mayJoin(state: RunState, joining: Joining): boolean {
  const { candidate, mode } = joining;
  const barred = ineligibility(candidate, state.situation);
  if (barred) {
    skip(state, candidate, barred);
    return false;
  }
  if (mode === 'continue' && candidate.target.target.capabilities.abilities.prefill !== 'yes') {
    skip(state, candidate, { reason: 'capability(prefill)', detail: 'not known to go on from a prefill' });
    return false;
  }
  return true;
}
