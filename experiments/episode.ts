import { DAY, type Incident, ofKind } from './incidents.ts';
import { drawsFor } from './random.ts';
import type { RequestSeen, WorldSeen } from './world.ts';

/** A stretch of virtual time that one question looks at, from its first moment (inclusive) to its last (exclusive). */
export interface Stretch {
  readonly from: number;
  readonly until: number;
}

export const SECOND = 1_000;
export const MINUTE = 60_000;
/** No hour of the day matters to a single episode. */
export const NOON = DAY / 2;

export function within<T extends { readonly at: number }>(seen: readonly T[], { from, until }: Stretch): T[] {
  return seen.filter(({ at }) => at >= from && at < until);
}

export function servedBy(calls: readonly RequestSeen[], provider: string): number {
  return calls.filter((call) => call.servedBy === provider).length;
}

export function arrivalsAt({ arrivals }: WorldSeen, provider: string, stretch: Stretch): number[] {
  return within(arrivals, stretch).flatMap((arrival) => (arrival.provider === provider ? [arrival.at] : []));
}

/** How many moments fall into each bin of the stretch. */
export function binned(moments: readonly number[], { from, until }: Stretch, binMs: number): number[] {
  const bins = Array.from({ length: Math.ceil((until - from) / binMs) }, () => 0);
  for (const at of moments) {
    const bin = Math.floor((at - from) / binMs);
    if (bin >= 0 && bin < bins.length) bins[bin] = (bins[bin] ?? 0) + 1;
  }
  return bins;
}

/** Microspikes of the model's lengths, but as often as `perHour` says. */
export function microspikes(seed: number, name: string, perHour: number, ms: number): Incident[] {
  return ofKind('microspike', { ms, meanGapMs: (60 * MINUTE) / perHour }, drawsFor(seed, 'microspikes', name));
}
