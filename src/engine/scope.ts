import type { Failure } from '../model/failure.ts';
import type { Fault } from '../model/fault.ts';
import { type StopSignal, StopSource } from '../model/stop-signal.ts';
import { type Clock, isUpstreamFault, UpstreamFault } from './ports.ts';
import type { ReaderCut } from './record.ts';

/**
 * Reason for aborting a request's signal that is not the caller's doing: the caller is still there, and is told
 * `failure` in the form that fits what it has already been given.
 */
export class Halt extends Error {
  readonly isHalt = true;
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'Halt';
    this.failure = failure;
  }
}

/** Reason for aborting a request whose caller is cut off because it does not read. */
export class CallerCut extends Error {
  readonly why: ReaderCut;

  constructor(why: ReaderCut) {
    super(`the caller was cut off: ${why}`);
    this.name = 'CallerCut';
    this.why = why;
  }
}

/** The halt behind an aborted signal; undefined where nobody aborted it, or the caller left. */
export function haltBehind(signal: StopSignal): Halt | undefined {
  const reason: unknown = signal.reason;
  return reason instanceof Error && (reason as Partial<Halt>).isHalt === true ? (reason as Halt) : undefined;
}

/**
 * One branch of a request's abort tree. Aborts with the parent or by itself, always with an `UpstreamFault` as the
 * reason, and lets go of the parent when closed: a long-lived signal must not collect listeners.
 */
export class Scope {
  readonly #source = new StopSource();
  readonly #parent: StopSignal;
  readonly #onParent = () => this.abort(faultBehind(this.#parent));

  constructor(parent: StopSignal) {
    this.#parent = parent;
    if (parent.aborted) this.#onParent();
    else parent.addEventListener('abort', this.#onParent, { once: true });
  }

  get signal(): StopSignal {
    return this.#source;
  }

  abort(fault: Fault): void {
    if (!this.#source.aborted) this.#source.abort(new UpstreamFault(fault));
  }

  close(): void {
    this.#parent.removeEventListener('abort', this.#onParent);
  }
}

/** Why nobody wants the answer any more: the caller left, the gateway gave the request up, or another answer was taken. */
export function faultBehind(signal: StopSignal): Fault {
  if (isUpstreamFault(signal.reason)) return signal.reason.fault;
  const { reason } = signal;
  if (reason instanceof CallerCut) return { kind: 'caller-gone', message: reason.message };
  const halt = haltBehind(signal);
  return halt ? { kind: 'caller-gone', message: halt.failure.message } : CALLER_GONE;
}

export const CALLER_GONE: Fault = { kind: 'caller-gone', message: 'the caller closed the connection' };

/** Waits on the given clock; resolves `false` at once when the signal is or becomes aborted. */
export function sleep(clock: Clock, ms: number, signal: StopSignal): Promise<boolean> {
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
