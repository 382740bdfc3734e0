import type { Alert, Observer } from './observer.ts';
import type { Sharing } from './sharing.ts';

/** The same alert of the same target, and route where it names one, is raised at most this often. */
export const ALERT_INTERVAL_MS = 3_600_000;
const MAX_REMEMBERED = 1_000;

/** Raises alerts, the same one once an hour: an outage is one page, not one a request. */
export class Alerts {
  readonly #observer: Observer;
  readonly #raisedAt = new Map<string, number>();
  /** Absent where this process serves alone. */
  readonly #sharing: Sharing | undefined;

  constructor(observer: Observer, sharing?: Sharing) {
    this.#observer = observer;
    this.#sharing = sharing;
  }

  raise(alert: Alert, now: number): void {
    const last = this.#raisedAt.get(keyOf(alert));
    if (last !== undefined && now - last < ALERT_INTERVAL_MS) return;
    this.raisedElsewhere(alert, now);
    const { kind, target, route } = alert;
    const about = { kind, ...(target !== undefined && { target }), ...(route !== undefined && { route }) };
    this.#sharing?.tell({ about: 'alert', alert: about }, true);
    this.#observer.alert(alert);
  }

  /** Another process has raised it. */
  raisedElsewhere(alert: Pick<Alert, 'kind' | 'target' | 'route'>, now: number): void {
    if (this.#raisedAt.size >= MAX_REMEMBERED) this.#raisedAt.clear();
    this.#raisedAt.set(keyOf(alert), now);
  }
}

function keyOf({ kind, target, route }: Pick<Alert, 'kind' | 'target' | 'route'>): string {
  return `${kind} ${target ?? ''} ${route ?? ''}`;
}
