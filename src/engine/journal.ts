import type { TargetReport } from '../model/failure.ts';
import type { Decision } from './record.ts';

/** Most decisions kept of one request; every loop is bounded, so this is a second wall. */
const MAX_DECISIONS = 500;

const NO_REPORTS: readonly TargetReport[] = [];

type Step = Decision extends infer D ? (D extends Decision ? Omit<D, 'atMs'> : never) : never;

/** Writes down what was decided and when, and where the request's time went. */
export class Journal {
  readonly startedAt: number;
  readonly decisions: Decision[] = [];
  /** Time spent on providers and on deliberate waits; the rest of the request's time is the gateway's own. */
  #elsewhereMs = 0;
  /** How many of these there are now, and since when there has been one: what happens at once counts once. */
  #elsewhere = 0;
  #elsewhereSince = 0;
  #reports: Map<string, TargetReport> | undefined;

  constructor(startedAt: number) {
    this.startedAt = startedAt;
  }

  /** `step` belongs to the journal from here on: there are several in every request, and a copy of each would cost more than the rest of this. */
  note(step: Step, now: number): void {
    if (this.decisions.length >= MAX_DECISIONS) return;
    const timed = step as Step & { atMs?: number };
    timed.atMs = Math.max(0, now - this.startedAt);
    this.decisions.push(step as Decision);
  }

  /** The request's time is somebody else's from now on, until `returns`. */
  leaves(now: number): void {
    if (this.#elsewhere === 0) this.#elsewhereSince = now;
    this.#elsewhere += 1;
  }

  returns(now: number): void {
    this.#elsewhere -= 1;
    if (this.#elsewhere === 0) this.#elsewhereMs += Math.max(0, now - this.#elsewhereSince);
  }

  /** The last word on a target: what a caller is told when nobody could serve. */
  report(report: TargetReport): void {
    this.#reports ??= new Map();
    this.#reports.set(report.target, report);
  }

  get reports(): readonly TargetReport[] {
    return this.#reports ? [...this.#reports.values()] : NO_REPORTS;
  }

  overheadMs(now: number): number {
    return Math.max(0, now - this.startedAt - this.#elsewhereMs);
  }
}
