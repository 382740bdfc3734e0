import { HttpFailure } from './http-failure.ts';

/** Counts the requests being served, so that there is a limit to them and a moment when none is left. */
export class OpenStreams {
  readonly #limit: number;
  #open = 0;
  #draining: 'no' | 'announced' | 'yes' = 'no';
  #onEmpty: (() => void) | undefined;

  constructor(limit: number) {
    if (!(limit >= 1)) throw new RangeError(`OpenStreams limit should be at least 1, got ${limit}`);
    this.#limit = limit;
  }

  get count(): number {
    return this.#open;
  }

  /** True from the announcement on: readiness has to fail before requests do. */
  get draining(): boolean {
    return this.#draining !== 'no';
  }

  /** Takes a place. Throws 503 when there is none or the gateway is going down. */
  enter(): { leave(): void } {
    if (this.#draining === 'yes')
      throw new HttpFailure(503, 'gateway_draining', 'this gateway is shutting down; another replica will serve', {
        retryAfterMs: 1_000,
      });
    if (this.#open >= this.#limit) {
      throw new HttpFailure(
        503,
        'overloaded',
        `this gateway serves ${this.#limit} requests at once and has no place free`,
        { retryAfterMs: 1_000 },
      );
    }
    this.#open += 1;
    let left = false;
    return {
      leave: () => {
        if (left) return;
        left = true;
        this.#open -= 1;
        if (this.#open === 0) this.#onEmpty?.();
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

  /** Resolves once nobody is being served, or after `ms`; tells which. */
  async empty(ms: number): Promise<boolean> {
    if (this.#open === 0) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}
