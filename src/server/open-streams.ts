import type { Failure } from '../model/failure.ts';
import { HttpFailure } from './http-failure.ts';

/** Told when the gateway cannot wait for a request any longer. */
export type HaltRequest = (failure: Failure) => void;

/** Counts the requests being served, so that there is a limit to them and a moment when none is left. */
export class OpenStreams {
  readonly #limit: number;
  readonly #places = new Set<{ readonly halt: HaltRequest }>();
  #draining: 'no' | 'announced' | 'yes' = 'no';
  #onEmpty: (() => void) | undefined;

  constructor(limit: number) {
    if (!(limit >= 1)) throw new RangeError(`OpenStreams limit should be at least 1, got ${limit}`);
    this.#limit = limit;
  }

  get count(): number {
    return this.#places.size;
  }

  /** True from the announcement on: readiness has to fail before requests do. */
  get draining(): boolean {
    return this.#draining !== 'no';
  }

  /** Takes a place. Throws 503 when there is none or the gateway is going down. */
  enter(halt: HaltRequest): { leave(): void } {
    if (this.#draining === 'yes') throw drainingFailure('this gateway is shutting down; another replica will serve');
    if (this.#places.size >= this.#limit) {
      throw new HttpFailure(
        503,
        'overloaded',
        `this gateway serves ${this.#limit} requests at once and has no place free`,
        { retryAfterMs: 1_000 },
      );
    }
    const place = { halt };
    this.#places.add(place);
    return {
      leave: () => {
        if (this.#places.delete(place) && this.#places.size === 0) this.#onEmpty?.();
      },
    };
  }

  /** Tells load balancers to look elsewhere; requests that still come are served. */
  announceDrain(): void {
    if (this.#draining === 'no') this.#draining = 'announced';
  }

  /** From now on everybody new is refused. */
  drain(): void {
    this.#draining = 'yes';
  }

  /** Gives up on whoever is still being served: each caller is told, none is just cut off. */
  haltAll(): void {
    const { failure } = drainingFailure('this gateway is shutting down and the answer was not finished in time');
    for (const place of [...this.#places]) place.halt(failure);
  }

  /** Resolves once nobody is being served, or after `ms`; tells which. */
  async empty(ms: number): Promise<boolean> {
    if (this.#places.size === 0) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#onEmpty = undefined;
        resolve(false);
      }, ms);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

/** A retry is right here: it will meet another replica, on another connection. */
function drainingFailure(message: string): HttpFailure {
  return new HttpFailure(503, 'gateway_draining', message, { close: true, retryAfterMs: 1_000, shouldRetry: true });
}
