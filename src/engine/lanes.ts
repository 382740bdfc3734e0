import { DEFAULT_SLOW } from '../resilience/slow-trigger.ts';
import { MAX_LANES } from './engine-defaults.ts';
import { type BreakerMoved, Lane, type LanePolicy, type LaneSnapshot } from './lane.ts';
import type { RouteTarget } from './route.ts';

/** All lanes of one process. A lane is made when it is first needed; the longest idle goes when there are too many. */
export class Lanes {
  readonly #policy: LanePolicy;
  readonly #lanes = new Map<string, Lane>();

  readonly #onMove: BreakerMoved;

  constructor(policy: LanePolicy, onMove: BreakerMoved) {
    this.#policy = policy;
    this.#onMove = onMove;
  }

  of(target: RouteTarget, now: number): Lane {
    const id = target.target.lane;
    const known = this.#lanes.get(id);
    if (known) return known;
    if (this.#lanes.size >= MAX_LANES) this.#evictIdlest(now);
    const lane = new Lane(id, target.gate, policyFor(target, this.#policy), now, this.#onMove);
    this.#lanes.set(id, lane);
    return lane;
  }

  get policy(): LanePolicy {
    return this.#policy;
  }

  /** A lane as a new one would be, which nobody else ever sees: what-if puts it into the state that it asks about. */
  protected apart(target: RouteTarget, now: number): Lane {
    return new Lane(target.target.lane, target.gate, this.#policy, now, () => undefined);
  }

  find(id: string): Lane | undefined {
    return this.#lanes.get(id);
  }

  snapshots(now: number): LaneSnapshot[] {
    return [...this.#lanes.values()].map((lane) => lane.snapshot(now));
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
