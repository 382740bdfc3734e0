import type { ChatRequest, RequestOptions, ServiceTier } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import { optionalBoolean, optionalObject, optionalString, readString } from '../common/fields.ts';
import { Unmapped } from '../common/unmapped.ts';
import { decodeConversation } from './decode-contents.ts';
import { decodeGeneration } from './decode-generation.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { camelFields } from './proto-fields.ts';
import { BODY_FIELDS } from './request-fields.ts';

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
  const unmapped = new Unmapped('gemini-generate');
  unmapped.addByRules(read, BODY_FIELDS, '');
  const messages = decodeConversation(read, unmapped);
  const { contents } = read;
  // A prompt may hold all that is said.
  if (!options.prompt && (!contents || (Array.isArray(contents) && contents.length === 0))) {
    throw new RequestError('contents', 'contents must hold at least one turn.');
  }
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
    ...decodeServiceTier(read, unmapped),
    ...decodeLabels(read),
    options,
    original,
    unmapped: unmapped.fields(),
    requires: unmapped.requires(),
    conversationEdited: false,
  };
}

const TIERS: Readonly<Record<string, ServiceTier>> = { standard: 'standard', flex: 'flex', priority: 'priority' };

function decodeServiceTier(body: JsonObject, unmapped: Unmapped): Pick<ChatRequest, 'serviceTier'> {
  const word =
    optionalString(body, 'serviceTier', '')
      ?.toLowerCase()
      .replace(/^service_tier_/, '') ?? '';
  const serviceTier = Object.hasOwn(TIERS, word) ? TIERS[word] : undefined;
  if (serviceTier === undefined && word !== '' && word !== 'unspecified') unmapped.add('serviceTier', false);
  return serviceTier === undefined ? {} : { serviceTier };
}

function decodeLabels(body: JsonObject): Pick<ChatRequest, 'metadata'> {
  const labels = Object.entries(optionalObject(body, 'labels', '') ?? {});
  const metadata = Object.fromEntries(
    labels.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
  return Object.keys(metadata).length === 0 ? {} : { metadata };
}
