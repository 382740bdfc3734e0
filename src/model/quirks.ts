import { type ChatHostQuirks, DEFAULT_CHAT_HOST_QUIRKS } from './chat-host-quirks.ts';

/**
 * How a provider or model departs from its dialect: data, so that no encoder asks who it is talking to.
 * Defaults are what the dialect's own vendor does today.
 */
export interface Quirks extends ChatHostQuirks {
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
  /** Tells the log probabilities of an answer's tokens when asked. */
  readonly logprobs: boolean;
  /**
   * Takes what its dialect's own vendor documents and imitators often answer 400 to: service tiers, labels, cache keys,
   * identifiers of users, verbosity, lists of allowed tools, tools of free text (unless a model is known to lack them).
   */
  readonly vendorFields: boolean;
  /** How thinking is asked for: by effort word, by token budget, adaptively, or not at all. */
  readonly thinking: 'effort' | 'budget' | 'adaptive' | 'none';
  /** May end a stream without a finish reason; its end of stream then counts as `stop`. */
  readonly finishOptional: boolean;
  /** The `anthropic-version` to speak. `2026-10-21` answers 400 to temperature, top_p and top_k. */
  readonly anthropicVersion: '2023-06-01' | '2026-10-21';
  /** How a last assistant message is marked as a prefill to be continued. */
  readonly prefill: 'last-assistant-message' | 'prefix-flag';
  /** Who reads the opaque state that a model made: its family at this provider, or every host of the vendor's models. */
  readonly stateReaders: 'model-family' | 'vendor';
  /**
   * Thinking of earlier turns in `openai-chat`: passed on as the caller sent it, refused (400 to the unknown field), or
   * demanded beside every tool call of a model that thinks.
   */
  readonly reasoningReplay: 'as-sent' | 'refused' | 'with-tool-calls';
  /** Whose counter of input tokens answers beside the models: the dialect's own, that of OpenAI's Responses API, or nobody's. */
  readonly tokenCounter: 'own' | 'openai-responses' | 'none';
  /** Used for `max_tokens` where the dialect demands one and the caller gave none. */
  readonly defaultMaxOutputTokens: number;
}

export const DEFAULT_QUIRKS: Quirks = {
  ...DEFAULT_CHAT_HOST_QUIRKS,
  maxTokensField: 'max_tokens',
  structuredOutput: 'native',
  streamUsageOption: true,
  toolCallIds: 'any',
  systemRole: 'system',
  sampling: true,
  logprobs: true,
  vendorFields: false,
  thinking: 'none',
  finishOptional: false,
  anthropicVersion: '2023-06-01',
  prefill: 'last-assistant-message',
  stateReaders: 'model-family',
  reasoningReplay: 'as-sent',
  tokenCounter: 'own',
  defaultMaxOutputTokens: 4096,
};
