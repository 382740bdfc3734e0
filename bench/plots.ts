import { intervalChart, lineChart, type Row } from '../experiments/chart.ts';
import { CASES, type Case, wayName } from './cases.ts';
import type { Figure } from './figure.ts';
import { spreadOf, valuesOf } from './ratios.ts';
import { majorOf, type Results } from './results.ts';
import { CPU_A_REQUEST } from './run-cases.ts';
import { numberText } from './units.ts';

export interface Plot {
  /** Its file's, without folder. */
  readonly name: string;
  readonly about: string;
  readonly svg: string;
}

/** What the figures of some runs give: one plot a case of CPU, one of latencies. */
export function plotsOf(runs: readonly Results[]): Plot[] {
  const cases = CASES.filter(({ quality }) => quality === undefined).map((each) => cpuPlot(runs, each));
  return [...cases, latencyPlot(runs)].filter((plot) => plot !== undefined);
}

const CALLER = 'openai-chat';
const LABELS = [
  { suffix: '', pair: { caller: CALLER, provider: CALLER } },
  { suffix: ', cross-dialect', pair: { caller: CALLER, provider: 'anthropic-messages' } },
] as const;

/** CPU of a request over contestants, with the range of the rounds; logarithmic, since nobody lies near the next. */
function cpuPlot(runs: readonly Results[], each: Case): Plot | undefined {
  const groups = runs
    .map((run) => ({ name: `Node ${majorOf(run)}`, rows: rowsOf(run, each) }))
    .filter(({ rows }) => rows.length > 0);
  if (groups.length === 0) return undefined;
  const values = groups.flatMap(({ rows }) => rows.flatMap(({ low = 1, high = 1 }) => [low, high]));
  const title = `CPU a request: ${each.name}`;
  return {
    name: `bench-cpu-${each.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.svg`,
    about: title,
    svg: intervalChart({
      title,
      x: {
        label: 'µs of user and system time, logarithmic; median and range of the rounds',
        scale: 'log',
        from: Math.min(...values) * 0.9,
        to: Math.max(...values) * 1.1,
        format: numberText,
      },
      groups,
    }),
  };
}

function rowsOf({ figures, versions }: Results, each: Case): Row[] {
  return Object.keys(versions).flatMap((name) =>
    LABELS.flatMap(({ suffix, pair }) => {
      const of = { scenario: each.name, contestant: wayName(name, pair), metric: CPU_A_REQUEST };
      const spread = spreadOf(valuesOf(figures, of));
      if (spread === undefined) return [];
      return [{ label: `${name}${suffix}`, value: spread.median, low: spread.low, high: spread.high }];
    }),
  );
}

const QUANTILE = /^p([\d.]+), provider 20 ms$/;

/** Latencies at a steady rate, of the first run that measured them. */
function latencyPlot(runs: readonly Results[]): Plot | undefined {
  const run = runs.find(({ figures }) => figures.some(isQuantile));
  if (run === undefined) return undefined;
  const found = run.figures.filter(isQuantile);
  const series = [...new Set(found.map(({ contestant }) => contestant))].map((name) => ({
    name,
    points: pointsOf(found, name),
  }));
  const title = `Latency at 500 requests a second, provider answers after 20 ms (Node ${majorOf(run)})`;
  const heights = series.flatMap(({ points }) => points.map(({ y }) => y));
  return {
    name: 'bench-latency.svg',
    about: title,
    svg: lineChart({
      title,
      x: { label: 'quantile of the requests, %', format: (value) => `${value}` },
      y: { label: 'ms', scale: 'log', from: Math.min(...heights) * 0.98, to: Math.max(...heights) * 1.05 },
      series,
      dots: true,
    }),
  };
}

function isQuantile({ scenario, metric }: Figure): boolean {
  return scenario === 'added latency' && QUANTILE.test(metric);
}

function pointsOf(found: readonly Figure[], contestant: string) {
  const metrics = [...new Set(found.map(({ metric }) => metric))];
  return metrics
    .flatMap((metric) => {
      const spread = spreadOf(valuesOf(found, { scenario: 'added latency', contestant, metric }));
      if (spread === undefined) return [];
      const [y, low, high] = [spread.median, spread.low, spread.high].map((micros) => micros / 1_000);
      return [{ x: Number(QUANTILE.exec(metric)?.[1]), y: y ?? 0, low, high }];
    })
    .sort((a, b) => a.x - b.x);
}
