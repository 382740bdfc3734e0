import { requirePositive, requireRandom, requireShare } from './number-guards.ts';

export interface RampPolicy {
  /** Shares of the traffic, one a stage, each larger than the one before. */
  readonly shares: readonly number[];
  /** Length of a stage in milliseconds. */
  readonly dwellMs: number;
}

/** 30 s to full traffic: a provider that comes back with cold caches and little capacity is not knocked over again. */
export const DEFAULT_RAMP: RampPolicy = { shares: [0.01, 0.05, 0.25, 1], dwellMs: 7_500 };

/** A lane with little traffic would see none of it at 1 %: this many requests pass a stage, whatever chance says. */
const LEAST_PASSES_A_STAGE = 4;

/** Throws `RangeError` unless the shares grow within (0, 1] and the stage has a length. */
export function checkRampPolicy(policy: RampPolicy): RampPolicy {
  requirePositive('ramp.dwellMs', policy.dwellMs);
  if (policy.shares.length === 0) throw new RangeError('ramp.shares must hold one share or more, got none');
  let before = 0;
  for (const share of policy.shares) {
    requireShare('ramp.shares', share);
    if (share <= before) throw new RangeError(`ramp.shares must grow, got ${policy.shares.join(', ')}`);
    before = share;
  }
  return policy;
}

/** The way back to full traffic after an outage, stage by stage. Who started it ends it at the first sign of trouble. */
export class Ramp {
  readonly since: number;
  readonly #policy: RampPolicy;
  #lastPassAt: number;

  /** `now`: when the probe succeeded, which counts as the first request that passed. */
  constructor(policy: RampPolicy, now: number) {
    this.#policy = checkRampPolicy(policy);
    this.since = now;
    this.#lastPassAt = now;
  }

  /** Number of the stage, from 0. */
  stage(now: number): number {
    const passed = Math.floor((now - this.since) / this.#policy.dwellMs);
    return Math.max(0, Math.min(passed, this.#policy.shares.length - 1));
  }

  get dwellMs(): number {
    return this.#policy.dwellMs;
  }

  share(now: number): number {
    return this.#policy.shares[this.stage(now)] ?? 1;
  }

  /** When the last stage begins. */
  get fullFrom(): number {
    return this.since + (this.#policy.shares.length - 1) * this.#policy.dwellMs;
  }

  /** When the last stage is over. */
  get endsAt(): number {
    return this.since + this.#policy.shares.length * this.#policy.dwellMs;
  }

  /** Whether one more request passes: by chance, or because none has for a quarter of a stage. */
  admit(now: number, random: number): boolean {
    if (requireRandom(random) >= this.share(now) && this.nextPassInMs(now) > 0) return false;
    this.#lastPassAt = now;
    return true;
  }

  /** Milliseconds until a request passes whatever chance says. */
  nextPassInMs(now: number): number {
    return Math.max(0, this.#lastPassAt + this.#policy.dwellMs / LEAST_PASSES_A_STAGE - now);
  }
}
