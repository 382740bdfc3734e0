import type { TargetReport } from '../model/failure.ts';
import { requireCount } from '../resilience/number-guards.ts';
import type { Lanes } from './lanes.ts';
import type { Route } from './route.ts';

/**
 * How many jobs of one route may run at once. After a hold it is one, and each that comes through makes room for one
 * more, so that it doubles from round to round: a provider that has just come back is not met by all that waited for it.
 */
export class JobRelease {
  #concurrency: number;
  #window: number;
  #held = false;
  running = 0;

  constructor(concurrency: number) {
    this.#concurrency = requireCount('concurrency', concurrency, 1);
    this.#window = concurrency;
  }

  get held(): boolean {
    return this.#held;
  }

  /** Places that are free now. */
  get free(): number {
    return this.held ? 0 : Math.max(0, this.#window - this.running);
  }

  /** True where there is nothing to remember. */
  get idle(): boolean {
    return !this.#held && this.running === 0 && this.#window === this.#concurrency;
  }

  /** Another number than the configuration had before; where the route is coming back, it goes on doing so from where it is. */
  limit(concurrency: number): void {
    if (concurrency === this.#concurrency) return;
    const full = this.#window === this.#concurrency;
    this.#concurrency = requireCount('concurrency', concurrency, 1);
    this.#window = full ? concurrency : Math.min(this.#window, concurrency);
  }

  /** Nobody can serve, or somebody can again. */
  turn(held: boolean): void {
    this.#held = held;
    if (held) this.#window = 1;
  }

  /** A job reached a model, whatever came of it. */
  reached(): void {
    this.#window = Math.min(this.#concurrency, this.#window + 1);
  }

  /** A job found nobody who could serve it. */
  refused(): void {
    this.#window = 1;
  }
}

/** Why no target of a route can be asked now; undefined where one can. */
export function unavailability({ targets }: Route, lanes: Lanes, now: number): TargetReport[] | undefined {
  const reports: TargetReport[] = [];
  for (const target of targets) {
    const refusal = lanes.of(target, now).refusal(now);
    if (!refusal) return undefined;
    const { reason, detail, retryAfterMs } = refusal;
    reports.push({
      target: target.target.id,
      reason,
      message: detail,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  return reports;
}
