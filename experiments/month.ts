import type { Scale } from './experiment.ts';
import { correlated, DAY, type Incident, incidentsOf, symptomsOf } from './incidents.ts';
import { drawsFor } from './random.ts';
import { Tally } from './tally.ts';
import { dailyCurve, expectedArrivals } from './workload.ts';
import { play, type RequestSeen, type WorldProvider, type WorldSpec } from './world.ts';

export interface Window {
  readonly from: number;
  readonly until: number;
}

/**
 * Thirty days of two providers. Played are all incidents but the microspikes, each with a minute before it and four
 * after it, and slices of the time between; what lies between is taken to be like the slices.
 */
export interface Month {
  readonly seed: number;
  readonly primary: readonly Incident[];
  readonly fallback: readonly Incident[];
  readonly windows: readonly Window[];
  readonly slices: readonly Window[];
  /** What one request of a slice stands for. */
  readonly sliceWeight: number;
}

const MINUTE = 60_000;
const BEFORE_MS = MINUTE;
const AFTER_MS = 4 * MINUTE;
const SLICE_MS = 10 * MINUTE;
/** Mean requests a second. */
export const MONTHLY_RATE = 0.3;
const RATE = dailyCurve(MONTHLY_RATE);
const DAYS: Readonly<Record<Scale, number>> = { full: 30, small: 1 };
/** A slice begins every hour of the day, each on another day. */
const SLICES: Readonly<Record<Scale, number>> = { full: 24, small: 1 };

/** How ill the two providers are. */
export interface Illness {
  /** Share of the primary's outages, brown-outs and rate-limit spikes that hit the fallback too. */
  readonly shared: number;
  /** Incidents of the primary, as multiples of the model's. */
  readonly primaryTimes: number;
}

export function monthOf(seed: number, scale: Scale, { shared, primaryTimes }: Illness): Month {
  const ms = DAYS[scale] * DAY;
  const primary = incidentsOf(seed, 'primary', ms, primaryTimes);
  const fallback = correlated(incidentsOf(seed, 'fallback', ms), primary, shared, seed);
  const windows = windowsOf([...primary, ...fallback], ms);
  const slices = slicesOf(windows, DAYS[scale], SLICES[scale], seed);
  const between = expectedIn([{ from: 0, until: ms }]) - expectedIn(windows);
  return { seed, primary, fallback, windows, slices, sliceWeight: between / expectedIn(slices) };
}

function expectedIn(windows: readonly Window[]): number {
  return windows.reduce((sum, { from, until }) => sum + expectedArrivals(RATE, from, until), 0);
}

function windowsOf(incidents: readonly Incident[], ms: number): Window[] {
  const spans = incidents
    .filter(({ kind }) => kind !== 'microspike')
    .map(({ from, until }) => ({ from: Math.max(0, from - BEFORE_MS), until: Math.min(ms, until + AFTER_MS) }))
    .sort((one, other) => one.from - other.from);
  const windows: Window[] = [];
  for (const span of spans) {
    const last = windows.at(-1);
    if (last && span.from <= last.until) {
      windows[windows.length - 1] = { from: last.from, until: Math.max(last.until, span.until) };
    } else windows.push(span);
  }
  return windows;
}

function slicesOf(windows: readonly Window[], days: number, count: number, seed: number): Window[] {
  const draw = drawsFor(seed, 'slices');
  const slices: Window[] = [];
  for (let index = 0; index < count; index += 1) {
    const hour = (index * DAY) / count;
    for (let tries = 0; tries < MAX_DRAWS; tries += 1) {
      const from = Math.floor(draw() * days) * DAY + hour;
      const slice = { from, until: from + SLICE_MS };
      if (windows.some((window) => window.from < slice.until && window.until > slice.from)) continue;
      slices.push(slice);
      break;
    }
  }
  if (slices.length === 0) throw new Error(`seed ${seed} leaves no time without incidents`);
  return slices;
}

const MAX_DRAWS = 100;

/** How the providers and the engine of one arm are set up. */
export interface MonthArm {
  readonly primary?: Partial<WorldProvider>;
  readonly fallback?: Partial<WorldProvider>;
  readonly world?: Partial<WorldSpec>;
}

export interface MonthTallies {
  readonly all: Tally;
  /** In the windows of incidents. */
  readonly incidents: Tally;
  /** In the slices between them. */
  readonly between: Tally;
}

export async function playMonth(month: Month, arm: MonthArm): Promise<MonthTallies> {
  const tallies = { all: new Tally('primary'), incidents: new Tally('primary'), between: new Tally('primary') };
  for (const window of month.windows) {
    const calls = await playWindow(month, window, arm);
    tallies.all.add(calls);
    tallies.incidents.add(calls);
  }
  for (const slice of month.slices) {
    const calls = await playWindow(month, slice, arm);
    tallies.all.add(calls, month.sliceWeight);
    tallies.between.add(calls);
  }
  return tallies;
}

async function playWindow(month: Month, window: Window, arm: MonthArm): Promise<readonly RequestSeen[]> {
  const provider = (name: 'primary' | 'fallback'): WorldProvider => ({
    name,
    ...arm[name],
    temper: { ...arm[name]?.temper, incidents: symptomsOf(month[name], window) },
  });
  const { calls } = await play({
    seed: month.seed,
    providers: [provider('primary'), provider('fallback')],
    from: window.from,
    ms: window.until - window.from,
    rate: RATE,
    ...arm.world,
  });
  return calls;
}
