import type { LossList } from './losses.ts';

/** The value, or the most that the target takes, which is then named as a loss under `field`. */
export function atMost(field: string, value: number, most: number, losses: LossList): number {
  if (value <= most) return value;
  losses.slight(field, `lowered from ${value} to ${most}, the most this target takes`);
  return most;
}
