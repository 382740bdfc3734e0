import type { Clock } from '../../src/engine/ports.ts';
import type { VirtualClock } from '../kit/virtual-clock.ts';

/** The engine's own view of the clock: what it arms and does not cancel can be told from everybody else's timers. */
export class CountedClock implements Clock {
  armed = 0;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  wallNow(): number {
    return this.#clock.wallNow();
  }

  setTimer(ms: number, task: () => void): () => void {
    let standing = true;
    const lift = () => {
      if (standing) this.armed -= 1;
      standing = false;
    };
    this.armed += 1;
    const cancel = this.#clock.setTimer(ms, () => {
      lift();
      task();
    });
    return () => {
      lift();
      cancel();
    };
  }
}
