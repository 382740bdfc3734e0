export interface Moment {
  readonly atMs: number;
  readonly value: number;
}

/** A trend that single values cannot bend. */
export interface Slope {
  /** Growth in ten minutes, as a share of the level. */
  readonly per10Min: number;
  /** The same in the unit of the values. */
  readonly grown: number;
  readonly points: number;
}

const TEN_MINUTES_MS = 600_000;

/**
 * The least value of each window: what a heap holds right after it was collected, and what a process holds in its quietest
 * moment. What leaks is in every minimum. The part of a window that is left over at the end is dropped.
 */
export function minimaOf(moments: readonly Moment[], windowMs: number): Moment[] {
  if (!(windowMs > 0)) throw new RangeError(`windowMs must be above 0, got ${windowMs}`);
  const [first] = moments;
  const last = moments.at(-1);
  if (!first || !last) return [];
  const windows = Math.floor((last.atMs - first.atMs) / windowMs);
  const minima: Moment[] = [];
  for (let at = 0; at < windows; at += 1) {
    const from = first.atMs + at * windowMs;
    const inside = moments.filter(({ atMs }) => atMs >= from && atMs < from + windowMs);
    if (inside.length === 0) continue;
    minima.push({ atMs: from + windowMs / 2, value: Math.min(...inside.map(({ value }) => value)) });
  }
  return minima;
}

/**
 * The median of the slopes between all pairs of points (Theil 1950, Sen 1968): up to 29 % of the points may lie anywhere
 * without moving it. Undefined for fewer than three points.
 */
export function slopeOf(moments: readonly Moment[]): Slope | undefined {
  if (moments.length < 3) return undefined;
  const slopes: number[] = [];
  for (const [at, from] of moments.entries()) {
    for (const to of moments.slice(at + 1)) slopes.push((to.value - from.value) / (to.atMs - from.atMs));
  }
  const perMs = medianOf(slopes);
  const level = medianOf(moments.map(({ value }) => value));
  const grown = perMs * TEN_MINUTES_MS;
  return { grown, per10Min: level === 0 ? 0 : grown / level, points: moments.length };
}

/** NaN of nothing. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [below, above] = [sorted[middle - 1] ?? Number.NaN, sorted[middle] ?? Number.NaN];
  return sorted.length % 2 === 1 ? above : (below + above) / 2;
}
