import type { Fault } from '../model/fault.ts';
import { Breaker, type BreakerPolicy } from '../resilience/breaker.ts';
import { ConcurrencyGate } from '../resilience/concurrency-gate.ts';
import { LaneHold } from '../resilience/lane-hold.ts';
import { RetryBudget, type RetryBudgetOptions } from '../resilience/retry-budget.ts';
import { QUOTA_HOLD_MS, UNNAMED_HOLD_MS } from './engine-defaults.ts';
import { FAULT_TABLE } from './fault-table.ts';
import type { GateLimits } from './route.ts';
import { TokenFactor } from './token-factor.ts';

/** Why a lane is not asked now. */
export type LaneRefusal = {
  readonly reason: 'lane-held' | 'breaker-open';
  readonly detail: string;
  readonly retryAfterMs: number;
};

export type BreakerState = ReturnType<Breaker['peek']>;

/** Leave to send one request down a lane; whoever takes one must report its result exactly once. */
export interface Permit {
  readonly kind: 'pass' | 'probe';
  /** A result from before an outage must not disturb the ramp after it. */
  readonly admittedAt: number;
}

export type Admission = { readonly ok: true; readonly permit: Permit } | ({ readonly ok: false } & LaneRefusal);

/** Told of every change of a breaker's state. */
export type BreakerMoved = (move: {
  readonly lane: string;
  readonly from: BreakerState;
  readonly to: BreakerState;
}) => void;

export interface LanePolicy {
  readonly breaker: BreakerPolicy;
  readonly retryBudget: RetryBudgetOptions;
}

/** A timer that fires a fraction early must not find the hold it waited for still standing. */
const HOLD_TOLERANCE_MS = 2;

/** Everything known of one lane (provider credential × model): breaker, hold, admission gate, retry budget, learned window. */
export class Lane {
  readonly id: string;
  readonly gate: ConcurrencyGate;
  readonly gateLimits: GateLimits;
  readonly #breaker: Breaker;
  readonly #hold = new LaneHold();
  readonly #budget: RetryBudget;
  /** Tokens, learned from a context-too-long fault. */
  learnedWindow: number | undefined;
  readonly tokens = new TokenFactor();
  /** Until then the vendor's counter is left alone: it failed. */
  counterRestsUntil = Number.NEGATIVE_INFINITY;
  lastUsedAt: number;
  readonly #onMove: BreakerMoved;
  #lastState: BreakerState = 'closed';

  constructor(id: string, limits: GateLimits, policy: LanePolicy, now: number, onMove: BreakerMoved) {
    this.id = id;
    this.#onMove = onMove;
    this.gateLimits = limits;
    this.gate = new ConcurrencyGate({ concurrency: limits.concurrency, queue: limits.queue });
    this.#breaker = new Breaker(policy.breaker, now);
    this.#budget = new RetryBudget(policy.retryBudget, now);
    this.lastUsedAt = now;
  }

  /** Asks for leave. A granted probe occupies the lane's only probe place until it is reported. */
  admit(now: number, random: number): Admission {
    this.lastUsedAt = now;
    const held = this.held(now);
    if (held) return { ok: false, ...held };
    const answer = this.#breaker.admit(now, random);
    this.#watch(now);
    switch (answer.kind) {
      case 'pass':
      case 'probe':
        return { ok: true, permit: { kind: answer.kind, admittedAt: now } };
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
  refusal(now: number): LaneRefusal | undefined {
    const held = this.held(now);
    if (held) return held;
    const state = this.#breaker.peek(now);
    if (state === 'closed' || state === 'ramping' || state === 'half-open') return undefined;
    const next = this.#breaker.snapshot(now).nextProbeAt ?? now;
    return { reason: 'breaker-open', detail: state, retryAfterMs: Math.ceil(Math.max(0, next - now)) };
  }

  held(now: number): LaneRefusal | undefined {
    const held = this.#hold.heldUntil(now + HOLD_TOLERANCE_MS);
    if (!held) return undefined;
    return { reason: 'lane-held', detail: held.reason, retryAfterMs: Math.ceil(Math.max(0, held.until - now)) };
  }

  /** One more first attempt: earns a share of a retry. */
  countAttempt(now: number): void {
    this.#budget.deposit(now);
  }

  takeRetry(now: number): boolean {
    return this.#budget.tryWithdraw(now);
  }

  succeeded(now: number, permit: Permit): void {
    this.#breaker.success(now, permit.kind, permit.admittedAt);
    this.#watch(now);
  }

  /** Takes a fault to the breaker and the hold, as the fault table says. After the commit point every fault counts. */
  faulted(
    now: number,
    permit: Permit,
    fault: Fault,
    when: { random: number; committed: boolean; learnedTokens?: number },
  ): void {
    const rule = FAULT_TABLE[fault.kind];
    const effect = when.committed && rule.breaker === 'no' && isProvidersFault(fault) ? 'yes' : rule.breaker;
    switch (effect) {
      case 'no':
        this.#breaker.forget(now, permit.kind, permit.admittedAt);
        break;
      case 'yes':
      case 'slow':
        this.#breaker.failure(now, permit.kind, when.random, permit.admittedAt);
        break;
      case 'isolated':
        this.#breaker.isolate(now);
        break;
    }
    this.#watch(now);
    switch (rule.hold) {
      case 'no':
        return;
      case 'until-the-named-moment': {
        const wait = 'retryAfterMs' in fault ? fault.retryAfterMs : undefined;
        this.#hold.hold(now + (wait ?? UNNAMED_HOLD_MS), fault.kind);
        return;
      }
      case 'minutes': {
        const wait = 'retryAfterMs' in fault ? (fault.retryAfterMs ?? 0) : 0;
        this.#hold.hold(now + Math.max(wait, QUOTA_HOLD_MS), fault.kind);
        return;
      }
      case 'learn-the-window':
        this.#learnWindow(fault, when.learnedTokens);
        return;
    }
  }

  breakerState(now: number): BreakerState {
    return this.#breaker.peek(now);
  }

  snapshot(now: number) {
    return {
      lane: this.id,
      breaker: this.#breaker.snapshot(now),
      held: this.held(now),
      active: this.gate.active,
      waiting: this.gate.waiting,
      concurrency: this.gateLimits.concurrency,
      retryBudget: this.#budget.balance(now),
      learnedWindow: this.learnedWindow,
      tokens: this.tokens.snapshot(),
    };
  }

  #watch(now: number): void {
    const state = this.#breaker.peek(now);
    if (state === this.#lastState) return;
    this.#onMove({ lane: this.id, from: this.#lastState, to: state });
    this.#lastState = state;
  }

  /** The smallest number known to be too much bounds the window from above; a number the provider named is the window. */
  #learnWindow(fault: Fault, estimate: number | undefined): void {
    const named = fault.kind === 'context-too-long' ? fault.limitTokens : undefined;
    const learned = named ?? estimate;
    if (learned === undefined || learned <= 0) return;
    this.learnedWindow = this.learnedWindow === undefined ? learned : Math.min(this.learnedWindow, learned);
  }
}

export type LaneSnapshot = ReturnType<Lane['snapshot']>;

/** After the commit point a fault of the provider's counts; the caller's leaving and our own deadline never do. */
function isProvidersFault(fault: Fault): boolean {
  return fault.kind !== 'caller-gone' && fault.kind !== 'deadline-exceeded' && fault.kind !== 'contract-broken';
}
