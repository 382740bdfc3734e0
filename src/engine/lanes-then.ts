import type { LaneSnapshot } from './lane.ts';
import type { OperatorAction } from './record.ts';
import type { LaneAsThen } from './supposed-lanes.ts';

/** How long a breaker that was open at some moment is taken to stay so: until about its next probe. */
const OPEN_MS = 30_000;

/** The state that the breaker of a lane was in at some moment. */
export interface BreakerThen {
  readonly lane: string;
  readonly state: string;
}

/** The lanes at a moment of the past, as the ledger has them. `orders`: those that stood then. */
export function lanesAsRecorded(
  orders: readonly OperatorAction[],
  breakers: readonly BreakerThen[],
  at: number,
): ReadonlyMap<string, LaneAsThen> {
  const lanes = new Map<string, LaneAsThen>();
  const add = (lane: string, more: LaneAsThen) => lanes.set(lane, { ...lanes.get(lane), ...more });
  for (const { lane, state } of breakers) if (state === 'open' || state === 'isolated') add(lane, { openMs: OPEN_MS });
  for (const { lane, action, until } of orders) {
    const ms = (until ?? at) - at;
    if (ms <= 0) continue;
    if (action === 'drain') add(lane, { drainedMs: ms });
    if (action === 'hold') add(lane, { heldMs: ms });
    if (action === 'breaker-open') add(lane, { openMs: ms });
  }
  return lanes;
}

/** The lanes as they will be after `ms` if nothing happens: what has an end by then has ended. */
export function lanesAfter(
  snapshots: readonly LaneSnapshot[],
  now: number,
  ms: number,
): ReadonlyMap<string, LaneAsThen> {
  const left = (retryAfterMs: number | undefined) => Math.max(0, (retryAfterMs ?? 0) - ms);
  return new Map(
    snapshots.map(({ lane, drained, held, breaker }) => [
      lane,
      {
        drainedMs: left(drained?.retryAfterMs),
        heldMs: left(held?.retryAfterMs),
        openMs: left(breaker.nextProbeAt === undefined ? undefined : breaker.nextProbeAt - now),
      },
    ]),
  );
}
