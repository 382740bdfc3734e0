import type { AnswerSink, Opening } from '../../src/engine/delivery.ts';
import type { RunResult } from '../../src/engine/run.ts';
import type { ChatEvent } from '../../src/model/chat-event.ts';
import type { ServedSummary } from '../../src/model/summary.ts';
import type { VirtualClock } from '../kit/virtual-clock.ts';
import type { PlannedRequest } from './world-plan.ts';

/** Who asked: reads as slowly as planned, leaves when planned, and keeps what it was given. */
export class Caller implements AnswerSink {
  readonly planned: PlannedRequest;
  readonly events: ChatEvent[] = [];
  readonly startedAt: number;
  openedAt: number | undefined;
  leftAt: number | undefined;
  endedAt: number | undefined;
  result: RunResult | undefined;
  summary: ServedSummary | undefined;
  /** Given after the end, or before the answer was opened: never right. */
  strays = 0;
  readonly #clock: VirtualClock;
  readonly #gone = new AbortController();
  readonly #onLeave: (caller: Caller) => void;

  constructor(planned: PlannedRequest, clock: VirtualClock, onLeave: (caller: Caller) => void) {
    this.planned = planned;
    this.#clock = clock;
    this.#onLeave = onLeave;
    this.startedAt = clock.now();
    if (planned.leaves?.when === 'after-start') this.#leaveIn(planned.leaves.ms);
  }

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  open({ summary }: Opening): void {
    if (this.openedAt !== undefined || this.endedAt !== undefined) this.strays += 1;
    this.openedAt = this.#clock.now();
    this.summary = summary;
    if (this.planned.leaves?.when === 'after-first-byte') this.#leaveIn(this.planned.leaves.ms);
  }

  write(events: readonly ChatEvent[]): void | Promise<void> {
    if (this.openedAt === undefined || this.endedAt !== undefined) this.strays += 1;
    this.events.push(...events);
    const { readMs } = this.planned;
    if (readMs === undefined || this.leftAt !== undefined) return undefined;
    return new Promise((resolve) => {
      this.#clock.setTimer(readMs, resolve);
    });
  }

  ended(result: RunResult): void {
    this.result = result;
    if (result.kind === 'served') {
      this.events.push(...result.events);
      this.summary = result.summary;
    }
    this.endedAt = this.#clock.now();
  }

  #leaveIn(ms: number): void {
    this.#clock.setTimer(ms, () => {
      if (this.endedAt !== undefined || this.leftAt !== undefined) return;
      this.leftAt = this.#clock.now();
      this.#gone.abort();
      this.#onLeave(this);
    });
  }
}
