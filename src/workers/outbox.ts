import type { Clock } from '../engine/ports.ts';
import type { ServingPlace, SharedCounter, SharedEvent, Sharing } from '../engine/sharing.ts';

/** How long what was counted waits for company, in milliseconds. */
export const BATCH_MS = 10;
/** Events that wait while the channel is full; more would be a leak. The oldest go first: what stands is told again. */
const MAX_WAITING = 20_000;

export interface OutboxParts {
  readonly place: ServingPlace;
  readonly clock: Clock;
  /** Calls back once the channel can take more. */
  send(events: readonly SharedEvent[], sent: () => void): void;
  /** So many events were given up. */
  onLost(events: number): void;
}

/**
 * What this process has to tell the others, in the order in which it happened: counts every few milliseconds, what
 * changes a decision at the end of the turn. One batch is on its way at a time, so that a slow channel makes batches
 * larger rather than queues longer.
 */
export class Outbox implements Sharing {
  readonly place: ServingPlace;
  readonly #parts: OutboxParts;
  #events: SharedEvent[] = [];
  readonly #counters = new Set<SharedCounter>();
  #cancel: (() => void) | undefined;
  #soon = false;
  #sending = false;

  constructor(parts: OutboxParts) {
    this.place = parts.place;
    this.#parts = parts;
  }

  tell(event: SharedEvent, soon: boolean): void {
    this.#events.push(event);
    if (this.#events.length > MAX_WAITING) {
      this.#parts.onLost(this.#events.splice(0, MAX_WAITING / 2).length);
    }
    this.#wake(soon);
  }

  counted(counter: SharedCounter): void {
    this.#counters.add(counter);
    this.#wake(false);
  }

  #wake(soon: boolean): void {
    if (this.#sending || (this.#cancel && (this.#soon || !soon))) return;
    this.#cancel?.();
    this.#soon = soon;
    this.#cancel = this.#parts.clock.setTimer(soon ? 0 : BATCH_MS, () => this.#flush());
  }

  #flush(): void {
    this.#cancel = undefined;
    for (const counter of this.#counters) {
      const event = counter.collect();
      if (event.about !== 'lane' || event.changes.length > 0) this.#events.push(event);
    }
    this.#counters.clear();
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    this.#sending = true;
    this.#parts.send(events, () => {
      this.#sending = false;
      if (this.#events.length > 0) this.#wake(true);
      else if (this.#counters.size > 0) this.#wake(false);
    });
  }
}
