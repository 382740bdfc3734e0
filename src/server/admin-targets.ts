import type { LaneSnapshot } from '../engine/lane.ts';
import type { StatusNote } from '../engine/ports.ts';
import type { QualityRow } from '../engine/quality-watch.ts';
import type { OperatorAction } from '../engine/record.ts';
import type { Gateway } from './gateway.ts';

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

/** Every target of every route. Targets that share a lane share its health. */
export function targetRows(gateway: Gateway): TargetRow[] {
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
