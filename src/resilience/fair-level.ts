import { requireNonNegative } from './number-guards.ts';

/**
 * The level up to which everybody gets what they want, so that all together get `capacity` (max-min fairness; Bertsekas
 * and Gallager, Data Networks, §6.5.2): whoever wants less than the level gets all of it, whoever wants more gets the
 * level. Infinite where there is enough for all. Throws `RangeError` for a negative or endless number.
 */
export function fairLevel(demands: readonly number[], capacity: number): number {
  let left = requireNonNegative('capacity', capacity);
  const ascending = demands.map((demand) => requireNonNegative('demand', demand)).sort((a, b) => a - b);
  for (const [at, demand] of ascending.entries()) {
    const even = left / (ascending.length - at);
    if (demand > even) return even;
    left -= demand;
  }
  return Number.POSITIVE_INFINITY;
}
