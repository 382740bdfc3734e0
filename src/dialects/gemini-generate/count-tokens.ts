import type { CountSurface, TokenCounter } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import { tokenCount } from '../common/token-count.ts';

/**
 * Base URLs end in `/v1beta`. The whole request goes as `generateContentRequest`: beside bare `contents`, system
 * instructions and tools would be refused.
 *
 * @see https://ai.google.dev/api/tokens
 */
export const counter: TokenCounter = {
  question({ path, headers, body }) {
    const model = path.slice(1, path.lastIndexOf(':'));
    return {
      path: `/${model}:countTokens`,
      headers,
      body: { generateContentRequest: { model: decodeURIComponent(model), ...body } },
    };
  },
  readCount: (answer) => (isJsonObject(answer) ? tokenCount(answer.totalTokens) : undefined),
};

export const counting: CountSurface = {
  /** Either `contents` alone, or a whole request in one field; both at once are refused, as the vendor does. */
  toRequestBody(body) {
    const { generateContentRequest: whole, generate_content_request: snake, ...rest } = body;
    const wrapped = whole ?? snake;
    if (wrapped === undefined || wrapped === null) return body;
    if (!isJsonObject(wrapped))
      throw new RequestError('generateContentRequest', 'generateContentRequest must be an object.');
    if (rest.contents !== undefined) {
      throw new RequestError('contents', 'contents and generateContentRequest exclude each other: send one of them.');
    }
    const { model: _named, ...request } = wrapped;
    return { ...rest, ...request } satisfies JsonObject;
  },
  encodeCount: (tokens) => ({ totalTokens: tokens }),
};
