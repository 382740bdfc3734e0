import { UpstreamFault } from '../../src/engine/ports.ts';
import type { SseFrame } from '../../src/model/wire-frame.ts';
import { framesOf, type VirtualAnswer } from './virtual-answer.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { VirtualFault } from './virtual-incident.ts';

export interface StreamRule {
  readonly clock: VirtualClock;
  readonly model: string;
  /** From now to the first content. */
  readonly firstMs: number;
  readonly paceMs: number;
  readonly breaks?: Extract<VirtualFault, { kind: 'cut' | 'stall' }>;
  /** Called once, whichever side ends the stream. */
  readonly onEnd: (end: 'answered' | 'broken' | 'cancelled') => void;
}

type Read = IteratorResult<readonly SseFrame[], undefined>;
const DONE: Read = { done: true, value: undefined };

/**
 * One streamed answer. Pieces fall due whether somebody reads or not; a reader that waits is woken by one timer, one
 * that is late finds everything that is due in one read. Written by hand: a generator would double the turns.
 */
export class VirtualStream implements AsyncIterableIterator<readonly SseFrame[]> {
  readonly #answer: VirtualAnswer;
  readonly #rule: StreamRule;
  readonly #startedAt: number;
  #next = 0;
  #over = false;
  #failure: { readonly reason: unknown } | undefined;
  #waiting: { resolve: (read: Read) => void; reject: (reason: unknown) => void; cancel: () => void } | undefined;

  constructor(answer: VirtualAnswer, rule: StreamRule) {
    this.#answer = answer;
    this.#rule = rule;
    this.#startedAt = rule.clock.now();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Read> {
    if (this.#failure) return Promise.reject(this.#failure.reason);
    if (this.#over) return Promise.resolve(DONE);
    const now = this.#rule.clock.now();
    const dueAt = this.#dueAt(this.#next);
    if (dueAt > now) {
      return new Promise((resolve, reject) => {
        const wake = () => this.#wake();
        const cancel = Number.isFinite(dueAt) ? this.#rule.clock.setTimer(dueAt - now, wake) : () => undefined;
        this.#waiting = { resolve, reject, cancel };
      });
    }
    return this.#read(now);
  }

  /** The reader leaves. */
  return(): Promise<Read> {
    this.#end('cancelled');
    return Promise.resolve(DONE);
  }

  /** The exchange was aborted from outside. */
  fail(reason: unknown): void {
    this.#over = true;
    this.#failure = { reason };
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.cancel();
    waiting?.reject(reason);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) this.#read(this.#rule.clock.now()).then(waiting.resolve, waiting.reject);
  }

  #read(now: number): Promise<Read> {
    const { breaks } = this.#rule;
    const cutAt = breaks?.kind === 'cut' ? breaks.afterPieces + 1 : Number.POSITIVE_INFINITY;
    const frames: SseFrame[] = [];
    const end = this.#answer.pieces.length + 2;
    while (this.#next < end && this.#next < cutAt && this.#dueAt(this.#next) <= now) {
      frames.push(...framesOf(this.#answer, this.#rule.model, this.#next));
      this.#next += 1;
    }
    if (this.#next >= end) this.#end('answered');
    if (frames.length > 0) return Promise.resolve({ done: false, value: frames });
    this.#end('broken');
    if (breaks?.kind === 'cut' && breaks.how === 'reset') return Promise.reject(new UpstreamFault(RESET));
    return Promise.resolve(DONE);
  }

  /** Frame 0 opens the stream, frame `n` holds piece `n`, and the end comes with the last piece. */
  #dueAt(frame: number): number {
    const { breaks, firstMs, paceMs } = this.#rule;
    if (breaks?.kind === 'stall' && frame > breaks.afterPieces) return Number.POSITIVE_INFINITY;
    if (frame === 0) return this.#startedAt;
    const piece = Math.min(frame, Math.max(1, this.#answer.pieces.length));
    return this.#startedAt + firstMs + (piece - 1) * paceMs;
  }

  #end(how: 'answered' | 'broken' | 'cancelled'): void {
    if (this.#over) return;
    this.#over = true;
    this.#rule.onEnd(how);
  }
}

const RESET = { kind: 'bad-response', what: 'cut', message: 'the connection was reset' } as const;
