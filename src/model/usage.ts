/** Token counts of one answer. A count nobody reported is `undefined`, which is not zero. */
export interface Usage {
  /** All input tokens, the cached ones included. */
  readonly inputTokens?: number;
  /** Of the input, read from the provider's prompt cache. */
  readonly cachedInputTokens?: number;
  /** Of the input, written to the provider's prompt cache. */
  readonly cacheWriteTokens?: number;
  /** All output tokens, reasoning included. */
  readonly outputTokens?: number;
  readonly reasoningTokens?: number;
}
