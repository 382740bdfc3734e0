export interface Moment {
  readonly atMs: number;
  readonly value: number;
}

/** A trend that single values cannot bend. Growth in ten minutes, as a share of the level. */
export interface Slope {
  readonly per10Min: number;
  /** 95 of 100 lines through such points rise by more than `least`; as many by less than `most`. */
  readonly least: number;
  readonly most: number;
  /** Growth in the unit of the values. */
  readonly grown: number;
  readonly points: number;
}

const TEN_MINUTES_MS = 600_000;
/** The normal quantile of 95 %, one-sided. */
const Z = 1.645;

/**
 * The median of the slopes between all pairs of points (Theil 1950): up to 29 % of the points may lie anywhere without
 * moving it. Its limits rest on the distribution of Kendall's S (Sen 1968). Undefined for fewer than five points.
 */
export function slopeOf(moments: readonly Moment[]): Slope | undefined {
  const points = moments.length;
  if (points < 5) return undefined;
  const slopes: number[] = [];
  for (const [at, from] of moments.entries()) {
    for (const to of moments.slice(at + 1)) slopes.push((to.value - from.value) / (to.atMs - from.atMs));
  }
  slopes.sort((a, b) => a - b);
  const spread = Z * Math.sqrt((points * (points - 1) * (2 * points + 5)) / 18);
  const below = Math.max(0, Math.floor((slopes.length - spread) / 2));
  const level = medianOf(moments.map(({ value }) => value));
  const share = (perMs: number) => (level === 0 ? 0 : (perMs * TEN_MINUTES_MS) / level);
  const perMs = medianOf(slopes);
  return {
    per10Min: share(perMs),
    least: share(slopes[below] ?? perMs),
    most: share(slopes[slopes.length - 1 - below] ?? perMs),
    grown: perMs * TEN_MINUTES_MS,
    points,
  };
}

/** NaN of nothing. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [below, above] = [sorted[middle - 1] ?? Number.NaN, sorted[middle] ?? Number.NaN];
  return sorted.length % 2 === 1 ? above : (below + above) / 2;
}
