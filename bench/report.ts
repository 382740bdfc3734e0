import { cpus } from 'node:os';
import { type Case, otherOf, STREAM_EVENTS, type Way, waysFor, yardstickOf } from './cases.ts';

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

/** One start of one process. */
export interface Start {
  readonly through: Way['through'];
  readonly round: number;
  readonly readyMs: number;
  /** Before the first request. */
  readonly rssBytes: number;
}

export interface Report {
  readonly node: string;
  readonly machine: string;
  readonly rounds: number;
  readonly starts: readonly Start[];
  readonly measurements: readonly Measurement[];
}

export function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${process.platform}`;
}

/**
 * Markdown: one table a case, and one of the starts. Ratios are taken round by round against the bare proxy of the same
 * round, and where another checkout was measured too, against the same way through its gateway.
 */
export function tables(report: Report, cases: readonly Case[], ways: readonly Way[]): string {
  const lines: string[] = [];
  for (const each of cases) {
    const here = waysFor(each, ways);
    const compared = here.some(({ through }) => through === 'other understudy');
    const unit = each.stream ? 'CPU a request (an event)' : 'CPU a request';
    const heads = [
      'way',
      unit,
      'beside the bare proxy',
      ...(compared ? ['beside the other'] : []),
      ...(each.quality ? ['beside none'] : []),
      'p50 / p99',
    ];
    lines.push(`### ${each.name}`, '', line(heads), line(['---', ...heads.slice(1).map(() => '---:')]));
    for (const way of here) lines.push(line(cellsOf(report, each, way, compared)));
    lines.push('');
  }
  return [...lines, ...startLines(report)].join('\n');
}

function cellsOf(report: Report, each: Case, way: Way, compared: boolean): string[] {
  const mine = of(report, each, way);
  const cpu = median(mine.map(({ cpuMicrosPerRequest }) => cpuMicrosPerRequest));
  const event = each.stream ? ` (${(cpu / STREAM_EVENTS).toFixed(1)} µs)` : '';
  const beside = ratiosOf(report, each, way, yardstickOf(way));
  const other = way.through === 'understudy' ? shown(ratiosOf(report, each, way, otherOf(way))) : '';
  return [
    way.name,
    `${cpu.toFixed(0)} µs${event}`,
    way.through === 'bare proxy' ? '1' : shown(beside),
    ...(compared ? [other] : []),
    ...(each.quality ? [way.through === 'understudy' ? besideNone(report, each, way) : ''] : []),
    `${median(mine.map(({ p50Ms }) => p50Ms)).toFixed(1)} / ${median(mine.map(({ p99Ms }) => p99Ms)).toFixed(1)} ms`,
  ];
}

/** CPU as a multiple of the same request without prompt or contract. */
function besideNone(report: Report, each: Case, way: Way): string {
  const plain = report.measurements.filter((one) => one.case === each.quality?.plain && one.way === way.name);
  const ratios = of(report, each, way).flatMap(({ cpuMicrosPerRequest, round }) => {
    const other = plain.find((one) => one.round === round);
    return other ? [cpuMicrosPerRequest / other.cpuMicrosPerRequest] : [];
  });
  return ratios.length > 0 ? shown(ratios) : 'not measured';
}

function startLines({ starts }: Report): string[] {
  const rows = [...new Set(starts.map(({ through }) => through))].map((through) => {
    const mine = starts.filter((start) => start.through === through);
    const ready = median(mine.map(({ readyMs }) => readyMs));
    const mebibytes = median(mine.map(({ rssBytes }) => rssBytes)) / 2 ** 20;
    return line([through, `${ready.toFixed(0)} ms`, `${mebibytes.toFixed(0)} MiB`]);
  });
  return ['### Start', '', line(['process', 'start to ready', 'RSS idle']), line(['---', '---:', '---:']), ...rows, ''];
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** CPU of a way as a multiple of another's, one figure a round. */
export function ratiosOf(report: Report, each: Case, way: Way, measure: Way): number[] {
  const yardstick = of(report, each, measure);
  return of(report, each, way).map(({ cpuMicrosPerRequest, round }) => {
    const beside = yardstick.find((other) => other.round === round);
    return cpuMicrosPerRequest / (beside?.cpuMicrosPerRequest ?? Number.NaN);
  });
}

function of(report: Report, each: Case, way: Way): Measurement[] {
  return report.measurements.filter((one) => one.case === each.name && one.way === way.name);
}

function shown(ratios: readonly number[]): string {
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  return `${median(ratios).toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
