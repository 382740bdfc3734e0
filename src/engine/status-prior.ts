import type { Target } from '../model/target.ts';
import { MAX_LANES } from './engine-defaults.ts';
import type { Lane } from './lane.ts';
import type { StatusNote, StatusPages } from './ports.ts';

/** A note that was read longer ago says nothing any more. */
export const STATUS_STALE_MS = 300_000;
/** An answer this recent, with no fault after it, is better evidence than a page. */
export const STATUS_CONTRADICTED_MS = 60_000;
/** While a page speaks against a target, one request in this time asks it all the same. */
export const STATUS_PROBE_MS = 30_000;

/**
 * What vendors' status pages say, taken as a prior: it puts a target behind the others before its faults are our own. It
 * is never a verdict. A lane that answers contradicts its page at once, and one request every half minute gives it the
 * chance to.
 */
export class StatusPrior {
  /** Monotonic milliseconds, by lane. */
  readonly #askedAt = new Map<string, number>();

  /** Whether this request asks the target although its page speaks against it. */
  asksAllTheSame(lane: Lane, now: number): boolean {
    const last = this.#askedAt.get(lane.id);
    if (last !== undefined && now - last < STATUS_PROBE_MS) return false;
    if (this.#askedAt.size >= MAX_LANES) this.#askedAt.clear();
    this.#askedAt.set(lane.id, now);
    // To the first request of an incident, what the page says is news.
    return last !== undefined;
  }
}

/** The note that speaks against a target, if there is one. Only what a page says: whether the lane contradicts it is asked apart. */
export function noteAgainst(target: Target, pages: StatusPages, now: number): StatusNote | undefined {
  const note = pages.of(target);
  return note !== undefined && speaksAgainst(note) && now - note.readAt <= STATUS_STALE_MS ? note : undefined;
}

/** Our own signals are better evidence than a page. */
export function contradicts(lane: Lane, now: number): boolean {
  return now - lane.answeredAt <= STATUS_CONTRADICTED_MS && lane.answeredAt > lane.failedAt;
}

function speaksAgainst({ state }: StatusNote): boolean {
  switch (state) {
    case 'partial':
    case 'outage':
      return true;
    case 'operational':
    case 'degraded':
    case 'maintenance':
    case 'unknown':
      return false;
  }
}
