import { BucketRing, WINDOW_BUCKETS } from './bucket-ring.ts';

/** Latencies of one kind of answer. */
export interface Latency {
  /** Geometric mean in milliseconds: one answer that took a minute does not outweigh fifty that took a second. 1 without samples. */
  readonly meanMs: number;
  readonly samples: number;
}

/** What is known of one target from one window. */
export interface ScoreReading {
  /** Results, good and bad. */
  readonly samples: number;
  readonly failedShare: number;
  /** Of streams: to the first content. */
  readonly firstContent: Latency;
  /** Of whole answers: to the end. */
  readonly whole: Latency;
  /** Input and output together; undefined where no answer had a price. */
  readonly usdPerThousandTokens: number | undefined;
}

/** One answer that a target gave. */
export interface ScoredAnswer {
  readonly stream: boolean;
  /** To the first content of a stream, to the end of a whole answer. */
  readonly ms: number;
  readonly tokens: number;
  /** US dollars; undefined where not known. */
  readonly costUsd: number | undefined;
}

/** No clock measures less; the logarithm of 0 would be a mean of nothing. */
const MIN_MS = 1;

/** What one target did for one route in the last `windowMs`: counters in rings, of constant size whatever the traffic. */
export class ScoreWindow {
  readonly #ok: BucketRing;
  readonly #failed: BucketRing;
  readonly #streams: BucketRing;
  readonly #streamLogMs: BucketRing;
  readonly #wholes: BucketRing;
  readonly #wholeLogMs: BucketRing;
  readonly #usd: BucketRing;
  readonly #pricedTokens: BucketRing;

  constructor(windowMs: number, now: number) {
    const ring = () => new BucketRing(windowMs, WINDOW_BUCKETS, now);
    this.#ok = ring();
    this.#failed = ring();
    this.#streams = ring();
    this.#streamLogMs = ring();
    this.#wholes = ring();
    this.#wholeLogMs = ring();
    this.#usd = ring();
    this.#pricedTokens = ring();
  }

  answered(answer: ScoredAnswer, now: number): void {
    this.#ok.add(1, now);
    const log = Math.log(Math.max(MIN_MS, answer.ms));
    (answer.stream ? this.#streams : this.#wholes).add(1, now);
    (answer.stream ? this.#streamLogMs : this.#wholeLogMs).add(log, now);
    if (answer.costUsd === undefined || answer.tokens <= 0) return;
    this.#usd.add(answer.costUsd, now);
    this.#pricedTokens.add(answer.tokens, now);
  }

  /** It failed, or its lane was shut when it was wanted. */
  failed(now: number): void {
    this.#failed.add(1, now);
  }

  read(now: number): ScoreReading {
    const failed = this.#failed.sum(now);
    const samples = this.#ok.sum(now) + failed;
    const tokens = this.#pricedTokens.sum(now);
    return {
      samples,
      failedShare: samples === 0 ? 0 : failed / samples,
      firstContent: latency(this.#streams.sum(now), this.#streamLogMs.sum(now)),
      whole: latency(this.#wholes.sum(now), this.#wholeLogMs.sum(now)),
      usdPerThousandTokens: tokens === 0 ? undefined : (this.#usd.sum(now) / tokens) * 1000,
    };
  }
}

function latency(samples: number, logMs: number): Latency {
  return { samples, meanMs: samples === 0 ? 1 : Math.exp(logMs / samples) };
}
