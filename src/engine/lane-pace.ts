import { ADAPTIVE_FLOORS, type AdaptivePolicy, adaptedMs, checkAdaptivePolicy } from '../resilience/adaptive-limit.ts';
import { LaneLatency, LEAST_PACED_TOKENS } from '../resilience/lane-latency.ts';
import { DEFAULT_LATENCY_WINDOW } from '../resilience/latency-window.ts';
import { checkSlowPolicy, type SlowPolicy, SlowTrigger } from '../resilience/slow-trigger.ts';
import type { Timeouts } from './route.ts';

/** The limits that a stream has to keep until its commit point, in milliseconds. */
export type EarlyLimits = Pick<Timeouts, 'headersMs' | 'firstContentMs' | 'gapMs'>;

/** What one measurement says of a lane. `well`: fast enough to come back from an outage of slowness. */
export interface Pace {
  readonly tooSlowForTooLong: boolean;
  readonly well: boolean;
}

const NOTHING_TO_SAY: Pace = { tooSlowForTooLong: false, well: true };
const WELL: Pace = NOTHING_TO_SAY;
const NOT_WELL: Pace = { tooSlowForTooLong: false, well: false };
const TOO_SLOW: Pace = { tooSlowForTooLong: true, well: false };

const TIGHTENED_FOR_MS = 1_000;

/** How fast a lane answers: its statistics, and whether that is too slow to go on. */
export class LanePace {
  readonly latency: LaneLatency;
  #slow: SlowPolicy;
  #adaptive: AdaptivePolicy;
  #tightened: { readonly from: EarlyLimits; readonly to: EarlyLimits; readonly until: number } | undefined;
  #firstContent: SlowTrigger | undefined;
  #perToken: SlowTrigger | undefined;

  constructor(policy: SlowPolicy, adaptive: AdaptivePolicy, now: number) {
    this.latency = new LaneLatency(DEFAULT_LATENCY_WINDOW, now);
    this.#adaptive = checkAdaptivePolicy(adaptive);
    this.#slow = checkSlowPolicy(policy);
    this.#setTriggers(now);
  }

  /** Other policies from now on; what was measured stays. Slowness that is judged otherwise is judged anew. */
  follow(policy: SlowPolicy, adaptive: AdaptivePolicy, now: number): void {
    this.#adaptive = checkAdaptivePolicy(adaptive);
    this.#tightened = undefined;
    const before = this.#slow;
    this.#slow = checkSlowPolicy(policy);
    const same = (['firstContentMs', 'tokenMs', 'forMs', 'minimumSamples'] as const).every(
      (name) => before[name] === policy[name],
    );
    if (!same) this.#setTriggers(now);
  }

  #setTriggers(now: number): void {
    const { firstContentMs, tokenMs } = this.#slow;
    this.#firstContent = firstContentMs > 0 ? new SlowTrigger(firstContentMs, this.#slow, now) : undefined;
    this.#perToken = tokenMs > 0 ? new SlowTrigger(tokenMs, this.#slow, now) : undefined;
  }

  /** A stream's first content, so long after its attempt began. */
  firstContent(ms: number, now: number): Pace {
    this.latency.firstContent.record(ms, now);
    return judged(this.#firstContent, ms, now);
  }

  /** A whole answer, so long after its attempt began. */
  whole(ms: number, outputTokens: number | undefined, now: number): Pace {
    this.latency.recordWhole(ms, outputTokens, now);
    if (outputTokens === undefined || outputTokens < LEAST_PACED_TOKENS) return NOTHING_TO_SAY;
    return judged(this.#perToken, ms / outputTokens, now);
  }

  /** The same object where nothing is tightened. Tails change slowly: what was worked out holds for a second. */
  tightened(timeouts: EarlyLimits, now: number): EarlyLimits {
    if (!this.#adaptive.enabled) return timeouts;
    const last = this.#tightened;
    if (last && last.from === timeouts && now < last.until) return last.to;
    const to = this.#measured(timeouts, now);
    if (to !== timeouts) this.#tightened = { from: timeouts, to, until: now + TIGHTENED_FOR_MS };
    return to;
  }

  #measured(timeouts: EarlyLimits, now: number): EarlyLimits {
    const headersMs = this.#adapted('headers', timeouts, now);
    const firstContentMs = this.#adapted('firstContent', timeouts, now);
    const gapMs = this.#adapted('gap', timeouts, now);
    const asConfigured =
      headersMs === timeouts.headersMs && firstContentMs === timeouts.firstContentMs && gapMs === timeouts.gapMs;
    return asConfigured ? timeouts : { headersMs, firstContentMs, gapMs };
  }

  #adapted(what: 'headers' | 'firstContent' | 'gap', timeouts: EarlyLimits, now: number): number {
    const limit = `${what}Ms` as const;
    const limits = { configuredMs: timeouts[limit], floorMs: ADAPTIVE_FLOORS[limit] };
    return adaptedMs(this.latency[what], limits, this.#adaptive, now);
  }

  /** An outage begins or ends: what was measured before it says nothing of what comes after. */
  startAnew(now: number): void {
    this.#firstContent?.clear(now);
    this.#perToken?.clear(now);
  }
}

function judged(trigger: SlowTrigger | undefined, ms: number, now: number): Pace {
  if (trigger === undefined) return NOTHING_TO_SAY;
  if (trigger.record(ms, now)) return TOO_SLOW;
  return trigger.isWell(ms) ? WELL : NOT_WELL;
}
