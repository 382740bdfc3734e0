import { LatencyWindow, type LatencyWindowOptions } from './latency-window.ts';

/** Answers shorter than this say more of the way to the model than of its pace. */
export const LEAST_PACED_TOKENS = 32;

/** Quantiles of one kind of time, in milliseconds. */
export interface LatencySnapshot {
  readonly samples: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/**
 * How fast a lane has answered lately. Streams and whole answers are kept apart: the first content of a stream comes
 * when the model begins, a whole answer when it has ended. Attempts that were given up for slowness count with the time
 * they were given, because a lane that only answers the easy requests in time is not fast. `q` is above 0 and at most
 * 1; answers are undefined where nothing was measured within the window.
 */
export class LaneLatency {
  /** Until a stream's status and headers, from the attempt's start. */
  readonly headers: LatencyWindow;
  /** The longest pause between two contents of a stream that ended well. */
  readonly gap: LatencyWindow;
  /** Until the first meaningful content of a stream, from the attempt's start. */
  readonly firstContent: LatencyWindow;
  /** Of a whole answer, from the attempt's start. */
  readonly total: LatencyWindow;
  /** Of a whole answer for each token of its output. A stream's pace is its reader's as much as its provider's. */
  readonly perToken: LatencyWindow;

  constructor(options: LatencyWindowOptions, now: number) {
    this.headers = new LatencyWindow(options, now);
    this.gap = new LatencyWindow(options, now);
    this.firstContent = new LatencyWindow(options, now);
    this.total = new LatencyWindow(options, now);
    this.perToken = new LatencyWindow(options, now);
  }

  firstContentMs(q: number, now: number): number | undefined {
    return this.firstContent.quantile(q, now);
  }

  totalMs(q: number, now: number): number | undefined {
    return this.total.quantile(q, now);
  }

  tokenMs(q: number, now: number): number | undefined {
    return this.perToken.quantile(q, now);
  }

  /** Measurements within the window: of streams and of whole answers. */
  samples(kind: 'stream' | 'whole', now: number): number {
    return (kind === 'stream' ? this.firstContent : this.total).samples(now);
  }

  /** A whole answer of so many tokens, where they are known. */
  recordWhole(ms: number, outputTokens: number | undefined, now: number): void {
    this.total.record(ms, now);
    if (outputTokens !== undefined && outputTokens >= LEAST_PACED_TOKENS) this.perToken.record(ms / outputTokens, now);
  }

  /** Given up after so long. A bound below what is usual says nothing: the time was short, not the answer slow. */
  recordCut(what: 'headers' | 'firstContent' | 'gap' | 'total', ms: number, now: number): void {
    const window = this[what];
    if (ms >= (window.quantile(0.5, now) ?? 0)) window.record(ms, now, true);
  }

  snapshot(now: number): Readonly<Record<'firstContent' | 'total' | 'perToken', LatencySnapshot | undefined>> {
    return {
      firstContent: quantilesOf(this.firstContent, now),
      total: quantilesOf(this.total, now),
      perToken: quantilesOf(this.perToken, now),
    };
  }
}

function quantilesOf(window: LatencyWindow, now: number): LatencySnapshot | undefined {
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((q) => window.quantile(q, now));
  if (p50 === undefined || p90 === undefined || p99 === undefined) return undefined;
  return { samples: window.samples(now), p50, p90, p99 };
}
