import type { Fault } from '../model/fault.ts';
import { DEFAULT_ADAPTIVE } from '../resilience/adaptive-limit.ts';
import { Breaker, type OpenCause } from '../resilience/breaker.ts';
import { RAMP_CONSECUTIVE } from '../resilience/breaker-policy.ts';
import { ConcurrencyGate } from '../resilience/concurrency-gate.ts';
import { DEFAULT_HEADROOM, type TokenNeed } from '../resilience/headroom.ts';
import type { LaneLatency } from '../resilience/lane-latency.ts';
import { DEFAULT_LATENCY_WINDOW } from '../resilience/latency-window.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import { DEFAULT_SLOW } from '../resilience/slow-trigger.ts';
import { LaneDoors, type LaneRefusal, waitUntil } from './lane-doors.ts';
import { takeIn } from './lane-elsewhere.ts';
import { breakerEffect, type FaultedWhen, holdAfter, windowAfter } from './lane-faults.ts';
import { type EarlyLimits, LanePace, type Pace } from './lane-pace.ts';
import type { Admission, BreakerMoved, BreakerState, LanePolicy, Permit } from './lane-permit.ts';
import { LaneShare } from './lane-share.ts';
import type { Clock } from './ports.ts';
import type { GateLimits, Timeouts } from './route.ts';
import type { LaneChange, Sharing } from './sharing.ts';
import { TokenFactor } from './token-factor.ts';

export type { LaneRefusal } from './lane-doors.ts';
export type { Admission, BreakerMoved, BreakerState, LanePolicy, Permit } from './lane-permit.ts';

/** The middle of chance: replicas measure slowness at moments that differ by themselves. */
const NO_SPREAD = 0.5;

/** Everything known of one lane (provider credential × model): breaker, hold, admission gate, retry budget, learned window. */
export class Lane {
  readonly id: string;
  /** A target that goes down it, as other processes are to find it. */
  readonly target: string;
  readonly gate: ConcurrencyGate;
  gateLimits: GateLimits;
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
  /** Absent where this process serves alone. */
  readonly #share: LaneShare | undefined;

  constructor(id: string, limits: GateLimits, policy: LanePolicy, now: number, told: LaneTold) {
    this.id = id;
    this.target = told.target;
    this.#onMove = told.onMove;
    this.#share =
      told.sharing &&
      new LaneShare({ lane: id, target: told.target }, told.sharing, (request) =>
        this.#doors.headroom.sentSince(request),
      );
    this.gateLimits = limits;
    this.gate = new ConcurrencyGate({ concurrency: limits.concurrency, queue: limits.queue });
    this.#breaker = new Breaker(policy.breaker, now, this.#share?.probeDelayMs);
    this.#budget = new RetryBudget(policy.retryBudget, now);
    this.#doors = new LaneDoors(policy.headroom ?? DEFAULT_HEADROOM);
    this.#pace = new LanePace(policy.slow ?? DEFAULT_SLOW, policy.adaptive ?? DEFAULT_ADAPTIVE, now);
    this.lastUsedAt = now;
  }

  /** Other limits and another policy from now on; what is known of the lane stays, and nobody is thrown out. */
  follow(limits: GateLimits, policy: LanePolicy, now: number): void {
    this.gateLimits = limits;
    this.gate.resize(limits);
    this.#breaker.follow(policy.breaker, now);
    this.#budget.follow(policy.retryBudget);
    this.#doors.headroom.follow(policy.headroom ?? DEFAULT_HEADROOM);
    this.#pace.follow(policy.slow ?? DEFAULT_SLOW, policy.adaptive ?? DEFAULT_ADAPTIVE, now);
    this.#watch(now);
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
        if (this.#share) this.#tellAdmitted(this.#share, answer.kind);
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
    const told = this.#doors.heard(headers, permit.sent, clock);
    if (this.#share && told.length > 0) this.#share.told(told, permit.sent);
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
    this.#share?.tell({ kind: 'ordered', action: 'drain', ms });
  }

  undrain(): void {
    this.#doors.undrain();
    this.#share?.tell({ kind: 'ordered', action: 'undrain', ms: 0 });
  }

  /** An operator holds the lane for `ms`, as a provider's own word would. Replaces what an operator said before. */
  holdFor(now: number, ms: number, reason: string): void {
    this.#doors.holdFor(now, ms, reason);
    this.#share?.tell({ kind: 'ordered', action: 'hold', ms });
  }

  /** Ends every hold, the provider's own too: whoever topped up the credit knows better than its last answer. */
  release(): void {
    this.#doors.release();
    this.#share?.tell({ kind: 'ordered', action: 'release', ms: 0 });
  }

  /** An operator opens the breaker for `ms`; then a probe and the ramp follow, as after any outage. */
  openFor(now: number, ms: number): void {
    this.#breaker.forceOpen(now, ms);
    this.#watch(now);
    this.#share?.tell({ kind: 'ordered', action: 'breaker-open', ms });
  }

  /** An operator closes the breaker at once, without probe and ramp, and opens it to every route; what it had counted is forgotten. */
  close(now: number): void {
    this.#doors.reopenAll();
    this.#breaker.reset(now);
    this.#watch(now);
    this.#share?.tell({ kind: 'ordered', action: 'breaker-close', ms: 0 });
  }

  /** Its answers are not good enough for this route: shut for `ms`, for this route alone. Never shortens what stands. */
  shutFor(route: string, now: number, ms: number, reason: string): void {
    this.#doors.shut(route, now, ms, reason);
    this.#share?.tell({ kind: 'shut', route, ms, reason });
  }

  reopenFor(route: string): void {
    this.#doors.reopen(route);
    this.#share?.tell({ kind: 'reopened', route });
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
    this.#share?.attempted();
  }

  takeRetry(now: number): boolean {
    const taken = this.#budget.tryWithdraw(now);
    if (taken) this.#share?.tell({ kind: 'retried' });
    return taken;
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
    if (this.#share && permit.kind === 'pass' && this.#breaker.accepts(permit.admittedAt)) this.#share.answered();
    this.#breaker.success(now, permit.kind, permit.admittedAt);
    this.#watch(now);
    if (permit.kind !== 'pass') this.#tellMove(now);
  }

  /** Takes a fault to the breaker and the hold, as the fault table says. After the commit point every fault counts. */
  faulted(now: number, permit: Permit, fault: Fault, when: FaultedWhen): void {
    const effect = breakerEffect(fault, when.committed);
    const counts = this.#breaker.accepts(permit.admittedAt);
    switch (effect) {
      case 'no':
        this.#breaker.forget(now, permit.kind, permit.admittedAt);
        if (permit.kind === 'probe' && counts) this.#share?.tell({ kind: 'probe-freed' });
        break;
      case 'yes':
      case 'slow':
        this.failedAt = now;
        this.#breaker.failure(now, permit.kind, when.random, {
          admittedAt: permit.admittedAt,
          ...(when.again && { again: true }),
        });
        if (counts) this.#share?.tell({ kind: 'failed', again: when.again === true, random: when.random });
        break;
      case 'isolated':
        this.failedAt = now;
        this.#breaker.isolate(now);
        break;
    }
    this.#watch(now);
    if (effect !== 'no') this.#tellMove(now);
    const holdMs = holdAfter(fault);
    if (holdMs !== undefined) this.#hold(now, holdMs, fault.kind);
    const window = windowAfter(fault, when.learnedTokens);
    if (window !== undefined) this.#learnWindow(window);
  }

  /** What happened to the same lane in a process that serves beside this one. */
  changedElsewhere(change: LaneChange, now: number): void {
    if (change.kind === 'window') this.#windowIs(change.tokens);
    else if (change.kind === 'failed') this.failedAt = now;
    else if (change.kind === 'counted' && change.answers > 0) this.answeredAt = now;
    const before = this.#lastState;
    takeIn(change, { breaker: this.#breaker, doors: this.#doors, budget: this.#budget }, now);
    this.#watch(now);
    // The last straw came from elsewhere; a third process may have counted otherwise.
    if (change.kind === 'failed' && this.#lastState !== before) this.#tellMove(now);
  }

  /** All that stands of it, for a process that begins to serve beside this one. */
  standing(now: number): LaneChange[] {
    const breaker = this.#breaker.standing(now);
    const window = this.learnedWindow;
    return [
      ...(breaker ? [{ kind: 'moved' as const, breaker }] : []),
      ...this.#doors.standing(now),
      ...(window === undefined ? [] : [{ kind: 'window' as const, tokens: window }]),
    ];
  }

  /** Monotonic moment at which the breaker left `closed`; undefined while it is closed. Tells one outage from the next. */
  outageSince(now: number): number | undefined {
    return this.#breaker.peek(now) === 'closed' ? undefined : this.#leftClosedAt;
  }

  breakerState(now: number): BreakerState {
    return this.#breaker.peek(now);
  }

  /** What its outage rests on; undefined while it is closed. */
  get outageCause(): OpenCause | undefined {
    return this.#breaker.cause;
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
    const before = this.#share && this.#breaker.peek(now);
    if (pace.tooSlowForTooLong) this.#breaker.slow(now, NO_SPREAD);
    else if (this.#breaker.cause === 'slow') {
      this.#slowInRow = pace.well ? 0 : this.#slowInRow + 1;
      if (this.#slowInRow > 0 && permit.kind === 'probe') {
        this.#breaker.failure(now, 'probe', NO_SPREAD, { admittedAt: permit.admittedAt });
      } else if (this.#slowInRow >= RAMP_CONSECUTIVE) this.#breaker.slow(now, NO_SPREAD);
    }
    this.#watch(now);
    if (before !== undefined && before !== this.#lastState) this.#tellMove(now);
  }

  #hold(now: number, ms: number, reason: string): void {
    this.#doors.hold(now + ms, reason);
    this.#share?.tell({ kind: 'held', ms, reason });
  }

  #tellAdmitted(share: LaneShare, as: 'pass' | 'probe'): void {
    share.sent();
    if (as === 'probe') share.tell({ kind: 'probing' });
  }

  /** How its breaker stands now, where it is not closed. */
  #tellMove(now: number): void {
    const breaker = this.#share && this.#breaker.standing(now);
    if (breaker) this.#share?.tell({ kind: 'moved', breaker });
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

  #learnWindow(tokens: number): void {
    this.#windowIs(tokens);
    this.#share?.tell({ kind: 'window', tokens });
  }

  /** The smallest number known to be too much bounds the window from above. */
  #windowIs(tokens: number): void {
    this.learnedWindow = this.learnedWindow === undefined ? tokens : Math.min(this.learnedWindow, tokens);
  }
}

/** Whom a lane tells. */
export interface LaneTold {
  readonly onMove: BreakerMoved;
  readonly target: string;
  /** Absent where this process serves alone. */
  readonly sharing?: Sharing | undefined;
}

export type LaneSnapshot = ReturnType<Lane['snapshot']>;
