import type { Fault } from '../model/fault.ts';
import { type Clock, UpstreamFault } from './ports.ts';

/**
 * One branch of a request's abort tree. Aborts with the parent or by itself, always with an `UpstreamFault` as the
 * reason, and lets go of the parent when closed: a long-lived signal must not collect listeners.
 */
export class Scope {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal;
  readonly #onParent = () => this.abort(CALLER_GONE);

  constructor(parent: AbortSignal) {
    this.#parent = parent;
    if (parent.aborted) this.abort(CALLER_GONE);
    else parent.addEventListener('abort', this.#onParent, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(fault: Fault): void {
    if (!this.#controller.signal.aborted) this.#controller.abort(new UpstreamFault(fault));
  }

  close(): void {
    this.#parent.removeEventListener('abort', this.#onParent);
  }
}

export const CALLER_GONE: Fault = { kind: 'caller-gone', message: 'the caller closed the connection' };

/** Waits on the given clock; resolves `false` at once when the signal is or becomes aborted. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const onAbort = () => {
      cancel();
      resolve(false);
    };
    const cancel = clock.setTimer(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve(true);
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
