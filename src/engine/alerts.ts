import type { Alert, Observer } from './observer.ts';

/** The same alert of the same target, and route where it names one, is raised at most this often. */
export const ALERT_INTERVAL_MS = 3_600_000;
const MAX_REMEMBERED = 1_000;

/** Raises alerts, the same one once an hour: an outage is one page, not one a request. */
export class Alerts {
  readonly #observer: Observer;
  readonly #raisedAt = new Map<string, number>();

  constructor(observer: Observer) {
    this.#observer = observer;
  }

  raise(alert: Alert, now: number): void {
    const key = `${alert.kind} ${alert.target ?? ''} ${alert.route ?? ''}`;
    const last = this.#raisedAt.get(key);
    if (last !== undefined && now - last < ALERT_INTERVAL_MS) return;
    if (this.#raisedAt.size >= MAX_REMEMBERED) this.#raisedAt.clear();
    this.#raisedAt.set(key, now);
    this.#observer.alert(alert);
  }
}
