import type { MessageCountTokensParams, MessageTokensCount } from '@anthropic-ai/sdk/resources/messages';
import type { CountSurface, TokenCounter } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { tokenCount } from '../common/token-count.ts';

/** Fields of the counting request; every other field of a message's request answers 400 there. */
const COUNTED_FIELDS: Readonly<
  Record<Exclude<keyof MessageCountTokensParams, 'user_profile_id' | 'workspace_id'>, true>
> = {
  messages: true,
  model: true,
  system: true,
  tools: true,
  tool_choice: true,
  thinking: true,
  output_config: true,
  cache_control: true,
  speed: true,
};

/** Of the vendor's beta surface, taken by the counter too. */
const BETA_FIELDS = ['output_format', 'mcp_servers', 'context_management'];

/** Room for any thinking budget: the counting request names no limit of the answer, and the decoder demands one. */
const MAX_TOKENS = 1_000_000;

/** @see https://platform.claude.com/docs/en/api/messages/count_tokens */
export const counter: TokenCounter = {
  question({ headers, body }) {
    const counted: JsonObject = {};
    for (const [name, value] of Object.entries(body)) {
      if (Object.hasOwn(COUNTED_FIELDS, name) || BETA_FIELDS.includes(name)) counted[name] = value;
    }
    return { path: '/messages/count_tokens', headers, body: counted };
  },
  readCount: (answer) => (isJsonObject(answer) ? tokenCount(answer.input_tokens) : undefined),
};

export const counting: CountSurface = {
  toRequestBody: (body) => ({ ...body, max_tokens: MAX_TOKENS }),
  encodeCount: (tokens) => ({ input_tokens: tokens }) satisfies MessageTokensCount,
};
