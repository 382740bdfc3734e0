import type { ChatRequest, RequestOptions } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import { optionalBoolean, readString } from '../common/fields.ts';
import { decodeConversation } from './decode-contents.ts';
import { decodeGeneration } from './decode-generation.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { camelFields, Unmapped } from './proto-fields.ts';

/** Fields with a neutral meaning. What is not among them goes to targets of this dialect only. */
const MAPPED = new Set(['contents', 'systemInstruction', 'generationConfig', 'tools', 'toolConfig', 'model', 'stream']);

/**
 * A body of `generateContent` in the neutral form. Throws `RequestError` with the path of the field at fault.
 *
 * On the wire the model and streaming stand in the path: the edge puts them into the body as `model` (a route, or
 * `provider/model`) and `stream`. `original` holds neither.
 *
 * @see https://ai.google.dev/api/generate-content
 */
export function decodeRequest(body: JsonObject, options: RequestOptions): ChatRequest {
  const { understudy: _own, model: _model, stream: _stream, ...original } = body;
  const read = camelFields(original);
  const unmapped = new Unmapped();
  unmapped.addRest(read, MAPPED, '');
  const messages = decodeConversation(read, unmapped);
  const tools = decodeTools(read, unmapped);
  const toolChoice = decodeToolChoice(read, unmapped);
  return {
    dialect: 'gemini-generate',
    model: readString(body, 'model', ''),
    messages,
    tools,
    ...(toolChoice && { toolChoice }),
    ...decodeGeneration(read, unmapped),
    stream: optionalBoolean(body, 'stream', '') ?? false,
    streamUsage: true,
    options,
    original,
    unmapped: unmapped.names(),
    conversationEdited: false,
  };
}
