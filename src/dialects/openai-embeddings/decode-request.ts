import type { ChatRequest, RequestOptions } from '../../model/chat-request.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import { optionalNumber, optionalString, quoted, readString } from '../common/fields.ts';

/** Texts of one request (platform.openai.com/docs/api-reference/embeddings/create). */
const MAX_INPUTS = 2_048;
const ENCODINGS: readonly string[] = ['float', 'base64'];

/**
 * Reads an embeddings request. Throws `RequestError`, which names the field. A window has to hold each input alone, so
 * the longest of them is what stands for the conversation; inputs of token ids count as nothing known.
 */
export function decodeRequest(body: JsonObject, options: RequestOptions): ChatRequest {
  const { understudy: _, ...original } = body;
  const model = readString(original, 'model', '');
  const inputs = embeddingInputs(original.input);
  const encoding = optionalString(original, 'encoding_format', '');
  if (encoding !== undefined && !ENCODINGS.includes(encoding)) {
    throw new RequestError(
      'encoding_format',
      `encoding_format must be one of ${ENCODINGS.join(', ')}, got ${quoted(encoding)}.`,
    );
  }
  optionalNumber(original, 'dimensions', '', { min: 1, integer: true });
  const endUser = optionalString(original, 'user', '');
  const texts = inputs.filter((input) => typeof input === 'string');
  const longest = texts.reduce((long, text) => (text.length > long.length ? text : long), '');
  return {
    dialect: 'openai-embeddings',
    model,
    messages: longest === '' ? [] : [{ role: 'user', parts: [{ type: 'text', text: longest }] }],
    tools: [],
    output: { kind: 'text' },
    sampling: {},
    stop: [],
    stream: false,
    streamUsage: false,
    choices: 1,
    ...(endUser !== undefined && { endUser }),
    options,
    original,
    unmapped: [],
    requires: [],
    conversationEdited: false,
  };
}

/** One text, a list of texts, one list of token ids, or a list of such lists: one item for each vector that is wanted. */
export function embeddingInputs(input: JsonValue | undefined): readonly JsonValue[] {
  if (typeof input === 'string') return [checked(input, 'input')];
  if (!Array.isArray(input) || input.length === 0) {
    throw new RequestError('input', 'input must be a text, or a list of texts or of token ids that is not empty.');
  }
  if (typeof input[0] === 'number') return [checked(input, 'input')];
  if (input.length > MAX_INPUTS) {
    throw new RequestError('input', `input must hold at most ${MAX_INPUTS} items, got ${input.length}.`);
  }
  return input.map((item, at) => checked(item, `input[${at}]`));
}

function checked(item: JsonValue, field: string): JsonValue {
  if (typeof item === 'string' && item !== '') return item;
  const areIds = Array.isArray(item) && item.length > 0 && item.every((id) => Number.isSafeInteger(id));
  if (areIds) return item;
  throw new RequestError(field, `${field} must be a text or a list of token ids, and not empty.`);
}
