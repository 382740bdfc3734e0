import { MAX_RETRY_AFTER_MS } from './retry-after.ts';

/** What a rate limit counts. `tokens`: of input and output together. */
export type LimitKind = 'requests' | 'tokens' | 'input-tokens' | 'output-tokens';

/** A rate limit as an answer told it. */
export interface LimitTold {
  /** Tells the limits of one lane apart, e.g. `requests` or `tokens-minute`. */
  readonly name: string;
  readonly kind: LimitKind;
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until all of the limit is there again; undefined where nobody said. */
  readonly resetMs: number | undefined;
  /** `gradual`: a little comes back all the time, as in a bucket that is refilled. `at-once`: all of it, at the reset. */
  readonly refill: 'gradual' | 'at-once';
}

/** Tokens that one request takes of a limit, as far as can be known beforehand. */
export interface TokenNeed {
  readonly input: number;
  /** Asked for at most. */
  readonly output: number;
}

export interface HeadroomPolicy {
  /** Share of each limit that is left alone: others may use the same credential, and estimates are estimates. */
  readonly reserve: number;
}

/** What each number is for stands in `defaults.ts`. */
export const DEFAULT_HEADROOM: HeadroomPolicy = { reserve: 0.02 };

/** Longest time that a header beside an answer shuts a lane. A refusal that names a moment is a stronger word. */
export const MAX_HEADROOM_MS = 300_000;
/** How long a limit is believed that tells no reset: as long as a lane is held after a refusal that names no moment. */
export const UNTOLD_RESET_MS = 5_000;
/** Most limits of one lane that are kept apart; providers tell up to four. */
export const MAX_LIMITS = 12;
/** Share that the newest answer has in the mean of tokens a request. */
const MEAN_SHARE = 0.1;

interface Known {
  readonly told: LimitTold;
  readonly at: number;
  readonly until: number;
  /** Number of the request whose answer told it: what was sent after it is not in the count yet. */
  readonly asOf: number;
}

export interface HeadroomRefusal {
  readonly name: string;
  readonly kind: LimitKind;
  /** Milliseconds until the request would fit. */
  readonly waitMs: number;
}

export interface LimitSnapshot {
  readonly name: string;
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/**
 * What remains of a lane's rate limits, as its provider's answers tell it, less what was sent since: so that a request
 * goes elsewhere before the 429 and not after it. Knowledge ends with the reset. What makes no sense is not believed,
 * because a wrong number must not shut a lane: a limit that is missing, zero or negative, more remaining than there is,
 * a reset a day away. `now` is monotonic milliseconds. Throws `RangeError` for a reserve that is no share below one.
 */
export class Headroom {
  #reserve: number;
  readonly #known = new Map<string, Known>();
  #sent = 0;
  #tokensEach = 0;

  constructor(policy: HeadroomPolicy) {
    this.#reserve = checkedReserve(policy);
  }

  /** Another reserve from now on. Throws `RangeError` as the constructor does. */
  follow(policy: HeadroomPolicy): void {
    this.#reserve = checkedReserve(policy);
  }

  /** One more request goes out; its number is what `learn` has to be given with its answer. */
  countSent(): number {
    this.#sent += 1;
    return this.#sent;
  }

  /** So many requests went out from others that send down the same lane. */
  sentElsewhere(requests: number): void {
    this.#sent += requests;
  }

  /** Requests that went out after the one of this number. */
  sentSince(request: number | undefined): number {
    return request === undefined ? 0 : Math.max(0, this.#sent - request);
  }

  /** What an answer told others that send down the same lane; `since`: requests that went out after its own. */
  learnElsewhere(told: readonly LimitTold[], since: number, now: number): void {
    this.learn(told, this.#sent - since, now);
  }

  /** Tokens that an answer has used, input and output: what the next ones are taken to use until they tell. */
  countTokens(tokens: number): void {
    if (!(tokens > 0 && Number.isFinite(tokens))) return;
    this.#tokensEach += (tokens - this.#tokensEach) * (this.#tokensEach === 0 ? 1 : MEAN_SHARE);
  }

  /** `request`: the number it was given by `countSent`; undefined where it was not counted. */
  learn(told: readonly LimitTold[], request: number | undefined, now: number): void {
    const asOf = request ?? this.#sent;
    for (const limit of told) {
      if (!makesSense(limit)) continue;
      const known = this.#known.get(limit.name);
      // Answers overtake each other; the one to the later request has seen more.
      if (known && known.asOf > asOf && now < known.until) continue;
      if (!known && this.#known.size >= MAX_LIMITS) continue;
      const lastsMs = Math.min(MAX_HEADROOM_MS, limit.resetMs ?? UNTOLD_RESET_MS);
      this.#known.set(limit.name, { told: limit, at: now, until: now + lastsMs, asOf });
    }
  }

  /** Why one more request would meet a 429; undefined where it would not, or nobody knows. */
  refusal(now: number, need: TokenNeed | undefined): HeadroomRefusal | undefined {
    let longest: HeadroomRefusal | undefined;
    for (const known of this.#known.values()) {
      const waitMs = this.#waitMs(known, now, need);
      if (waitMs > 0 && waitMs > (longest?.waitMs ?? 0)) {
        longest = { name: known.told.name, kind: known.told.kind, waitMs };
      }
    }
    return longest;
  }

  /** Tokens that the tightest limit still grants one request; infinite where none is known. */
  tokensLeft(now: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (const known of this.#known.values()) {
      if (known.told.kind === 'requests' || now >= known.until) continue;
      least = Math.min(least, this.#left(known, now) - this.#kept(known));
    }
    return least;
  }

  snapshot(now: number): readonly LimitSnapshot[] {
    return [...this.#known.values()]
      .filter((known) => now < known.until)
      .map((known) => ({
        name: known.told.name,
        limit: known.told.limit,
        remaining: Math.max(0, Math.floor(this.#left(known, now))),
        resetMs: Math.ceil(known.at + (known.told.resetMs ?? UNTOLD_RESET_MS) - now),
      }));
  }

  /** 0 where the request fits, or what was known is over. */
  #waitMs(known: Known, now: number, need: TokenNeed | undefined): number {
    if (now >= known.until) return 0;
    const { told } = known;
    const kept = this.#kept(known);
    // A request that is larger than the whole limit would wait for ever: it is let go when all of it is there.
    const wanted = Math.min(needOf(told.kind, need), told.limit - kept);
    const missing = wanted + kept - this.#left(known, now);
    if (missing <= 0) return 0;
    const rate = refillRate(told);
    const waitMs = rate > 0 ? missing / rate : Number.POSITIVE_INFINITY;
    return Math.min(waitMs, known.until - now);
  }

  #left({ told, at, asOf }: Known, now: number): number {
    const sent = Math.max(0, this.#sent - asOf);
    const used = told.kind === 'requests' ? sent : sent * this.#tokensEach;
    return told.remaining - used + refillRate(told) * (now - at);
  }

  /** Whole ones only: the reserve of a small limit must not be its last request. */
  #kept({ told }: Known): number {
    return Math.floor(told.limit * this.#reserve);
  }
}

function checkedReserve({ reserve }: HeadroomPolicy): number {
  if (!(reserve >= 0 && reserve < 1)) throw new RangeError(`reserve must be 0 or more and below 1, got ${reserve}`);
  return reserve;
}

function needOf(kind: LimitKind, need: TokenNeed | undefined): number {
  switch (kind) {
    case 'requests':
    // Nobody knows beforehand how much of its output a request will use; providers count it as it comes.
    case 'output-tokens':
      return 1;
    case 'input-tokens':
      return Math.max(1, need?.input ?? 1);
    case 'tokens':
      return Math.max(1, need ? need.input + need.output : 1);
  }
}

/** Units that come back in a millisecond; 0 where all come back at once. */
function refillRate({ refill, limit, remaining, resetMs }: LimitTold): number {
  if (refill === 'at-once' || resetMs === undefined || resetMs <= 0) return 0;
  return (limit - remaining) / resetMs;
}

function makesSense({ limit, remaining, resetMs }: LimitTold): boolean {
  if (!(limit > 0 && Number.isFinite(limit) && remaining >= 0 && remaining <= limit)) return false;
  return resetMs === undefined || (resetMs > 0 && resetMs < MAX_RETRY_AFTER_MS);
}
