import type { Alert, Observer } from '../engine/observer.ts';
import type { Clock } from '../engine/ports.ts';
import type { LaneEvent, LaneMinute } from '../engine/record.ts';
import type { Fault } from '../model/fault.ts';

const MINUTE_MS = 60_000;

/** Most lanes that are watched: more than the engine keeps, and a bound all the same. */
const MAX_WATCHED = 10_000;

/** The last fault of a lane. */
export interface LastFault {
  readonly kind: Fault['kind'];
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
}

interface Watched {
  /** Attempts under way. */
  active: number;
  attempts: number;
  mostActive: number;
  tokens: number;
  lastFault: LastFault | undefined;
}

export interface LaneWatchParts {
  readonly clock: Clock;
  readonly ledger: { laneMinute(row: LaneMinute): void; laneMoved(row: LaneEvent): void };
}

/**
 * Tells the ledger what lanes carried, a minute at a time, and how their breakers moved; keeps the last fault of each. A
 * process that is killed loses its last minute.
 */
export class LaneWatch implements Observer {
  readonly #parts: LaneWatchParts;
  readonly #lanes = new Map<string, Watched>();
  #minuteAt = 0;
  #endMinute: (() => void) | undefined;
  #closed = false;

  constructor(parts: LaneWatchParts) {
    this.#parts = parts;
  }

  attemptBegun({ target }: Parameters<Observer['attemptBegun']>[0]): void {
    const watched = this.#of(target.lane);
    if (!watched) return;
    this.#inMinute();
    watched.active += 1;
    watched.attempts += 1;
    if (watched.active > watched.mostActive) watched.mostActive = watched.active;
  }

  attemptEnded({ target, ended }: Parameters<Observer['attemptEnded']>[0]): void {
    const watched = this.#lanes.get(target.lane);
    if (!watched) return;
    this.#inMinute();
    if (watched.active > 0) watched.active -= 1;
    watched.tokens += (ended.usage.inputTokens ?? 0) + (ended.usage.outputTokens ?? 0);
    if (ended.fault) watched.lastFault = { kind: ended.fault.kind, at: this.#parts.clock.wallNow() };
  }

  breakerMoved({ lane, from, to, cause }: Parameters<Observer['breakerMoved']>[0]): void {
    const at = this.#parts.clock.wallNow();
    this.#parts.ledger.laneMoved({ at, lane, from, to, ...(cause !== undefined && { cause }) });
  }

  lastFault(lane: string): LastFault | undefined {
    return this.#lanes.get(lane)?.lastFault;
  }

  /** Writes the minute that is not over. What comes later is not counted, and keeps no process alive. */
  close(): void {
    this.#closed = true;
    this.#endMinute?.();
    this.#endMinute = undefined;
    this.#write();
  }

  requestBegun(): void {}
  requestEnded(): void {}
  tokensCounted(): void {}
  qualityMoved(): void {}
  alert(_alert: Alert): void {}

  #of(lane: string): Watched | undefined {
    const known = this.#lanes.get(lane);
    if (known || this.#lanes.size >= MAX_WATCHED) return known;
    const watched = { active: 0, attempts: 0, mostActive: 0, tokens: 0, lastFault: undefined };
    this.#lanes.set(lane, watched);
    return watched;
  }

  #inMinute(): void {
    if (this.#endMinute || this.#closed) return;
    const wall = this.#parts.clock.wallNow();
    this.#minuteAt = Math.floor(wall / MINUTE_MS) * MINUTE_MS;
    this.#endMinute = this.#parts.clock.setTimer(this.#minuteAt + MINUTE_MS - wall, () => {
      this.#endMinute = undefined;
      this.#write();
    });
  }

  #write(): void {
    for (const [lane, watched] of this.#lanes) {
      const { attempts, mostActive: active, tokens } = watched;
      if (attempts > 0 || tokens > 0)
        this.#parts.ledger.laneMinute({ at: this.#minuteAt, lane, attempts, active, tokens });
      watched.attempts = 0;
      watched.mostActive = watched.active;
      watched.tokens = 0;
    }
  }
}
