import type {
  FilePart,
  ImagePart,
  MediaSource,
  Message,
  Part,
  TextPart,
  ToolResultPart,
} from '../../model/conversation.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import { asObject, fieldPath, optionalBoolean, readArray, readObject, readString } from '../common/fields.ts';
import { openSeal } from '../common/sealed-state.ts';
import { objectOf, stringOf } from './wire.ts';

/** Most messages of one request; the API's own limit. */
export const maxMessages = 100_000;

/** The parts that one wire block became. The encoder gives the block back for parts that nobody has changed. */
export type BlockReader = (block: JsonObject, parts: readonly Part[]) => void;

const ignore: BlockReader = () => {};

/** The conversation of a body: `system` first, then `messages`. Throws `RequestError`. */
export function decodeConversation(body: JsonObject, onBlock: BlockReader = ignore): Message[] {
  const messages: Message[] = [];
  const system = body.system;
  if (system !== undefined && system !== null) {
    messages.push({ role: 'system', parts: decodeContent(system, 'system', onBlock) });
  }
  const list = readArray(body, 'messages', '');
  if (list.length > maxMessages) {
    throw new RequestError('messages', `messages must hold at most ${maxMessages} messages, got ${list.length}.`);
  }
  for (const [at, item] of list.entries()) messages.push(...decodeMessage(item, fieldPath('messages', at), onBlock));
  return messages;
}

function decodeMessage(value: JsonValue, path: string, onBlock: BlockReader): Message[] {
  const message = asObject(value, path);
  const role = readString(message, 'role', path);
  const field = fieldPath(path, 'content');
  switch (role) {
    case 'assistant':
    case 'system':
      return [{ role, parts: decodeContent(message.content, field, onBlock) }];
    case 'user':
      return splitResults(decodeContent(message.content, field, onBlock));
    default:
      throw new RequestError(fieldPath(path, 'role'), `${path}.role must be user, assistant or system.`);
  }
}

/** The API carries the results of tools inside user messages; in the neutral form they stand in messages of their own. */
function splitResults(parts: readonly Part[]): Message[] {
  const messages: { role: 'user' | 'tool'; parts: Part[] }[] = [];
  for (const part of parts) {
    const role = part.type === 'tool-result' ? 'tool' : 'user';
    const last = messages.at(-1);
    if (last?.role === role) last.parts.push(part);
    else messages.push({ role, parts: [part] });
  }
  return messages.length > 0 ? messages : [{ role: 'user', parts: [] }];
}

function decodeContent(content: JsonValue | undefined, path: string, onBlock: BlockReader): Part[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw new RequestError(path, `${path} must be a string or an array of blocks.`);
  const parts: Part[] = [];
  for (const [at, item] of content.entries()) {
    const field = fieldPath(path, at);
    const block = asObject(item, field);
    const decoded = decodeBlock(block, field);
    onBlock(block, decoded);
    parts.push(...decoded);
  }
  return parts;
}

function decodeBlock(block: JsonObject, path: string): Part[] {
  const type = readString(block, 'type', path);
  switch (type) {
    case 'text':
      return [{ type: 'text', text: readString(block, 'text', path) }];
    case 'image':
      return [decodeImage(block, path)];
    case 'document':
      return decodeDocument(block, path);
    case 'search_result':
      return [{ type: 'text', text: searchResultText(block) }];
    case 'tool_use':
      return [
        {
          type: 'tool-call',
          id: readString(block, 'id', path),
          name: readString(block, 'name', path),
          arguments: JSON.stringify(block.input ?? {}),
        },
      ];
    case 'tool_result':
      return [decodeToolResult(block, path)];
    case 'thinking':
      return [decodeThinking(block, path)];
    case 'redacted_thinking': {
      const redacted = readString(block, 'data', path);
      return [{ type: 'reasoning', text: '', opaque: { dialect: 'anthropic-messages', value: { redacted } } }];
    }
    default:
      return [{ type: 'foreign', dialect: 'anthropic-messages', kind: type, value: block }];
  }
}

/** An empty signature, or a seal, is one that this gateway wrote itself, for thinking that another provider had done. */
function decodeThinking(block: JsonObject, path: string): Part {
  const text = readString(block, 'thinking', path);
  const signature = stringOf(block.signature);
  if (signature === '') return { type: 'reasoning', text };
  const sealed = openSeal(signature);
  if (sealed) return { type: 'reasoning', text, opaque: sealed };
  return { type: 'reasoning', text, opaque: { dialect: 'anthropic-messages', value: { signature } } };
}

function decodeImage(block: JsonObject, path: string): ImagePart {
  return { type: 'image', source: decodeSource(readObject(block, 'source', path), fieldPath(path, 'source')) };
}

function decodeSource(source: JsonObject, path: string): MediaSource {
  const type = readString(source, 'type', path);
  switch (type) {
    case 'base64':
      return {
        kind: 'base64',
        mediaType: readString(source, 'media_type', path),
        data: readString(source, 'data', path),
      };
    case 'url':
      return { kind: 'url', url: readString(source, 'url', path) };
    case 'file':
      return { kind: 'provider-file', id: readString(source, 'file_id', path), dialect: 'anthropic-messages' };
    default:
      throw new RequestError(fieldPath(path, 'type'), `${path}.type must be base64, url or file here.`);
  }
}

/** Documents of plain text become text: every target can read that, hardly one takes a text file. */
function decodeDocument(block: JsonObject, path: string): (TextPart | ImagePart | FilePart)[] {
  const source = readObject(block, 'source', path);
  const at = fieldPath(path, 'source');
  const title = stringOf(block.title);
  const heading = [title, stringOf(block.context)].filter((line) => line !== '').join('\n');
  const lead: TextPart[] = heading === '' ? [] : [{ type: 'text', text: heading }];
  switch (source.type) {
    case 'text':
      return [{ type: 'text', text: [heading, readString(source, 'data', at)].filter((s) => s !== '').join('\n\n') }];
    case 'content':
      return [...lead, ...decodeNested(source.content, fieldPath(at, 'content'))];
    default:
      return [{ type: 'file', source: decodeSource(source, at), ...(title !== '' && { name: title }) }];
  }
}

function decodeToolResult(block: JsonObject, path: string): ToolResultPart {
  const { content } = block;
  return {
    type: 'tool-result',
    callId: readString(block, 'tool_use_id', path),
    content: content === undefined || content === null ? [] : decodeNested(content, fieldPath(path, 'content')),
    isError: optionalBoolean(block, 'is_error', path) ?? false,
  };
}

function decodeNested(content: JsonValue | undefined, path: string): (TextPart | ImagePart | FilePart)[] {
  const parts: (TextPart | ImagePart | FilePart)[] = [];
  for (const part of decodeContent(content, path, ignore)) {
    if (part.type === 'text' || part.type === 'image' || part.type === 'file') parts.push(part);
    // A tool's result has no room for foreign blocks; as text, what they say survives.
    else parts.push({ type: 'text', text: JSON.stringify(part.type === 'foreign' ? part.value : part) });
  }
  return parts;
}

function searchResultText(block: JsonObject): string {
  const lines = [stringOf(block.title), stringOf(block.source)];
  if (Array.isArray(block.content)) {
    for (const item of block.content) if (isJsonObject(item)) lines.push(stringOf(objectOf(item).text));
  }
  return lines.filter((line) => line !== '').join('\n');
}
