import type { ChatRequest } from '../model/chat-request.ts';
import type { Fault, FaultKind } from '../model/fault.ts';
import { Deadline } from '../resilience/deadline.ts';
import type { TokenNeed } from '../resilience/headroom.ts';
import type { Branch } from './branch.ts';
import { parityLost } from './demand-checks.ts';
import type { Candidate } from './eligibility.ts';
import { MIN_ATTEMPT_MS } from './engine-defaults.ts';
import { enterGate, type GateOutcome } from './gate-wait.ts';
import type { Lane, Permit } from './lane.ts';
import { type AttemptResult, oneAttempt } from './one-attempt.ts';
import { withRepair } from './prompt-adjustment.ts';
import { type Purse, type Reservation, UNSENT } from './purse.ts';
import type { RunState } from './run-state.ts';
import { faultBehind, sleep } from './scope.ts';
import { scoreRefusal } from './score-step.ts';
import { tokenNeed } from './token-need.ts';
import { judge, type Verdict, verdictInWords } from './verdict.ts';

/** What came of one target. */
export type TargetOutcome =
  | { readonly kind: 'complete' }
  /** Nothing was sent. `byBreaker`: only its breaker stood in the way. */
  | { readonly kind: 'skipped'; readonly byBreaker: boolean }
  | { readonly kind: 'next' }
  /** Its answer is whole and kept its contract, and is not good enough all the same. */
  | { readonly kind: 'rejected' }
  | { readonly kind: 'stop'; readonly fault: Fault }
  /** The answer broke after the caller had part of it. */
  | { readonly kind: 'broken'; readonly fault: Fault; readonly candidate: Candidate };

/** How a target is tried. */
export interface TargetTrial {
  readonly candidate: Candidate;
  /** This target's share of the request's time. */
  readonly budgetMs: number;
  /** Everything else is shut: go although the breaker says no, once. */
  readonly panic: boolean;
  /** Sent in the place of the caller's request. */
  readonly request?: ChatRequest;
  /** Asked of a whole answer that kept its contract: why it is not to be given all the same; undefined where it is. */
  readonly accept?: Acceptance;
}

export type Acceptance = (branch: Branch, seq: number) => string | undefined | Promise<string | undefined>;

/** Tries one target: admission, attempts, waits between them, until there is an answer or a verdict that leads elsewhere. */
export async function tryTarget(branch: Branch, trial: TargetTrial): Promise<TargetOutcome> {
  const { state } = branch;
  const lane = state.deps.lanes.of(trial.candidate.target, state.now);
  const budget = new Deadline(state.now, trial.budgetMs);
  let seen: Map<FaultKind, number> | undefined;
  let request: ChatRequest = trial.request ?? state.order.request;
  let tries = 0;
  let freshConnection = false;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (budget.remaining(state.now) < MIN_ATTEMPT_MS) return noTime(state, trial.candidate, tries);
    const entering = enter(branch, trial, lane, budget);
    const entry = entering instanceof Promise ? await entering : entering;
    if (entry.kind !== 'entered') return tries > 0 && entry.kind === 'skipped' ? { kind: 'next' } : entry;
    // A stale socket takes its attempt back, and its request is no second one.
    if (round === 0) lane.countAttempt(state.now);
    tries += 1;
    branch.delivery.restart();
    const result = await attempt(branch, trial, { ...entry, lane, request, budget, tries, freshConnection });
    if (!result.fault) {
      if (trial.accept) return accepted(branch, trial.accept, result);
      result.settle(undefined);
      return { kind: 'complete' };
    }
    seen ??= new Map();
    const times = (seen.get(result.fault.kind) ?? 0) + 1;
    seen.set(result.fault.kind, times);
    const outcome = await follow(branch, trial, { lane, budget, tries, times, result, fault: result.fault });
    if (outcome.kind !== 'again') return outcome;
    freshConnection = outcome.freshConnection;
    if (result.fault.kind === 'stale-connection') tries -= 1;
    if (outcome.withRepair) request = repaired(branch, request);
    if (outcome.withoutState) state.refuseState(trial.candidate.target.target);
  }
  return { kind: 'next' };
}

/** Settles a whole answer: a rejected one is billed and shown like any other. */
async function accepted(branch: Branch, accept: Acceptance, result: AttemptResult): Promise<TargetOutcome> {
  const { state } = branch;
  const why = await accept(branch, result.seq);
  result.settle(why === undefined ? undefined : `rejected: ${why}`);
  if (why === undefined) return { kind: 'complete' };
  const target = branch.serving?.candidate.target.target.id ?? '';
  state.journal.note({ type: 'rejected', target, seq: result.seq, why }, state.now);
  state.journal.report({ target, reason: 'rejected', message: why });
  return { kind: 'rejected' };
}

/** Attempts, free retries included, that one target can get of one request, whatever the table says. */
const MAX_ROUNDS = 8;

interface Ready {
  readonly lane: Lane;
  readonly permit: Permit;
  readonly reservation?: Reservation;
  readonly request: ChatRequest;
  readonly budget: Deadline;
  readonly tries: number;
  readonly freshConnection: boolean;
}

async function attempt(branch: Branch, trial: TargetTrial, ready: Ready): Promise<AttemptResult> {
  try {
    return await oneAttempt(branch, {
      candidate: trial.candidate,
      lane: ready.lane,
      permit: ready.permit,
      ...(ready.reservation && { reservation: ready.reservation }),
      request: ready.request,
      budgetMs: ready.budget.remaining(branch.state.now),
      tryOfTarget: ready.tries,
      freshConnection: ready.freshConnection,
    });
  } finally {
    ready.lane.gate.leave();
  }
}

type Entry =
  | { readonly kind: 'entered'; readonly permit: Permit; readonly reservation?: Reservation }
  | Extract<TargetOutcome, { kind: 'skipped' | 'stop' }>;

/** Leave to send one request: at once, unless it has to wait at the gate. */
export function enter(branch: Branch, trial: TargetTrial, lane: Lane, budget: Deadline): Entry | Promise<Entry> {
  const { purse } = branch.state.situation;
  return purse ? paid(branch, trial, lane, { purse, budget }) : admitted(branch, trial, lane, budget);
}

/** The price is set aside first, so that nobody else spends it while this one waits. */
async function paid(
  branch: Branch,
  trial: TargetTrial,
  lane: Lane,
  { purse, budget }: { readonly purse: Purse; readonly budget: Deadline },
): Promise<Entry> {
  const taken = purse.reserve(trial.candidate);
  if ('refusal' in taken) return skip(branch.state, trial.candidate, taken.refusal);
  const entry = await admitted(branch, trial, lane, budget);
  if (entry.kind === 'entered') return { ...entry, reservation: taken.reservation };
  taken.reservation.settle(UNSENT);
  return entry;
}

/** Leave of hold, gate and breaker, in the order in which a refusal is cheapest. */
function admitted(branch: Branch, trial: TargetTrial, lane: Lane, budget: Deadline): Entry | Promise<Entry> {
  const { state } = branch;
  const route = state.order.route.name;
  const need = tokenNeed(lane, trial.candidate, state.needs, state.now);
  const refusal = trial.panic ? lane.barred(state.now, route, need) : lane.refusal(state.now, route, need);
  if (refusal) return skip(state, trial.candidate, refusal);
  const crowded = lane.gate.active >= lane.gateLimits.concurrency;
  const waitedFrom = state.now;
  if (crowded) state.journal.leaves(waitedFrom);
  const party = crowded ? partyOf(state) : '';
  const wait = { maxMs: budget.remaining(state.now), party, signal: branch.signal };
  const gate = enterGate(lane, wait, state.deps.clock);
  const cross = (outcome: GateOutcome) => {
    if (crowded) noteWait(state, trial.candidate, 'gate', waitedFrom);
    return crossed(branch, trial, { lane, need, gate: outcome });
  };
  return gate instanceof Promise ? gate.then(cross) : cross(gate);
}

/** What is asked once there is a place at the gate; while it waited much may have changed. */
function crossed(
  branch: Branch,
  trial: TargetTrial,
  { lane, need, gate }: { readonly lane: Lane; readonly need: TokenNeed | undefined; readonly gate: GateOutcome },
): Entry {
  const { state } = branch;
  if (gate === 'gone') return { kind: 'stop', fault: faultBehind(branch.signal) };
  if (gate !== 'entered') {
    const detail = gate === 'full' ? 'all places and the queue are taken' : 'no place came free in time';
    return skip(state, trial.candidate, { reason: 'headroom', detail, retryAfterMs: HEADROOM_RETRY_MS });
  }
  const lost = parityLost(trial.candidate, state.situation);
  if (lost) {
    lane.gate.leave();
    return skip(state, trial.candidate, lost);
  }
  if (trial.panic) return panicking(state, trial, lane, need);
  const admission = lane.admit(state.now, state.deps.chance.next(), state.order.route.name, need);
  if (admission.ok) return { kind: 'entered', permit: admission.permit };
  lane.gate.leave();
  return skip(state, trial.candidate, admission);
}

/** Who takes turns at a gate: each caller with each of its routes, so that neither a greedy caller nor a failing route keeps the others out. */
function partyOf({ order }: RunState): string {
  return `${order.caller ?? ''} ${order.route.name}`;
}

/** Past the breaker, and past nothing else: while it waited at the gate a hold may have been put on the lane. */
function panicking(state: RunState, trial: TargetTrial, lane: Lane, need: TokenNeed | undefined): Entry {
  const barred = lane.barred(state.now, state.order.route.name, need);
  if (!barred) return { kind: 'entered', permit: { kind: 'past', admittedAt: state.now } };
  lane.gate.leave();
  return skip(state, trial.candidate, barred);
}

/** What a caller is told who was shed for want of room. */
const HEADROOM_RETRY_MS = 1_000;

interface Refused {
  readonly reason: string;
  readonly detail: string;
  readonly retryAfterMs?: number;
  /** A rate limit of the provider's stands in the way. */
  readonly limited?: boolean;
}

/** Notes that a target is not asked, and why. */
export function skip(state: RunState, candidate: Candidate, why: Refused): Extract<TargetOutcome, { kind: 'skipped' }> {
  const target = candidate.target.target.id;
  const retryAfterMs = why.retryAfterMs;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  state.journal.note({ type: 'skipped', target, reason: why.reason, detail: why.detail, ...wait }, state.now);
  const limited = why.limited ? { limited: true } : {};
  state.journal.report({ target, reason: why.reason, message: why.detail, ...wait, ...limited });
  if (candidate.rank === state.primaryRank) state.primaryCause ??= why.reason;
  if (state.scores) scoreRefusal(state, candidate.rank, why);
  return { kind: 'skipped', byBreaker: why.reason === 'breaker-open' };
}

function noTime(state: RunState, candidate: Candidate, tries: number): TargetOutcome {
  if (tries > 0) return { kind: 'next' };
  return skip(state, candidate, { reason: 'no-time', detail: `less than ${MIN_ATTEMPT_MS} ms are left for it` });
}

interface Judged {
  readonly lane: Lane;
  readonly budget: Deadline;
  readonly tries: number;
  readonly times: number;
  readonly result: AttemptResult;
  readonly fault: Fault;
}

type Followed =
  | TargetOutcome
  | {
      readonly kind: 'again';
      readonly freshConnection: boolean;
      readonly withRepair: boolean;
      readonly withoutState: boolean;
    };

/** Applies the verdict to a failed attempt, the wait before a retry included. */
async function follow(branch: Branch, trial: TargetTrial, judged: Judged): Promise<Followed> {
  const { state } = branch;
  const { fault, result } = judged;
  const { candidate } = trial;
  if (fault.kind === 'outrun') {
    // The transport puts its own words before those of the fault that it was cancelled with.
    result.settle(branch.signal.aborted ? faultBehind(branch.signal).message : fault.message);
    return { kind: 'stop', fault };
  }
  if (branch.delivery.committed) {
    result.settle(`after the commit point: ${state.order.route.recovery}`);
    return fault.kind === 'caller-gone' ? { kind: 'stop', fault } : { kind: 'broken', fault, candidate };
  }
  const verdict = verdictOn(state, trial, judged);
  result.settle(verdictInWords(verdict));
  switch (verdict.kind) {
    case 'stop':
      return { kind: 'stop', fault };
    case 'next':
      if (verdict.onlyLargerWindow) {
        const known = candidate.target.target.capabilities.contextWindow ?? 0;
        state.windowAbove = Math.max(state.windowAbove, known, judged.lane.learnedWindow ?? 0);
      }
      return { kind: 'next' };
    case 'retry-same': {
      state.extras += 1;
      if (verdict.waitMs > 0) {
        const from = state.now;
        state.journal.leaves(from);
        const slept = await sleep(state.deps.clock, verdict.waitMs, branch.signal);
        noteWait(state, candidate, verdict.wait === 'retry-after' ? 'retry-after' : 'backoff', from);
        if (!slept) return { kind: 'stop', fault: faultBehind(branch.signal) };
      }
      return { ...verdict, kind: 'again' };
    }
  }
}

function verdictOn(state: RunState, trial: TargetTrial, judged: Judged): Verdict {
  const { route } = state.order;
  const { lane, fault, budget } = judged;
  return judge({
    fault,
    tries: state.sharesAttempts ? Math.max(judged.tries, 1 + state.extras) : judged.tries,
    timesSeen: judged.times,
    maxTries: trial.panic ? 1 : route.attempts,
    budgetLeftMs: budget.remaining(state.now),
    laneOpen: lane.breakerState(state.now) === 'closed' || lane.breakerState(state.now) === 'ramping',
    // Without a rule that was broken there is nothing that the model could do better.
    repairAllowed: route.repair !== undefined && fault.kind === 'contract-broken' && fault.rule !== undefined,
    onContentPolicy: route.onContentPolicy,
    random: state.deps.chance.next(),
    takeRetry: () => lane.takeRetry(state.now),
  });
}

function repaired({ state, delivery }: Branch, request: ChatRequest): ChatRequest {
  const words = state.order.route.repair;
  if (words === undefined) return request;
  const said = delivery.answer().parts.filter((part) => part.type === 'text');
  return withRepair(request, { role: 'assistant', parts: said }, words);
}

function noteWait(state: RunState, candidate: Candidate, why: 'backoff' | 'retry-after' | 'gate', from: number): void {
  const now = state.now;
  state.journal.returns(now);
  state.journal.note({ type: 'waited', target: candidate.target.target.id, why, ms: now - from }, now);
}
