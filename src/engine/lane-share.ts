import type { LimitTold } from '../resilience/headroom.ts';
import { type LaneChange, PROBE_STEP_MS, type SharedCounter, type SharedEvent, type Sharing } from './sharing.ts';

/** What one lane has to tell the other processes. Counts cost an addition; whoever tells them asks when it is time. */
export class LaneShare implements SharedCounter {
  readonly probeDelayMs: number;
  readonly #lane: string;
  readonly #target: string;
  readonly #sharing: Sharing;
  #changes: LaneChange[] = [];
  #sent = 0;
  #attempts = 0;
  #answers = 0;
  #told: { readonly limits: readonly LimitTold[]; readonly request: number | undefined } | undefined;
  #waits = false;
  readonly #sentSince: (request: number | undefined) => number;

  constructor(
    of: { readonly lane: string; readonly target: string },
    sharing: Sharing,
    sentSince: (request: number | undefined) => number,
  ) {
    this.#lane = of.lane;
    this.#target = of.target;
    this.#sharing = sharing;
    this.#sentSince = sentSince;
    this.probeDelayMs = sharing.place.index * PROBE_STEP_MS;
  }

  sent(): void {
    this.#sent += 1;
    this.#wait();
  }

  attempted(): void {
    this.#attempts += 1;
    this.#wait();
  }

  answered(): void {
    this.#answers += 1;
    this.#wait();
  }

  /** The newest headers stand for those before them. */
  told(limits: readonly LimitTold[], request: number | undefined): void {
    this.#told = { limits, request };
    this.#wait();
  }

  /** In the order in which it happened: what was counted before goes before. */
  tell(change: LaneChange): void {
    this.#countsFirst();
    this.#changes.push(change);
    this.#sharing.tell(this.collect(), true);
  }

  collect(): SharedEvent {
    this.#waits = false;
    this.#countsFirst();
    const changes = this.#changes;
    this.#changes = [];
    return { about: 'lane', lane: this.#lane, target: this.#target, changes };
  }

  #wait(): void {
    if (this.#waits) return;
    this.#waits = true;
    this.#sharing.counted(this);
  }

  #countsFirst(): void {
    const [sent, attempts, answers] = [this.#sent, this.#attempts, this.#answers];
    if (sent + attempts + answers > 0) {
      this.#changes.push({ kind: 'counted', sent, attempts, answers });
      this.#sent = 0;
      this.#attempts = 0;
      this.#answers = 0;
    }
    if (!this.#told) return;
    const { limits, request } = this.#told;
    this.#changes.push({ kind: 'told', limits, since: this.#sentSince(request) });
    this.#told = undefined;
  }
}
