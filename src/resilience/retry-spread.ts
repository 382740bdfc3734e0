import { requireRandom, requireShare } from './number-guards.ts';

/** Shortest time after which coming back is worth it, and how much longer the last are asked to wait when all are refused. */
const LEAST_MS = 1_000;
const SPREAD_MS = 14_000;

/**
 * After how many milliseconds somebody who was refused should come back, while `refused` of what comes is: the more
 * there are, the wider they are spread, so that they do not all come back at once. `random` from 0 to 1.
 */
export function retrySpreadMs(refused: number, random: number): number {
  return LEAST_MS + requireShare('refused', refused) * SPREAD_MS * requireRandom(random);
}
