/**
 * How a provider or model departs from its dialect: data, so that no encoder asks who it is talking to.
 * Defaults are what the dialect's own vendor does today.
 */
export interface Quirks {
  /** The field that limits output in `openai-chat`. Newer OpenAI models refuse `max_tokens`, most others know only it. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** The strongest means of structured output: a native schema, a forced tool, or the prompt with validation after. */
  readonly structuredOutput: 'native' | 'forced-tool' | 'prompt';
  /** Knows `stream_options.include_usage`. */
  readonly streamUsageOption: boolean;
  /** Ids of tool calls: anything, or Mistral's nine alphanumerics. */
  readonly toolCallIds: 'any' | 'nine-alphanumerics';
  /** Role of instructions in `openai-chat`. */
  readonly systemRole: 'system' | 'developer';
  /** Takes temperature, top_p and kin. Reasoning models of several vendors answer 400 to them. */
  readonly sampling: boolean;
  /** How thinking is asked for: by effort word, by token budget, adaptively, or not at all. */
  readonly thinking: 'effort' | 'budget' | 'adaptive' | 'none';
  /** May end a stream without a finish reason; its end of stream then counts as `stop`. */
  readonly finishOptional: boolean;
  /** The `anthropic-version` to speak. `2026-10-21` answers 400 to temperature, top_p and top_k. */
  readonly anthropicVersion: '2023-06-01' | '2026-10-21';
  /** How a last assistant message is marked as a prefill to be continued. */
  readonly prefill: 'last-assistant-message' | 'prefix-flag';
  /** Used for `max_tokens` where the dialect demands one and the caller gave none. */
  readonly defaultMaxOutputTokens: number;
}

export const DEFAULT_QUIRKS: Quirks = {
  maxTokensField: 'max_tokens',
  structuredOutput: 'native',
  streamUsageOption: true,
  toolCallIds: 'any',
  systemRole: 'system',
  sampling: true,
  thinking: 'none',
  finishOptional: false,
  anthropicVersion: '2023-06-01',
  prefill: 'last-assistant-message',
  defaultMaxOutputTokens: 4096,
};
