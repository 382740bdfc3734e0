import { UpstreamFault } from '../engine/ports.ts';
import type { StopSignal } from '../model/stop-signal.ts';

/** A credential that passes: a token, or keys that end. */
export interface Credential<T> {
  readonly value: T;
  /** Milliseconds since 1970; absent where it has no end. */
  readonly expiresAt?: number;
}

export interface CredentialCacheOptions<T> {
  /** For messages, e.g. `provider azure: no Entra token`. */
  readonly failure: string;
  /** Asks for a new one. What it rejects with goes into the message, its first line only. */
  fetch(): Promise<Credential<T>>;
  /** Told of each new one, before anybody uses it. */
  onNew(value: T): void;
  /** Told when a renewal in the background failed; the old one stays in use as long as it lasts. */
  onProblem(message: string): void;
  /** Longest wait for a new one, in milliseconds. */
  readonly limitMs: number;
  /** Milliseconds since 1970. */
  now(): number;
}

/** A credential in use; handed back when it was refused. */
export interface Held<T> {
  readonly value: T;
  readonly fetchedAt: number;
  /** From here on a new one is fetched beside the traffic. */
  readonly renewAt: number;
  /** From here on it is not used any more. */
  readonly endsAt: number;
}

/** Shares of a credential's life: a fifth before its end the renewal begins, a twentieth before its end it is too late. */
const RENEW_SHARE = 0.2;
const END_SHARE = 0.05;
const maxRenewMs = 300_000;
const maxEndMs = 30_000;

/** A credential this young that is refused is not out of date, it is wrong: another one would be refused as well. */
const minAgeMs = 10_000;

/** How long a failure speaks for the requests that come after it, so that they do not storm whoever gives credentials. */
const failureHoldMs = 1_000;

const maxReasonChars = 300;

/** Holds one credential: fetched once however many wait for it, and renewed before it ends, beside the traffic. */
export class CredentialCache<T> {
  readonly #options: CredentialCacheOptions<T>;
  #held: Held<T> | undefined;
  #fetching: Promise<Held<T>> | undefined;
  #failed: { readonly fault: UpstreamFault; readonly at: number } | undefined;

  constructor(options: CredentialCacheOptions<T>) {
    this.#options = options;
  }

  /** Rejects with `UpstreamFault` (`credential-refused`) within the limit, or with the signal's reason. */
  async get(signal: StopSignal): Promise<Held<T>> {
    const now = this.#options.now();
    const held = this.#held;
    if (held && now < held.endsAt) {
      if (now >= held.renewAt && !this.#resting(now)) this.#renewBeside();
      return held;
    }
    if (this.#failed && this.#resting(now)) throw this.#failed.fault;
    return orAborted(this.#fetch(), signal);
  }

  /** A credential was refused: true where a newer one may be had. Many may say it of the same one. */
  renew(refused: Held<T>): boolean {
    if (this.#held !== refused) return true;
    if (this.#options.now() - refused.fetchedAt < minAgeMs) return false;
    this.#held = undefined;
    return true;
  }

  #resting(now: number): boolean {
    return this.#failed !== undefined && now - this.#failed.at < failureHoldMs;
  }

  #renewBeside(): void {
    this.#fetch().catch((error: unknown) => {
      this.#options.onProblem(`${reasonOf(error)}; the present one stays in use until it ends`);
    });
  }

  #fetch(): Promise<Held<T>> {
    this.#fetching ??= this.#fetchNow().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchNow(): Promise<Held<T>> {
    const { failure, limitMs, now, onNew } = this.#options;
    try {
      const { value, expiresAt } = await withinLimit(this.#options.fetch(), limitMs);
      onNew(value);
      const fetchedAt = now();
      const life = (expiresAt ?? Number.POSITIVE_INFINITY) - fetchedAt;
      if (life <= 0) throw new Error('what was given has ended already');
      const renewAt = fetchedAt + life - Math.min(maxRenewMs, life * RENEW_SHARE);
      const endsAt = fetchedAt + life - Math.min(maxEndMs, life * END_SHARE);
      this.#failed = undefined;
      this.#held = { value, fetchedAt, renewAt, endsAt };
      return this.#held;
    } catch (error) {
      const fault = new UpstreamFault({ kind: 'credential-refused', message: `${failure}: ${reasonOf(error)}` });
      this.#failed = { fault, at: now() };
      throw fault;
    }
  }
}

/** The vendors' libraries have limits of their own, of minutes; what comes after ours is of no use to anybody. */
async function withinLimit<V>(promise: Promise<V>, limitMs: number): Promise<V> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** One who leaves does not take the fetch away from the others. */
async function orAborted<V>(promise: Promise<V>, signal: StopSignal): Promise<V> {
  signal.throwIfAborted();
  let leave = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n', 1)[0] ?? '').slice(0, maxReasonChars);
}
