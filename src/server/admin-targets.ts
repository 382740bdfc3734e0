import type { LaneSnapshot } from '../engine/lane.ts';
import type { StatusNote } from '../engine/ports.ts';
import type { QualityRow } from '../engine/quality-watch.ts';
import type { OperatorAction } from '../engine/record.ts';
import type { Gateway } from './gateway.ts';
import type { ServedLane } from './serving-state.ts';

/** One target of one route, with everything that is known of its lane now. */
export interface TargetRow {
  readonly route: string;
  readonly rank: number;
  readonly target: string;
  readonly dialect: string;
  readonly region: string | null;
  /** Null where nothing was ever asked of the lane. */
  readonly health: LaneSnapshot | null;
  /** What operators ordered of the lane and what still stands. */
  readonly orders: readonly OperatorAction[];
  readonly lastFault: { readonly kind: string; readonly at: number } | null;
  /** What the vendor's own status page says; null where none is known or asked. */
  readonly status: StatusNote | null;
  /** The scores of its answers for this route, by prompt version and source. */
  readonly quality: readonly QualityRow[];
}

/** Every target of every route, as all processes that serve together have it. Targets that share a lane share its health. */
export async function targetRows(gateway: Gateway): Promise<TargetRow[]> {
  const others = (await gateway.statesElsewhere?.()) ?? [];
  const rows = ownRows(gateway);
  if (others.length === 0) return rows;
  const elsewhere = others.flatMap(({ lanes }) => lanes);
  return rows.map((row) => withOthers(row, elsewhere));
}

/** Breaker, holds and orders are the same everywhere; what is under way is summed, and the last fault is the last of all. */
function withOthers(row: TargetRow, elsewhere: readonly ServedLane[]): TargetRow {
  if (!row.health) return row;
  let { health, lastFault } = row;
  for (const { lane, active, waiting, concurrency, lastFault: fault } of elsewhere) {
    if (lane !== health.lane) continue;
    health = {
      ...health,
      active: health.active + active,
      waiting: health.waiting + waiting,
      concurrency: health.concurrency + concurrency,
    };
    if (fault && (!lastFault || fault.at > lastFault.at)) lastFault = fault;
  }
  return { ...row, health, lastFault };
}

function ownRows(gateway: Gateway): TargetRow[] {
  const { lanes, clock, status, quality } = gateway.engine;
  const series = quality.rows();
  const now = clock.now();
  const standing = gateway.lanes.standing(clock.wallNow());
  return [...gateway.routes.values()].flatMap((route) =>
    route.targets.map(({ target }, rank) => ({
      route: route.name,
      rank,
      target: target.id,
      dialect: target.dialect,
      region: target.region ?? null,
      health: lanes.find(target.lane)?.snapshot(now) ?? null,
      orders: standing.filter(({ lane }) => lane === target.lane),
      lastFault: gateway.lastFault(target.lane) ?? null,
      status: status.of(target) ?? null,
      quality: series.filter((one) => one.route === route.name && one.target === target.id),
    })),
  );
}
