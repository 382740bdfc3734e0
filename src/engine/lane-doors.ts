import {
  Headroom,
  type HeadroomPolicy,
  type HeadroomRefusal,
  type LimitTold,
  type TokenNeed,
} from '../resilience/headroom.ts';
import { LaneHold } from '../resilience/lane-hold.ts';
import { requirePositive } from '../resilience/number-guards.ts';
import { RouteShuts } from '../resilience/route-shuts.ts';
import type { Clock } from './ports.ts';
import { limitsTold } from './rate-limit-headers.ts';
import type { LaneChange } from './sharing.ts';

/**
 * Why a lane is not asked now. `lane-held`: its provider or an operator said until when. `drained`: an operator takes it
 * out of use. `quality`: shut for this route alone. `headroom`: too little remains of a rate limit.
 */
export type LaneRefusal = {
  readonly reason: 'lane-held' | 'breaker-open' | 'drained' | 'headroom' | 'quality';
  readonly detail: string;
  readonly retryAfterMs: number;
  /** A rate limit of the provider's stands in the way. */
  readonly limited?: boolean;
};

/** A timer that fires a fraction early must not find the hold it waited for still standing. */
const HOLD_TOLERANCE_MS = 2;

/** What may shut a lane beside its own health: its provider's word, an operator's, and what was learned of its answers. */
export class LaneDoors {
  readonly headroom: Headroom;
  readonly #hold = new LaneHold();
  readonly #operatorHold = new LaneHold();
  readonly #drain = new LaneHold();
  readonly #shuts = new RouteShuts();

  constructor(policy: HeadroomPolicy) {
    this.headroom = new Headroom(policy);
  }

  /** Costs a few comparisons where nothing is shut. */
  barred(now: number, route: string | undefined, need: TokenNeed | undefined): LaneRefusal | undefined {
    const shut = this.drained(now) ?? this.held(now) ?? (route === undefined ? undefined : this.#shutFor(route, now));
    return shut ?? headroomRefusal(this.headroom.refusal(now, need));
  }

  /** The headers of an answer to the request of this number; gives what they told. */
  heard(headers: Readonly<Record<string, string>>, request: number | undefined, clock: Clock): readonly LimitTold[] {
    const told = limitsTold(headers, clock.wallNow());
    if (told.length > 0) this.headroom.learn(told, request, clock.now());
    return told;
  }

  /** All that stands, as others that send down the same lane are told of it. */
  standing(now: number): LaneChange[] {
    const own = this.#hold.heldUntil(now);
    const operators = this.#operatorHold.heldUntil(now);
    const drain = this.#drain.heldUntil(now);
    return [
      ...(own ? [{ kind: 'held' as const, ms: own.until - now, reason: own.reason }] : []),
      ...(operators ? [{ kind: 'ordered' as const, action: 'hold' as const, ms: operators.until - now }] : []),
      ...(drain ? [{ kind: 'ordered' as const, action: 'drain' as const, ms: drain.until - now }] : []),
      ...this.#shuts.list(now).map((shut) => ({ ...shut, kind: 'shut' as const, ms: shut.until - now })),
    ];
  }

  /** Held by its provider's word or by an operator's, whichever ends later. */
  held(now: number): LaneRefusal | undefined {
    const own = this.#hold.heldUntil(now + HOLD_TOLERANCE_MS);
    const operators = this.#operatorHold.heldUntil(now + HOLD_TOLERANCE_MS);
    const held = !own || (operators && operators.until > own.until) ? operators : own;
    return held && { reason: 'lane-held', detail: held.reason, retryAfterMs: waitUntil(held.until, now) };
  }

  drained(now: number): LaneRefusal | undefined {
    const drain = this.#drain.heldUntil(now);
    return drain && { reason: 'drained', detail: drain.reason, retryAfterMs: waitUntil(drain.until, now) };
  }

  shuts(now: number): readonly { readonly route: string; readonly reason: string; readonly retryAfterMs: number }[] {
    return this.#shuts
      .list(now)
      .map(({ route, reason, until }) => ({ route, reason, retryAfterMs: waitUntil(until, now) }));
  }

  /** The provider asked for it. An earlier end than the one that stands changes nothing. */
  hold(untilMs: number, reason: string): void {
    this.#hold.hold(untilMs, reason);
  }

  /** An operator's word replaces the one before, which a provider's never does. */
  holdFor(now: number, ms: number, reason: string): void {
    const until = now + requirePositive('ms', ms);
    this.#operatorHold.clear();
    this.#operatorHold.hold(until, reason);
  }

  release(): void {
    this.#operatorHold.clear();
    this.#hold.clear();
  }

  drain(now: number, ms: number): void {
    const until = now + requirePositive('ms', ms);
    this.#drain.clear();
    this.#drain.hold(until, 'drained by an operator');
  }

  undrain(): void {
    this.#drain.clear();
  }

  shut(route: string, now: number, ms: number, reason: string): void {
    this.#shuts.shut(route, now + requirePositive('ms', ms), reason);
  }

  reopen(route: string): void {
    this.#shuts.reopen(route);
  }

  reopenAll(): void {
    this.#shuts.reopenAll();
  }

  isShutFor(route: string, now: number): boolean {
    return this.#shuts.of(route, now) !== undefined;
  }

  #shutFor(route: string, now: number): LaneRefusal | undefined {
    const shut = this.#shuts.of(route, now);
    return shut && { reason: 'quality', detail: shut.reason, retryAfterMs: waitUntil(shut.until, now) };
  }
}

/** Whole milliseconds, never negative. */
export function waitUntil(until: number, now: number): number {
  return Math.ceil(Math.max(0, until - now));
}

function headroomRefusal(refused: HeadroomRefusal | undefined): LaneRefusal | undefined {
  if (!refused) return undefined;
  const detail = `too little remains of its rate limit (${refused.name})`;
  return { reason: 'headroom', detail, retryAfterMs: Math.ceil(refused.waitMs), limited: true };
}
