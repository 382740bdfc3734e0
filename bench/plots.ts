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

const RATE = 'added latency';
const PROVIDER_MS = 20;
const QUANTILE = new RegExp(`^p([\\d.]+), provider ${PROVIDER_MS} ms$`);
/** Below what a clock of this machine tells apart; a logarithm needs more than nothing. */
const LEAST_MS = 0.01;

/** Latencies at a steady rate, of the first run that measured them: how far into the tail who stays how close. */
function latencyPlot(runs: readonly Results[]): Plot | undefined {
  const run = runs.find(({ figures }) => figures.some((each) => percentOf(each) !== undefined));
  if (run === undefined) return undefined;
  const found = run.figures.filter((each) => percentOf(each) !== undefined);
  const percents = [...new Set(found.map((each) => percentOf(each) ?? 0))].sort((a, b) => a - b);
  const series = [...new Set(found.map(({ contestant }) => contestant))].map((name) => ({
    name,
    points: percents.flatMap((percent, x) => pointOf(found, name, { percent, x })),
  }));
  const heights = series.flatMap(({ points }) => points.map(({ y }) => y));
  const title = `Latency at a steady rate, above the provider’s own ${PROVIDER_MS} ms (Node ${majorOf(run)})`;
  return {
    name: 'bench-latency.svg',
    about: title,
    svg: lineChart({
      title,
      x: {
        label: 'of all requests, each of which counts from the moment at which it was due',
        // Room for the last label.
        to: percents.length - 0.85,
        format: (at) => (percents[at] === undefined ? '' : `${percents[at]} %`),
      },
      y: { label: 'ms', scale: 'log', from: Math.min(...heights) * 0.9, to: Math.max(...heights) * 1.1 },
      series,
      dots: true,
    }),
  };
}

function percentOf({ scenario, metric }: Figure): number | undefined {
  const percent = scenario === RATE ? QUANTILE.exec(metric)?.[1] : undefined;
  return percent === undefined ? undefined : Number(percent);
}

function pointOf(found: readonly Figure[], contestant: string, at: { readonly percent: number; readonly x: number }) {
  const mine = found.filter((each) => each.contestant === contestant && percentOf(each) === at.percent);
  const spread = spreadOf(mine.map(({ value }) => value));
  return spread === undefined ? [] : [{ x: at.x, y: Math.max(LEAST_MS, spread.median / 1_000 - PROVIDER_MS) }];
}
