import type { RequestSeen } from './world.ts';

/** Requests counted with weights: one that stands for many counts as many. */
export class Tally {
  #calls = 0;
  #served = 0;
  #elsewhere = 0;
  #attempts = 0;
  readonly #waits: { readonly ms: number; readonly weight: number }[] = [];
  readonly #primary: string;

  constructor(primary: string) {
    this.#primary = primary;
  }

  add(calls: readonly RequestSeen[], weight = 1): void {
    for (const call of calls) {
      this.#calls += weight;
      this.#attempts += weight * call.attempts;
      if (call.outcome !== 'served') continue;
      this.#served += weight;
      if (call.servedBy !== this.#primary) this.#elsewhere += weight;
      this.#waits.push({ ms: call.firstContentMs ?? 0, weight });
    }
  }

  get calls(): number {
    return this.#calls;
  }

  /** Complete answers among all calls, in [0, 1]. */
  get availability(): number {
    return this.#calls === 0 ? 1 : this.#served / this.#calls;
  }

  /** Share of all calls that another than the primary served. */
  get elsewhere(): number {
    return this.#calls === 0 ? 0 : this.#elsewhere / this.#calls;
  }

  get attemptsPerCall(): number {
    return this.#calls === 0 ? 0 : this.#attempts / this.#calls;
  }

  /** Milliseconds until the first content of those that were served. */
  waitMs(q: number): number {
    const sorted = [...this.#waits].sort((one, other) => one.ms - other.ms);
    const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
    let below = 0;
    for (const { ms, weight } of sorted) {
      below += weight;
      if (below >= q * total) return ms;
    }
    return 0;
  }

  get meanWaitMs(): number {
    const total = this.#waits.reduce((sum, { weight }) => sum + weight, 0);
    return total === 0 ? 0 : this.#waits.reduce((sum, { ms, weight }) => sum + ms * weight, 0) / total;
  }
}
