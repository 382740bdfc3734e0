import type { InputTokenCountParams, InputTokenCountResponse } from 'openai/resources/responses/input-tokens';
import type { CountSurface, TokenCounter } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { tokenCount } from '../common/token-count.ts';

/** Fields of the counting request; the rest of a response's request says nothing of its input. */
const COUNTED_FIELDS: Readonly<Record<keyof InputTokenCountParams, true>> = {
  conversation: true,
  input: true,
  instructions: true,
  model: true,
  parallel_tool_calls: true,
  personality: true,
  previous_response_id: true,
  reasoning: true,
  text: true,
  tool_choice: true,
  tools: true,
  truncation: true,
};

/** @see https://platform.openai.com/docs/api-reference/responses/input-tokens */
export const counter: TokenCounter = {
  question({ headers, body }) {
    const counted: JsonObject = {};
    for (const [name, value] of Object.entries(body)) if (Object.hasOwn(COUNTED_FIELDS, name)) counted[name] = value;
    return { path: '/responses/input_tokens', headers, body: counted };
  },
  readCount: (answer) => (isJsonObject(answer) ? tokenCount(answer.input_tokens) : undefined),
};

export const counting: CountSurface = {
  toRequestBody: (body) => body,
  encodeCount: (tokens) =>
    ({ object: 'response.input_tokens', input_tokens: tokens }) satisfies InputTokenCountResponse,
};
