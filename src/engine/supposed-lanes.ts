import type { Lane } from './lane.ts';
import { Lanes } from './lanes.ts';
import type { RouteTarget } from './route.ts';

/** What shut a lane at another time, and for how much longer; milliseconds. Absent: nothing of the kind did. */
export interface LaneAsThen {
  readonly drainedMs?: number;
  readonly heldMs?: number;
  readonly openMs?: number;
}

export interface Supposed {
  /** Targets that are supposed to be down. */
  isDown(target: RouteTarget): boolean;
  /** The lanes as they are supposed to be, by id, where another time than now is asked about; one that is not there is well. */
  readonly lanes?: ReadonlyMap<string, LaneAsThen>;
}

/** Longer than any request. */
const DOWN_MS = 86_400_000;

/** Lanes as somebody supposes them to be. Real ones are asked only about now, so that a question changes nothing. */
export class SupposedLanes extends Lanes {
  readonly #real: Lanes;
  readonly #supposed: Supposed;
  readonly #made = new Map<string, Lane>();

  constructor(real: Lanes, supposed: Supposed) {
    super(real.policy, () => undefined);
    this.#real = real;
    this.#supposed = supposed;
  }

  override of(target: RouteTarget, now: number): Lane {
    const id = target.target.lane;
    const known = this.#made.get(id);
    if (known) return known;
    const { lanes } = this.#supposed;
    const isDown = this.#supposed.isDown(target);
    const real = lanes ? undefined : this.#real.find(id);
    // An outage that is there already has its own beginning, and its own bill.
    const asIs = real && (!isDown || real.refusal(now)) ? real : undefined;
    const lane = asIs ?? this.apart(target, now);
    if (isDown && !asIs) lane.openFor(now, DOWN_MS);
    if (lanes) shut(lane, lanes.get(id), now);
    this.#made.set(id, lane);
    return lane;
  }

  override find(id: string): Lane | undefined {
    return this.#made.get(id) ?? (this.#supposed.lanes ? undefined : this.#real.find(id));
  }
}

function shut(lane: Lane, then: LaneAsThen | undefined, now: number): void {
  if (then?.drainedMs) lane.drain(now, then.drainedMs);
  if (then?.heldMs) lane.holdFor(now, then.heldMs, 'held then');
  if (then?.openMs) lane.openFor(now, then.openMs);
}
