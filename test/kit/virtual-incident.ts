import type { Chance } from '../../src/engine/ports.ts';

/** What a provider does to a request that an incident hits. Times in milliseconds of virtual time. */
export type VirtualFault =
  /** A status outside 2xx; the body is OpenAI's for that status. */
  | { readonly kind: 'status'; readonly status: number; readonly afterMs?: number; readonly retryAfterS?: number }
  | { readonly kind: 'refused-connection' }
  /** The connection stands and nothing ever comes. */
  | { readonly kind: 'black-hole' }
  /** The pooled socket had been closed. */
  | { readonly kind: 'stale-socket' }
  /** The stream ends, or is reset, after so many pieces of content; a whole answer is reset. */
  | { readonly kind: 'cut'; readonly afterPieces: number; readonly how: 'ends' | 'reset' }
  /** So many pieces of content, then silence. */
  | { readonly kind: 'stall'; readonly afterPieces: number }
  /** Status 200 and no JSON. */
  | { readonly kind: 'garbage'; readonly what: 'html' | 'not-json' | 'empty' | 'error-body' }
  /** Everything takes so many times as long. */
  | { readonly kind: 'slow'; readonly times: number }
  /** 429 whatever the bucket holds; the wait is named where it is given, and up to `spreadS` longer, drawn for each. */
  | { readonly kind: 'rate-limit'; readonly retryAfterS?: number; readonly spreadS?: number }
  /** Credit used up. */
  | { readonly kind: 'quota' }
  /** The model is no longer there. */
  | { readonly kind: 'retired' }
  | { readonly kind: 'bad-credential' }
  /** A complete answer that is not what was asked for: no JSON, another tool, nothing. */
  | { readonly kind: 'breaks-contract' };

/** From one moment to another some share of the requests meets the fault. */
export interface Incident {
  /** Of the virtual clock, inclusive. */
  readonly fromMs: number;
  /** Exclusive; `Infinity` never ends. */
  readonly untilMs: number;
  /** Share of the requests, in (0, 1]. */
  readonly share: number;
  readonly fault: VirtualFault;
}

/** The fault of the first incident that hits a request sent now. */
export function faultAt(incidents: readonly Incident[], now: number, chance: Chance): VirtualFault | undefined {
  for (const { fromMs, untilMs, share, fault } of incidents) {
    if (now >= fromMs && now < untilMs && (share >= 1 || chance.next() < share)) return fault;
  }
  return undefined;
}

/** Milliseconds drawn from a log-normal distribution: most are near the median, a few far above. */
export interface LogNormal {
  readonly medianMs: number;
  /** Spread of the logarithm; 0: always the median. At 0.5 the 99th percentile is 3.2 times the median. */
  readonly sigma: number;
}

export function drawMs({ medianMs, sigma }: LogNormal, chance: Chance): number {
  if (sigma === 0) return medianMs;
  const radius = Math.sqrt(-2 * Math.log(1 - chance.next()));
  return medianMs * Math.exp(sigma * radius * Math.cos(2 * Math.PI * chance.next()));
}

/** A limit as vendors keep it: `burst` requests at once, refilled evenly. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #level: number;
  #at: number;

  constructor(limit: { readonly perMinute: number; readonly burst: number }, now: number) {
    if (!(limit.perMinute > 0)) throw new RangeError(`perMinute must be above 0, got ${limit.perMinute}`);
    if (!(limit.burst >= 1)) throw new RangeError(`burst must be 1 or more, got ${limit.burst}`);
    this.#perMs = limit.perMinute / 60_000;
    this.#burst = limit.burst;
    this.#level = limit.burst;
    this.#at = now;
  }

  level(now: number): number {
    this.#level = Math.min(this.#burst, this.#level + Math.max(0, now - this.#at) * this.#perMs);
    this.#at = Math.max(this.#at, now);
    return this.#level;
  }

  /** 0 where one was taken, else milliseconds until one is there. */
  take(now: number): number {
    const level = this.level(now);
    if (level < 1) return (1 - level) / this.#perMs;
    this.#level = level - 1;
    return 0;
  }
}
