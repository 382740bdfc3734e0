import Table from 'cli-table3';
import pc from 'picocolors';
import { formatDuration } from '../config/duration.ts';
import type { LaneSnapshot } from '../engine/lane.ts';
import type { StatusNote } from '../engine/ports.ts';
import type { QualityRow } from '../engine/quality-watch.ts';
import type { OperatorAction } from '../engine/record.ts';

/** One target as `GET /admin/targets` tells it. */
export interface ToldTarget {
  readonly route: string;
  readonly rank: number;
  readonly target: string;
  readonly health: LaneSnapshot | null;
  readonly orders: readonly OperatorAction[];
  readonly lastFault: { readonly kind: string; readonly at: number } | null;
  readonly status: StatusNote | null;
  /** The scores of its answers for this route. */
  readonly quality: readonly QualityRow[];
}

const HEAD = [
  'target',
  'routes',
  'breaker',
  'shut',
  'active',
  'headroom',
  'p50·p99 ms',
  'failed',
  'last fault',
  'window',
  'status page',
  'quality',
] as const;

const NOTHING = '–';

/** One row a target, however many routes ask it. `now`: wall clock, milliseconds since 1970. */
export function targetCells(told: readonly ToldTarget[], now: number): string[][] {
  const routes = new Map<string, ToldTarget[]>();
  for (const one of told) routes.set(one.target, [...(routes.get(one.target) ?? []), one]);
  return [...routes.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const routes = same.map(({ route, rank }) => `${route}:${rank + 1}`).join(' ');
    return [[...cellsOf(first, routes, now), qualityText(same.flatMap(({ quality }) => quality))]];
  });
}

function cellsOf({ target, health, orders, lastFault, status }: ToldTarget, routes: string, now: number): string[] {
  const { breaker, latency } = health ?? {};
  const first = latency?.firstContent ?? latency?.total;
  const samples = breaker ? breaker.windowOk + breaker.windowFailed : 0;
  return [
    target,
    routes,
    breaker ? `${breaker.state}${breaker.cause === undefined ? '' : ` (${breaker.cause})`}` : 'closed',
    shutText(health, orders),
    health ? `${health.active}/${health.concurrency}${health.waiting > 0 ? ` +${health.waiting}` : ''}` : NOTHING,
    health?.headroom.map(({ name, limit, remaining }) => `${name} ${percent(remaining, limit)}`).join(' ') || NOTHING,
    first ? `${Math.round(first.p50)}·${Math.round(first.p99)}` : NOTHING,
    breaker ? `${breaker.windowFailed}/${samples}` : NOTHING,
    lastFault ? `${lastFault.kind} ${ago(now - lastFault.at)}` : NOTHING,
    health?.learnedWindow === undefined ? NOTHING : String(health.learnedWindow),
    status ? `${status.state}${status.about === undefined ? '' : ` (${status.about})`}` : NOTHING,
  ];
}

/** The recent mean of every series of scores, with its state where it is not simply watched. */
function qualityText(series: readonly QualityRow[]): string {
  const parts = series.map(({ route, source, mean, state }) => {
    const score = mean === undefined ? '' : ` ${mean.toFixed(2)}`;
    return `${route} ${source}${score}${state === 'watched' ? '' : ` (${state})`}`;
  });
  return parts.join('; ') || NOTHING;
}

/** For how much longer, and on whose word where it was an operator's. */
function shutText(health: LaneSnapshot | null, orders: readonly OperatorAction[]): string {
  if (!health) return NOTHING;
  const { drained, held, shuts } = health;
  const why = orders.map(({ reason }) => reason).find((reason) => reason !== undefined);
  const parts = [
    ...(drained ? [`drained, ${rounded(drained.retryAfterMs)} left`] : []),
    ...(held ? [`held (${held.detail}), ${rounded(held.retryAfterMs)} left`] : []),
    ...shuts.map(({ route, reason }) => `shut for ${route} (${reason})`),
    ...(why === undefined ? [] : [`"${why}"`]),
  ];
  return parts.join('; ') || NOTHING;
}

function percent(part: number, whole: number): string {
  return `${Math.round((100 * part) / whole)} %`;
}

function ago(ms: number): string {
  return `${rounded(ms)} ago`;
}

/** Nobody reads milliseconds in a table. */
function rounded(ms: number): string {
  if (ms >= 2 * 3_600_000) return formatDuration(Math.round(ms / 3_600_000) * 3_600_000);
  if (ms >= 120_000) return formatDuration(Math.round(ms / 60_000) * 60_000);
  return formatDuration(Math.max(0, Math.round(ms / 1_000)) * 1_000);
}

/** Tab-separated, with a head: for other programs, and for logs. */
export function plainTargets(rows: readonly (readonly string[])[]): string {
  return [HEAD, ...rows].map((cells) => cells.join('\t')).join('\n');
}

export function targetsTable(rows: readonly (readonly string[])[]): string {
  const table = new Table({ head: [...HEAD], style: { head: [], border: [] } });
  const at = HEAD.indexOf('breaker');
  for (const cells of rows) table.push(cells.map((cell, column) => (column === at ? lamp(cell) : cell)));
  return table.toString();
}

function lamp(state: string): string {
  if (state === 'closed') return pc.green(`● ${state}`);
  if (state.startsWith('open') || state.startsWith('isolated')) return pc.red(`● ${state}`);
  return pc.yellow(`● ${state}`);
}
