import type { Failure } from '../model/failure.ts';
import { HttpFailure } from './http-failure.ts';

/** Told when the gateway cannot wait for a request any longer. */
export type HaltRequest = (failure: Failure) => void;

/** Taken share of the places from which on whoever holds more than its part is refused, so that the others find room. */
export const SCARCE_SHARE = 0.75;

/** Why somebody gets no place: there is none, or it has more than its part of them. */
export type NoPlace = 'streams' | 'fair-share';

/** One request that is let in. */
export interface Place {
  readonly caller: string;
  /** Undefined while its body is on the way. */
  route: string | undefined;
  halt: HaltRequest | undefined;
  /** Somebody answers it, and leaves for it. */
  served: boolean;
}

/** Counts the requests being served, so that there is a limit to them, a part of it for everybody, and a moment when none is left. */
export class OpenStreams {
  readonly #limit: () => number;
  readonly #places = new Set<Place>();
  readonly #callers = new Map<string, number>();
  readonly #routes = new Map<string, number>();
  #draining: 'no' | 'announced' | 'yes' | 'halted' = 'no';
  #onEmpty: (() => void) | undefined;

  /** `limit` is asked each time, because an operator may change it. */
  constructor(limit: () => number) {
    if (!(limit() >= 1)) throw new RangeError(`OpenStreams limit should be at least 1, got ${limit()}`);
    this.#limit = limit;
  }

  get count(): number {
    return this.#places.size;
  }

  get limit(): number {
    return this.#limit();
  }

  /** True from the announcement on: readiness has to fail before requests do. */
  get draining(): boolean {
    return this.#draining !== 'no';
  }

  /** So many places are taken that nobody may have more than its part. */
  get scarce(): boolean {
    return this.#places.size >= this.#limit() * SCARCE_SHARE;
  }

  /** Why `caller` would get no place. Throws 503 where the gateway is going down. */
  lacks(caller: string): NoPlace | undefined {
    if (this.#draining === 'yes' || this.#draining === 'halted') {
      throw drainingFailure('this gateway is shutting down; another replica will serve');
    }
    if (this.#places.size >= this.#limit()) return 'streams';
    return this.#hasItsPart(this.#callers, caller) ? 'fair-share' : undefined;
  }

  /** With one more, `caller` would have more than an even part of `limit` places, among those who hold any. */
  wouldExceed(caller: string, limit: number): boolean {
    return ((this.#callers.get(caller) ?? 0) + 1) * this.#callers.size > limit;
  }

  /** Takes a place, which has to be left again. */
  enter(caller: string): Place {
    const place = { caller, route: undefined, halt: undefined, served: false };
    add(this.#callers, caller, 1);
    this.#places.add(place);
    return place;
  }

  /** What a place is taken for, once its body says so: false where places are scarce and the route has its part of them. */
  use(place: Place, route: string): boolean {
    if (this.#hasItsPart(this.#routes, route)) return false;
    place.route = route;
    add(this.#routes, route, 1);
    return true;
  }

  /** Whom to tell when the request is given up; at once where that is decided already. */
  onHalt(place: Place, halt: HaltRequest): void {
    place.halt = halt;
    if (this.#draining === 'halted') halt(unfinished());
  }

  /** Gives a place back; further calls do nothing. */
  leave(place: Place): void {
    if (!this.#places.delete(place)) return;
    add(this.#callers, place.caller, -1);
    if (place.route !== undefined) add(this.#routes, place.route, -1);
    if (this.#places.size === 0) this.#onEmpty?.();
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
    this.#draining = 'halted';
    for (const place of [...this.#places]) place.halt?.(unfinished());
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

  /** Its part is an even one of all places, among those who hold any; one place is everybody's. */
  #hasItsPart(holders: ReadonlyMap<string, number>, name: string): boolean {
    if (!this.scarce) return false;
    const held = holders.get(name) ?? 0;
    return held > 0 && (held + 1) * holders.size > this.#limit();
  }
}

function add(holders: Map<string, number>, name: string, one: 1 | -1): void {
  const held = (holders.get(name) ?? 0) + one;
  if (held === 0) holders.delete(name);
  else holders.set(name, held);
}

function unfinished(): Failure {
  return drainingFailure('this gateway is shutting down and the answer was not finished in time').failure;
}

/** A retry is right here: it will meet another replica, on another connection. */
function drainingFailure(message: string): HttpFailure {
  return new HttpFailure(503, 'gateway_draining', message, { close: true, retryAfterMs: 1_000, shouldRetry: true });
}
