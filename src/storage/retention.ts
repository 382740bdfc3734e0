import type { Clock } from '../engine/ports.ts';
import type { DurableLedger } from './open-ledger.ts';

/** How long what is stored stays, in milliseconds. */
export interface Retention {
  /** Of the rows of finished requests; absent: for ever. */
  readonly requestsMs?: number;
  /** Of kept conversations, from when they were last gone on with. */
  readonly conversationsMs: number;
}

export interface RetentionParts {
  readonly ledger: Pick<DurableLedger, 'sweep' | 'sweepConversations' | 'sweepLanes'>;
  readonly clock: Clock;
  /** Told of each sweep that deleted something, or failed; for the log. */
  onSwept(swept: Swept): void;
}

export interface Swept {
  readonly what: 'requests' | 'conversations' | 'rows about lanes';
  readonly deleted: number;
  readonly error?: unknown;
}

/** Soon after the start, because a process may not live for long; not at once, because a start has enough to do. */
const firstSweepMs = 60_000;
const sweepEveryMs = 3_600_000;
/** What lanes carried a minute is asked for over a week at most. */
export const laneMinutesMs = 8 * 86_400_000;

/**
 * Deletes what is too old: soon after the start, then every hour, or as often as the shortest retention where that is
 * less. Gives the function that ends it.
 */
export function enforceRetention(retention: Retention, parts: RetentionParts): () => void {
  const { clock } = parts;
  const shortestMs = Math.min(retention.conversationsMs, retention.requestsMs ?? Number.POSITIVE_INFINITY);
  let stopped = false;
  let cancel = clock.setTimer(Math.min(firstSweepMs, shortestMs), () => void round());
  const round = async () => {
    const now = clock.wallNow();
    const { requestsMs, conversationsMs } = retention;
    if (requestsMs !== undefined) await sweep('requests', () => parts.ledger.sweep(now - requestsMs), parts);
    await sweep('conversations', () => parts.ledger.sweepConversations(now - conversationsMs), parts);
    await sweep(
      'rows about lanes',
      () =>
        parts.ledger.sweepLanes(now - (requestsMs ?? now), now - Math.min(laneMinutesMs, requestsMs ?? laneMinutesMs)),
      parts,
    );
    if (!stopped) cancel = clock.setTimer(Math.min(sweepEveryMs, shortestMs), () => void round());
  };
  return () => {
    stopped = true;
    cancel();
  };
}

async function sweep(what: Swept['what'], task: () => Promise<number>, { onSwept }: RetentionParts): Promise<void> {
  try {
    const deleted = await task();
    if (deleted > 0) onSwept({ what, deleted });
  } catch (error) {
    onSwept({ what, deleted: 0, error });
  }
}
