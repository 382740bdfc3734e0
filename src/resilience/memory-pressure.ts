import { requireNonNegative, requirePositive } from './number-guards.ts';

/** Used share of a memory limit from which on some of what comes is shed, and from which on all of it is. */
export const MEMORY_PRESSURE = { from: 0.85, until: 0.95 } as const;

/**
 * How large a share of what comes has to be shed so that memory stays under its limit: none below `from`, all from `until`
 * on, evenly more between. What V8 calls used holds garbage too; but it collects at the latest halfway between what
 * survived the last collection and the limit (`MemoryController::CalculateAllocationLimit`), so that `from` is only passed
 * where more than two thirds of the limit are in use for good. Throws `RangeError` for a limit of 0.
 */
export function memoryShare(usedBytes: number, limitBytes: number): number {
  const used = requireNonNegative('usedBytes', usedBytes) / requirePositive('limitBytes', limitBytes);
  const { from, until } = MEMORY_PRESSURE;
  return Math.min(1, Math.max(0, (used - from) / (until - from)));
}
