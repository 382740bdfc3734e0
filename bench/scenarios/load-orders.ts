/** Where requests go, and what each says. */
export interface LoadTarget {
  /** `http://host:port`. */
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the load process can be told to do. Every request that lasts longer than `limitMs` is cut and counted as failed. */
export type LoadOrder =
  /**
   * Requests that arrive whether or not the ones before were answered: `perSecond` on average, at moments that `seed`
   * alone decides. What was sent in the first `warmSeconds` is answered and not counted.
   */
  | {
      readonly kind: 'open-loop';
      readonly target: LoadTarget;
      readonly perSecond: number;
      readonly warmSeconds: number;
      readonly seconds: number;
      readonly seed: number;
      readonly limitMs: number;
    }
  /** So many callers, each of which sends its next request when it has its answer. */
  | {
      readonly kind: 'closed-loop';
      readonly target: LoadTarget;
      readonly callers: number;
      readonly warmSeconds: number;
      readonly seconds: number;
      readonly limitMs: number;
    }
  /** One request to each target, `gapMs` apart. */
  | {
      readonly kind: 'each';
      readonly targets: readonly LoadTarget[];
      readonly gapMs: number;
      readonly limitMs: number;
    }
  /**
   * Opens streams and keeps them, `perSecond` of them at a time, and answers once each has its first piece.
   * `stalled`: their readers stop after the head, and nobody waits for a piece.
   */
  | {
      readonly kind: 'hold';
      readonly target: LoadTarget;
      readonly streams: number;
      readonly perSecond: number;
      readonly stalled: boolean;
      readonly limitMs: number;
    }
  /** Watches the held streams so long. */
  | { readonly kind: 'watch'; readonly seconds: number }
  /** Closes the held streams. */
  | { readonly kind: 'release' };

/** What came of an order. Times are microseconds, sorted. */
export interface LoadResult {
  readonly sent: number;
  readonly answered: number;
  /** How many failed, by why. */
  readonly failures: Readonly<Record<string, number>>;
  /** From the moment that a request was due to the end of its answer. */
  readonly totalMicros: Float64Array;
  /** From the moment that a request was due to the first piece of its answer; empty without streams. */
  readonly firstContentMicros: Float64Array;
  /** From the provider's stamp to the reader, one a piece. */
  readonly pieceMicros: Float64Array;
  /** How long after it was due a request was sent: what the load client itself adds to every figure. */
  readonly lateMicros: Float64Array;
  /** What was counted, from first to last. */
  readonly elapsedMs: number;
  /** Held streams that are still open. */
  readonly open: number;
}
