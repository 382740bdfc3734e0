/** Token counts of one answer. A count nobody reported is `undefined`, which is not zero. */
export interface Usage {
  /** All input tokens, the cached ones included. */
  readonly inputTokens?: number;
  /** Of the input, read from the provider's prompt cache. */
  readonly cachedInputTokens?: number;
  /** Of the input, written to the provider's prompt cache. */
  readonly cacheWriteTokens?: number;
  /** Of those written, kept for an hour instead of minutes, at another price. Told where there are any. */
  readonly cacheWriteHourTokens?: number;
  /** Of the input, sound. Told where there is any. */
  readonly audioInputTokens?: number;
  /** All output tokens, reasoning included. */
  readonly outputTokens?: number;
  readonly reasoningTokens?: number;
  /** Of the output, sound. Told where there is any. */
  readonly audioOutputTokens?: number;
  /** Spent on the way to the answer and billed, perhaps at other prices, in no other count: a compaction, an advisor. */
  readonly besideTokens?: number;
}
