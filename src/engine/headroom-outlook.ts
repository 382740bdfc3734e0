import type { LaneSnapshot } from './lane.ts';

/** What one lane carried in its busiest minute. */
export interface PeakLoad {
  /** Beginning of the minute, wall clock, milliseconds since 1970. */
  readonly at: number;
  /** Attempts begun in the minute. */
  readonly attempts: number;
  /** Most attempts under way at once. */
  readonly active: number;
  /** Tokens of the minute, input and output together. */
  readonly tokens: number;
}

/** A limit of a target beside what the primary carried at its peak. */
export interface LimitOutlook {
  readonly name: string;
  readonly limit: number;
  /** What is left of it now. */
  readonly left: number;
  /** What the primary's peak would take of it; null where nothing is on record. */
  readonly peak: number | null;
}

/** Whether a target could carry what the primary carried at its peak. */
export interface HeadroomOutlook {
  readonly limits: readonly LimitOutlook[];
  /** Null where the peak is not known. Limits that nobody told are not in it. */
  readonly enough: boolean | null;
}

/** The configured concurrency, and the rate limits that the provider's own headers told. */
export function headroomOf(lane: LaneSnapshot, peak: PeakLoad | undefined): HeadroomOutlook {
  const limits: LimitOutlook[] = [
    {
      name: 'concurrency',
      limit: lane.concurrency,
      left: Math.max(0, lane.concurrency - lane.active),
      peak: peak?.active ?? null,
    },
    ...lane.headroom.map(({ name, limit, remaining }) => ({
      name,
      limit,
      left: remaining,
      peak: peak ? (name.includes('token') ? peak.tokens : peak.attempts) : null,
    })),
  ];
  return { limits, enough: peak ? limits.every((one) => one.peak === null || one.peak <= one.limit) : null };
}
