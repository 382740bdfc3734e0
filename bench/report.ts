import { cpus } from 'node:os';
import type { Case, Way } from './cases.ts';
import { STREAM_EVENTS, yardstickOf } from './cases.ts';

/** One case through one way, in one round. */
export interface Measurement {
  readonly case: string;
  readonly way: string;
  readonly round: number;
  /** CPU of the process between, all threads, for one request. */
  readonly cpuMicrosPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly firstByteP50Ms: number;
  readonly failed: number;
}

export interface Report {
  readonly node: string;
  readonly machine: string;
  readonly rounds: number;
  readonly measurements: readonly Measurement[];
}

export function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${process.platform}`;
}

interface Row {
  readonly way: string;
  readonly cpu: string;
  readonly ratio: string;
  readonly latency: string;
}

/** Markdown: one table a case. Ratios are taken round by round against the bare proxy of the same round. */
export function tables(report: Report, cases: readonly Case[], ways: readonly Way[]): string {
  const lines: string[] = [];
  for (const each of cases) {
    const unit = each.stream ? 'CPU a request (an event)' : 'CPU a request';
    lines.push(`### ${each.name}`, '', `| way | ${unit} | beside the bare proxy | p50 / p99 |`, '|---|---:|---:|---:|');
    for (const way of ways) {
      const row = rowOf(report, each, way);
      lines.push(`| ${row.way} | ${row.cpu} | ${row.ratio} | ${row.latency} |`);
    }
    lines.push('');
  }
  return lines.join('\n');
}

function rowOf(report: Report, each: Case, way: Way): Row {
  const mine = of(report, each, way);
  const cpu = median(mine.map(({ cpuMicrosPerRequest }) => cpuMicrosPerRequest));
  const ratios = ratiosOf(report, each, way);
  const event = each.stream ? ` (${(cpu / STREAM_EVENTS).toFixed(1)} µs)` : '';
  return {
    way: way.name,
    cpu: `${cpu.toFixed(0)} µs${event}`,
    ratio: way.through === 'bare proxy' ? '1' : `${median(ratios).toFixed(2)} (${range(ratios)})`,
    latency: `${median(mine.map(({ p50Ms }) => p50Ms)).toFixed(1)} / ${median(mine.map(({ p99Ms }) => p99Ms)).toFixed(1)} ms`,
  };
}

/** CPU of a way as a multiple of the bare proxy's, one figure a round. */
export function ratiosOf(report: Report, each: Case, way: Way): number[] {
  const yardstick = of(report, each, yardstickOf(way));
  return of(report, each, way).map(({ cpuMicrosPerRequest, round }) => {
    const beside = yardstick.find((other) => other.round === round);
    return cpuMicrosPerRequest / (beside?.cpuMicrosPerRequest ?? Number.NaN);
  });
}

function of(report: Report, each: Case, way: Way): Measurement[] {
  return report.measurements.filter((one) => one.case === each.name && one.way === way.name);
}

function range(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)}`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
