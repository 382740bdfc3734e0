import type { Clock } from './ports.ts';

export interface WakeLoopParts {
  readonly clock: Clock;
  /** Longest time between two looks, in milliseconds. */
  readonly everyMs: number;
  /** Does what there is to do. What it throws is told to `onTrouble`, and the loop goes on. */
  look(): Promise<void>;
  onTrouble(error: unknown): void;
}

/** Looks after work when it is woken, and every so often besides; never twice at once. */
export class WakeLoop {
  readonly #parts: WakeLoopParts;
  #cancelLook: () => void = () => {};
  #turn: Promise<void> | undefined;
  #again = false;
  #state: 'idle' | 'working' | 'stopped' = 'idle';

  constructor(parts: WakeLoopParts) {
    this.#parts = parts;
  }

  get working(): boolean {
    return this.#state === 'working';
  }

  start(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'working';
    this.wake();
  }

  /** There may be work. Costs nothing where a look is under way already. */
  wake(): void {
    if (!this.working) return;
    this.#again = true;
    this.#turn ??= this.#run().finally(() => {
      this.#turn = undefined;
      if (this.#again) this.wake();
      else if (this.working) this.#cancelLook = this.#parts.clock.setTimer(this.#parts.everyMs, () => this.wake());
    });
  }

  /** Resolves once the look under way is over; there is none after it. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#cancelLook();
    await this.#turn;
  }

  async #run(): Promise<void> {
    this.#cancelLook();
    while (this.#again && this.working) {
      this.#again = false;
      try {
        await this.#parts.look();
      } catch (error) {
        this.#parts.onTrouble(error);
      }
    }
  }
}
