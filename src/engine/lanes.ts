import { DEFAULT_SLOW } from '../resilience/slow-trigger.ts';
import { MAX_LANES } from './engine-defaults.ts';
import { type BreakerMoved, Lane, type LanePolicy, type LaneSnapshot } from './lane.ts';
import type { GateLimits, RouteTarget } from './route.ts';
import type { ServingPlace, SharedEvent, Sharing } from './sharing.ts';

/** What is under way in a lane. */
export interface LaneLoad {
  readonly lane: string;
  readonly active: number;
  readonly waiting: number;
  /** Places of this process. */
  readonly concurrency: number;
}

/** All lanes of one process. A lane is made when it is first needed; the longest idle goes when there are too many. */
export class Lanes {
  #policy: LanePolicy;
  readonly #lanes = new Map<string, Lane>();
  /** Of targets that no route has any more, but that cannot be forgotten yet. */
  readonly #gone = new Set<string>();

  readonly #onMove: BreakerMoved;
  /** Absent where this process serves alone. */
  readonly #sharing: Sharing | undefined;

  constructor(policy: LanePolicy, onMove: BreakerMoved, sharing?: Sharing) {
    this.#policy = policy;
    this.#onMove = onMove;
    this.#sharing = sharing;
  }

  of(target: RouteTarget, now: number): Lane {
    const id = target.target.lane;
    const known = this.#lanes.get(id);
    if (known) return known;
    if (this.#lanes.size >= MAX_LANES) this.#evictIdlest(now);
    const gate = this.#gateOf(target);
    const told = { onMove: this.#onMove, target: target.target.id, sharing: this.#sharing };
    const lane = new Lane(id, gate, policyFor(target, this.#policy), now, told);
    this.#lanes.set(id, lane);
    return lane;
  }

  /** Throws `RangeError` where the limits of a target cannot be shared with the processes that serve beside this one. */
  checkLimits(targets: Iterable<RouteTarget>): void {
    for (const target of targets) this.#gateOf(target);
  }

  /**
   * Another policy, and the targets' limits as they are now: `targetOf` gives a target by its id, undefined where it is
   * gone. Throws `RangeError` for limits that cannot be shared, and has then changed nothing.
   */
  follow(policy: LanePolicy, targetOf: (id: string) => RouteTarget | undefined, now: number): void {
    const found = [...this.#lanes.values()].flatMap((lane) => {
      const target = targetOf(lane.target);
      return target?.target.lane === lane.id ? [{ lane, target, gate: this.#gateOf(target) }] : [];
    });
    this.#policy = policy;
    for (const { lane, target, gate } of found) lane.follow(gate, policyFor(target, policy), now);
  }

  /**
   * Forgets lanes of which routes had targets `before`, and have none now, as far as nobody uses them. One with something
   * to remember is looked at again the next time: the target may come back, and then it must not be met as if nothing
   * had been. Lanes of raw targets stay.
   */
  forgetGone(before: Iterable<RouteTarget>, present: Iterable<RouteTarget>, now: number): void {
    for (const { target } of before) this.#gone.add(target.lane);
    for (const { target } of present) this.#gone.delete(target.lane);
    for (const id of this.#gone) {
      const lane = this.#lanes.get(id);
      if (lane && (lane.gate.active > 0 || lane.gate.waiting > 0 || lane.remembers(now))) continue;
      this.#lanes.delete(id);
      this.#gone.delete(id);
    }
  }

  get policy(): LanePolicy {
    return this.#policy;
  }

  /** A lane as a new one would be, which nobody else ever sees: what-if puts it into the state that it asks about. */
  protected apart(target: RouteTarget, now: number): Lane {
    const told = { onMove: () => undefined, target: target.target.id };
    return new Lane(target.target.lane, target.gate, this.#policy, now, told);
  }

  #gateOf({ gate }: RouteTarget): GateLimits {
    return this.#sharing ? gateShare(gate, this.#sharing.place) : gate;
  }

  find(id: string): Lane | undefined {
    return this.#lanes.get(id);
  }

  snapshots(now: number): LaneSnapshot[] {
    return [...this.#lanes.values()].map((lane) => lane.snapshot(now));
  }

  /** What is under way in each. */
  loads(): LaneLoad[] {
    return [...this.#lanes.values()].map(({ id, gate: { active, waiting }, gateLimits: { concurrency } }) => ({
      lane: id,
      active,
      waiting,
      concurrency,
    }));
  }

  /** All that stands, for a process that begins to serve beside this one. */
  standing(now: number): SharedEvent[] {
    return [...this.#lanes.values()].flatMap((lane) => {
      const changes = lane.standing(now);
      return changes.length > 0 ? [{ about: 'lane' as const, lane: lane.id, target: lane.target, changes }] : [];
    });
  }

  /**
   * Lanes in use are never dropped: their permits and places have to come back. Those with nothing to remember go
   * first, because a forgotten hold or an open breaker would send requests where they are known to fail.
   */
  #evictIdlest(now: number): void {
    const idle = [...this.#lanes.values()].filter((lane) => lane.gate.active === 0 && lane.gate.waiting === 0);
    const plain = idle.filter((lane) => !lane.remembers(now));
    const idlest = (plain.length > 0 ? plain : idle).reduce<Lane | undefined>(
      (first, lane) => (!first || lane.lastUsedAt < first.lastUsedAt ? lane : first),
      undefined,
    );
    if (idlest) this.#lanes.delete(idlest.id);
  }
}

function policyFor({ slow }: RouteTarget, policy: LanePolicy): LanePolicy {
  return slow ? { ...policy, slow: { ...(policy.slow ?? DEFAULT_SLOW), ...slow } } : policy;
}

/** What one of several processes may use of a lane's limits: together never more than the whole. Throws `RangeError` where there is not one place for each. */
export function gateShare(limits: GateLimits, { index, count }: ServingPlace): GateLimits {
  if (limits.concurrency < count) {
    throw new RangeError(`a concurrency of ${limits.concurrency} cannot be shared by ${count} workers`);
  }
  return {
    ...limits,
    concurrency: shareOf(limits.concurrency, index, count),
    queue: shareOf(limits.queue, index, count),
  };
}

/** The remainder goes to the first ones. */
function shareOf(whole: number, index: number, count: number): number {
  return Math.floor(whole / count) + (index < whole % count ? 1 : 0);
}
