import type { Fault } from '../model/fault.ts';
import { DEFAULT_ADAPTIVE } from '../resilience/adaptive-limit.ts';
import { Breaker } from '../resilience/breaker.ts';
import { RAMP_CONSECUTIVE } from '../resilience/breaker-policy.ts';
import { ConcurrencyGate } from '../resilience/concurrency-gate.ts';
import { DEFAULT_HEADROOM, type TokenNeed } from '../resilience/headroom.ts';
import type { LaneLatency } from '../resilience/lane-latency.ts';
import { DEFAULT_LATENCY_WINDOW } from '../resilience/latency-window.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import { DEFAULT_SLOW } from '../resilience/slow-trigger.ts';
import { QUOTA_HOLD_MS, UNNAMED_HOLD_MS } from './engine-defaults.ts';
import { FAULT_TABLE } from './fault-table.ts';
import { LaneDoors, type LaneRefusal, waitUntil } from './lane-doors.ts';
import { type EarlyLimits, LanePace, type Pace } from './lane-pace.ts';
import type { Admission, BreakerMoved, BreakerState, LanePolicy, Permit } from './lane-permit.ts';
import type { Clock } from './ports.ts';
import type { GateLimits, Timeouts } from './route.ts';
import { TokenFactor } from './token-factor.ts';

export type { LaneRefusal } from './lane-doors.ts';
export type { Admission, BreakerMoved, BreakerState, LanePolicy, Permit } from './lane-permit.ts';

/** The middle of chance: replicas measure slowness at moments that differ by themselves. */
const NO_SPREAD = 0.5;

/** Everything known of one lane (provider credential × model): breaker, hold, admission gate, retry budget, learned window. */
export class Lane {
  readonly id: string;
  readonly gate: ConcurrencyGate;
  readonly gateLimits: GateLimits;
  readonly #breaker: Breaker;
  readonly #doors: LaneDoors;
  readonly #pace: LanePace;
  readonly #budget: RetryBudget;
  /** Tokens, learned from a context-too-long fault. */
  learnedWindow: number | undefined;
  readonly tokens = new TokenFactor();
  /** Until then the vendor's counter is left alone: it failed. */
  counterRestsUntil = Number.NEGATIVE_INFINITY;
  /** Monotonic moments of the last answer and of the last fault that spoke of its health. */
  answeredAt = Number.NEGATIVE_INFINITY;
  failedAt = Number.NEGATIVE_INFINITY;
  lastUsedAt: number;
  readonly #onMove: BreakerMoved;
  #lastState: BreakerState = 'closed';
  #leftClosedAt = Number.NEGATIVE_INFINITY;
  /** What was measured before an outage says nothing of the time after it. */
  #adaptsFrom = Number.NEGATIVE_INFINITY;
  /** Answers in a row that were too slow, while the lane comes back from an outage of slowness. */
  #slowInRow = 0;

  constructor(id: string, limits: GateLimits, policy: LanePolicy, now: number, onMove: BreakerMoved) {
    this.id = id;
    this.#onMove = onMove;
    this.gateLimits = limits;
    this.gate = new ConcurrencyGate({ concurrency: limits.concurrency, queue: limits.queue });
    this.#breaker = new Breaker(policy.breaker, now);
    this.#budget = new RetryBudget(policy.retryBudget, now);
    this.#doors = new LaneDoors(policy.headroom ?? DEFAULT_HEADROOM);
    this.#pace = new LanePace(policy.slow ?? DEFAULT_SLOW, policy.adaptive ?? DEFAULT_ADAPTIVE, now);
    this.lastUsedAt = now;
  }

  /**
   * Asks for leave, for a request of `route` that takes `need` of the token limits. A granted probe occupies the lane's
   * only probe place until it is reported.
   */
  admit(now: number, random: number, route?: string, need?: TokenNeed): Admission {
    this.lastUsedAt = now;
    const barred = this.barred(now, route, need);
    if (barred) return { ok: false, ...barred };
    const answer = this.#breaker.admit(now, random);
    this.#watch(now);
    switch (answer.kind) {
      case 'pass':
      case 'probe':
        return { ok: true, permit: { kind: answer.kind, admittedAt: now, sent: this.#doors.headroom.countSent() } };
      case 'refused':
        return {
          ok: false,
          reason: 'breaker-open',
          detail: answer.reason,
          retryAfterMs: Math.ceil(answer.retryAfterMs),
        };
    }
  }

  /** Whether a request would have a chance, without taking a place. */
  refusal(now: number, route?: string, need?: TokenNeed): LaneRefusal | undefined {
    const barred = this.barred(now, route, need);
    if (barred) return barred;
    const state = this.#breaker.peek(now);
    if (state === 'closed' || state === 'ramping' || state === 'half-open') return undefined;
    const next = this.#breaker.snapshot(now).nextProbeAt ?? now;
    return { reason: 'breaker-open', detail: state, retryAfterMs: waitUntil(next, now) };
  }

  /** What stands in the way beside the breaker. It holds even where every breaker of a route is open. */
  barred(now: number, route?: string, need?: TokenNeed): LaneRefusal | undefined {
    return this.#doors.barred(now, route, need);
  }

  /** Tokens that its tightest rate limit still grants one request; infinite where none is known. */
  tokensLeft(now: number): number {
    return this.#doors.headroom.tokensLeft(now);
  }

  /** The headers of an answer, as soon as they are there. */
  heard(headers: Readonly<Record<string, string>>, permit: Permit, clock: Clock): void {
    this.#doors.heard(headers, permit.sent, clock);
  }

  held(now: number): LaneRefusal | undefined {
    return this.#doors.held(now);
  }

  /** How fast it has answered lately. */
  get latency(): LaneLatency {
    return this.#pace.latency;
  }

  /** An operator takes the lane out of use for `ms`: nothing new is sent, what is under way may end. Replaces what an operator said before. */
  drain(now: number, ms: number): void {
    this.#doors.drain(now, ms);
  }

  undrain(): void {
    this.#doors.undrain();
  }

  /** An operator holds the lane for `ms`, as a provider's own word would. Replaces what an operator said before. */
  holdFor(now: number, ms: number, reason: string): void {
    this.#doors.holdFor(now, ms, reason);
  }

  /** Ends every hold, the provider's own too: whoever topped up the credit knows better than its last answer. */
  release(): void {
    this.#doors.release();
  }

  /** An operator opens the breaker for `ms`; then a probe and the ramp follow, as after any outage. */
  openFor(now: number, ms: number): void {
    this.#breaker.forceOpen(now, ms);
    this.#watch(now);
  }

  /** An operator closes the breaker at once, without probe and ramp, and opens it to every route; what it had counted is forgotten. */
  close(now: number): void {
    this.#doors.reopenAll();
    this.#breaker.reset(now);
    this.#watch(now);
  }

  /** Its answers are not good enough for this route: shut for `ms`, for this route alone. Never shortens what stands. */
  shutFor(route: string, now: number, ms: number, reason: string): void {
    this.#doors.shut(route, now, ms, reason);
  }

  reopenFor(route: string): void {
    this.#doors.reopen(route);
  }

  isShutFor(route: string, now: number): boolean {
    return this.#doors.isShutFor(route, now);
  }

  /** True where forgetting the lane would send requests where they are known to fail, or undo what an operator said. */
  remembers(now: number): boolean {
    return this.refusal(now) !== undefined || this.#doors.shuts(now).length > 0;
  }

  /** One more first attempt: earns a share of a retry. */
  countAttempt(now: number): void {
    this.#budget.deposit(now);
  }

  takeRetry(now: number): boolean {
    return this.#budget.tryWithdraw(now);
  }

  /** A stream's first content came so long after its attempt began. */
  firstContentCame(now: number, permit: Permit, ms: number): void {
    this.#judge(this.#pace.firstContent(ms, now), now, permit);
  }

  /** Tokens of input and output that an answer has used: what the next one is taken to use. */
  tokensUsed(tokens: number): void {
    this.#doors.headroom.countTokens(tokens);
  }

  /** A whole answer of so many tokens came so long after its attempt began. */
  wholeAnswerCame(now: number, permit: Permit, ms: number, outputTokens: number | undefined): void {
    this.#judge(this.#pace.whole(ms, outputTokens, now), now, permit);
  }

  /** The limits that a stream has to keep until the commit point: the configured ones, or tighter where the lane is known to be fast. */
  tightened(timeouts: Timeouts, now: number): EarlyLimits {
    const settled = now >= this.#adaptsFrom && this.#breaker.peek(now) === 'closed';
    return settled ? this.#pace.tightened(timeouts, now) : timeouts;
  }

  succeeded(now: number, permit: Permit): void {
    this.answeredAt = now;
    this.#breaker.success(now, permit.kind, permit.admittedAt);
    this.#watch(now);
  }

  /** Takes a fault to the breaker and the hold, as the fault table says. After the commit point every fault counts. */
  faulted(now: number, permit: Permit, fault: Fault, when: FaultedWhen): void {
    const rule = FAULT_TABLE[fault.kind];
    const effect = when.committed && rule.breaker === 'no' && isProvidersFault(fault) ? 'yes' : rule.breaker;
    switch (effect) {
      case 'no':
        this.#breaker.forget(now, permit.kind, permit.admittedAt);
        break;
      case 'yes':
      case 'slow':
        this.failedAt = now;
        this.#breaker.failure(now, permit.kind, when.random, {
          admittedAt: permit.admittedAt,
          ...(when.again && { again: true }),
        });
        break;
      case 'isolated':
        this.failedAt = now;
        this.#breaker.isolate(now);
        break;
    }
    this.#watch(now);
    switch (rule.hold) {
      case 'no':
        return;
      case 'until-the-named-moment': {
        const wait = 'retryAfterMs' in fault ? fault.retryAfterMs : undefined;
        this.#doors.hold(now + (wait ?? UNNAMED_HOLD_MS), fault.kind);
        return;
      }
      case 'minutes': {
        const wait = 'retryAfterMs' in fault ? (fault.retryAfterMs ?? 0) : 0;
        this.#doors.hold(now + Math.max(wait, QUOTA_HOLD_MS), fault.kind);
        return;
      }
      case 'learn-the-window':
        this.#learnWindow(fault, when.learnedTokens);
        return;
    }
  }

  /** Monotonic moment at which the breaker left `closed`; undefined while it is closed. Tells one outage from the next. */
  outageSince(now: number): number | undefined {
    return this.#breaker.peek(now) === 'closed' ? undefined : this.#leftClosedAt;
  }

  breakerState(now: number): BreakerState {
    return this.#breaker.peek(now);
  }

  snapshot(now: number) {
    return {
      lane: this.id,
      breaker: this.#breaker.snapshot(now),
      held: this.held(now),
      drained: this.#doors.drained(now),
      shuts: this.#doors.shuts(now),
      latency: this.latency.snapshot(now),
      headroom: this.#doors.headroom.snapshot(now),
      active: this.gate.active,
      waiting: this.gate.waiting,
      concurrency: this.gateLimits.concurrency,
      retryBudget: this.#budget.balance(now),
      learnedWindow: this.learnedWindow,
      tokens: this.tokens.snapshot(),
    };
  }

  /** Out of an outage of slowness leads speed alone: an answer that came too late is no sign of recovery. */
  #judge(pace: Pace, now: number, permit: Permit): void {
    if (pace.tooSlowForTooLong) this.#breaker.slow(now, NO_SPREAD);
    else if (this.#breaker.cause === 'slow') {
      this.#slowInRow = pace.well ? 0 : this.#slowInRow + 1;
      if (this.#slowInRow > 0 && permit.kind === 'probe') {
        this.#breaker.failure(now, 'probe', NO_SPREAD, { admittedAt: permit.admittedAt });
      } else if (this.#slowInRow >= RAMP_CONSECUTIVE) this.#breaker.slow(now, NO_SPREAD);
    }
    this.#watch(now);
  }

  #watch(now: number): void {
    const state = this.#breaker.peek(now);
    if (state === this.#lastState) return;
    if (this.#lastState === 'closed') this.#leftClosedAt = now;
    if (state === 'open' || state === 'closed') this.#startAnew(now);
    if (state === 'closed') this.#adaptsFrom = now + DEFAULT_LATENCY_WINDOW.windowMs;
    const { cause } = this.#breaker;
    this.#onMove({ lane: this.id, from: this.#lastState, to: state, ...(cause !== undefined && { cause }) });
    this.#lastState = state;
  }

  #startAnew(now: number): void {
    this.#pace.startAnew(now);
    this.#slowInRow = 0;
  }

  /** The smallest number known to be too much bounds the window from above; a number the provider named is the window. */
  #learnWindow(fault: Fault, estimate: number | undefined): void {
    const named = fault.kind === 'context-too-long' ? fault.limitTokens : undefined;
    const learned = named ?? estimate;
    if (learned === undefined || learned <= 0) return;
    this.learnedWindow = this.learnedWindow === undefined ? learned : Math.min(this.learnedWindow, learned);
  }
}

/** What a lane is told beside the fault. */
export interface FaultedWhen {
  /** Uniform in [0, 1). */
  readonly random: number;
  readonly committed: boolean;
  /** The same request has failed here before. */
  readonly again?: boolean;
  /** Estimate of the tokens that were too many. */
  readonly learnedTokens?: number;
}

export type LaneSnapshot = ReturnType<Lane['snapshot']>;

/** After the commit point a fault of the provider's counts; the caller's leaving and our own deadline never do. */
function isProvidersFault(fault: Fault): boolean {
  const { kind } = fault;
  return (
    kind !== 'caller-gone' &&
    kind !== 'outrun' &&
    kind !== 'deadline-exceeded' &&
    kind !== 'contract-broken' &&
    kind !== 'unproven-model'
  );
}
