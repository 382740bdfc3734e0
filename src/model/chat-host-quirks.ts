/**
 * How hosts that speak `openai-chat` depart from OpenAI in what they take. Defaults change nothing of a request: a host
 * that nobody knows is given what the caller wrote.
 */
export interface ChatHostQuirks {
  /**
   * The field by which thinking is asked for: OpenAI's `reasoning_effort`; OpenRouter's `reasoning: {effort|max_tokens}`;
   * `thinking: {type}` (DeepSeek, Moonshot, Z.ai); `enable_thinking` and `thinking_budget` (Alibaba);
   * `chat_template_kwargs: {enable_thinking}` (vLLM and SGLang).
   */
  readonly thinkingSwitch: 'reasoning-effort' | 'reasoning' | 'thinking' | 'enable-thinking' | 'chat-template';
  /** Mistral's name for `seed` is `random_seed`; the other one answers 422. */
  readonly seedField: 'seed' | 'random_seed';
  /**
   * `full`: every form. `words`: `auto`, `none` and `required`. `named`: `auto`, `none` and one tool by its name. `auto`:
   * no tool can be forced.
   */
  readonly toolChoice: 'full' | 'words' | 'named' | 'auto';
  /** The word for "some tool must be called": OpenAI's `required`, Mistral's `any`, or whichever the caller wrote. */
  readonly requiredWord: 'as-sent' | 'required' | 'any';
  /** Takes `strict` in tools and schemas. */
  readonly strict: boolean;
  /** Has `response_format: {type: "json_object"}`, also where it has no schemas. */
  readonly jsonMode: boolean;
  /** Takes `top_k`. */
  readonly topK: boolean;
  /** The highest `temperature` that is taken. */
  readonly maxTemperature: number;
  /** The only top-level fields that are taken; every other one answers 400 or 422. Empty: all are taken or passed over. */
  readonly onlyFields: readonly string[];
  /** Top-level fields that answer 400 or 422. */
  readonly refusedFields: readonly string[];
  /** Takes `name` in messages of the system, the user and the assistant. */
  readonly messageNames: boolean;
  /** Takes `content` as a list of parts also where they are all text. */
  readonly textParts: boolean;
  /** Takes `content: null` beside tool calls; an empty text otherwise. */
  readonly nullContent: boolean;
  /** Fetches images by their address. */
  readonly imageUrls: boolean;
  /** `assistant-after-tool`: no user may speak right after a tool. `alternating`: nobody may speak twice in a row. */
  readonly roleOrder: 'free' | 'assistant-after-tool' | 'alternating';
  /** Where system messages may stand. */
  readonly systemMessages: 'anywhere' | 'first';
}

export const DEFAULT_CHAT_HOST_QUIRKS: ChatHostQuirks = {
  thinkingSwitch: 'reasoning-effort',
  seedField: 'seed',
  toolChoice: 'full',
  requiredWord: 'as-sent',
  strict: true,
  jsonMode: true,
  topK: false,
  maxTemperature: 2,
  onlyFields: [],
  refusedFields: [],
  messageNames: true,
  textParts: true,
  nullContent: true,
  imageUrls: true,
  roleOrder: 'free',
  systemMessages: 'anywhere',
};
