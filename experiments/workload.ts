import type { LogNormal } from '../test/kit/virtual-incident.ts';
import { DAY } from './incidents.ts';
import { type Draw, logNormal } from './random.ts';

/**
 * Time to the first content, fitted to published percentiles (modelstats.ai, 2026): 0.94 / 2.9 / 4.8 s at p50 / p95 / p99
 * of one frontier model, 0.73 / 1.2 / 1.9 s of another. `thinking` is an assumption: a model that reasons first.
 */
export const FIRST_CONTENT = {
  frontier: { medianMs: 940, sigma: 0.7 },
  steady: { medianMs: 730, sigma: 0.4 },
  thinking: { medianMs: 4_000, sigma: 0.6 },
} as const satisfies Record<string, LogNormal>;

/** An answer is 1 to 6 pieces of about a second each: 80 tokens, at 80 tokens a second. */
export const PIECES: readonly [number, number] = [1, 6];
export const PACE: LogNormal = { medianMs: 1_000, sigma: 0.3 };
export const TOKENS_A_PIECE = 80;
export const PROMPT_TOKENS = 1_000;

/**
 * How long a person looks at an empty answer before leaving. Ten seconds are the limit of attention (Nielsen); that half
 * of the people wait for 15 s is an assumption.
 */
const PATIENCE: LogNormal = { medianMs: 15_000, sigma: 0.5 };

export function patienceMs(draw: Draw): number {
  return logNormal(PATIENCE.medianMs, PATIENCE.sigma, draw);
}

/** Requests a second at each moment; time 0 is midnight. */
export type Rate = (now: number) => number;

const DAILY_SWING = 0.6;
const PEAK_AT = (14 / 24) * DAY;

/** Office hours: 1.6 times the mean at 14:00, 0.4 times at 02:00. */
export function dailyCurve(meanPerSecond: number): Rate {
  return (now) => meanPerSecond * (1 + DAILY_SWING * Math.cos((2 * Math.PI * (now - PEAK_AT)) / DAY));
}

/** Arrivals of a Poisson process whose rate changes slowly: the next one after `now`. */
export function nextArrival(now: number, rate: Rate, draw: Draw): number {
  return now - (Math.log(1 - draw()) * 1_000) / rate(now);
}

/** Requests that are expected between two moments, by the trapezoid rule in steps of a minute. */
export function expectedArrivals(rate: Rate, from: number, until: number): number {
  const steps = Math.max(1, Math.ceil((until - from) / 60_000));
  const stepMs = (until - from) / steps;
  let sum = (rate(from) + rate(until)) / 2;
  for (let step = 1; step < steps; step += 1) sum += rate(from + step * stepMs);
  return (sum * stepMs) / 1_000;
}
