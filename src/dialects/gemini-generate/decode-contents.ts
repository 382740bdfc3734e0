import type { Message, OpaqueState, Part, TextPart, ToolResultPart } from '../../model/conversation.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import { asObject, fieldPath, optionalBoolean, optionalString, readObject, readString } from '../common/fields.ts';
import { openSeal } from '../common/sealed-state.ts';
import { Unmapped } from '../common/unmapped.ts';
import { CallIds } from './call-ids.ts';
import { decodeFileData, decodeInlineData } from './decode-media.ts';
import { camelFields, repeated } from './proto-fields.ts';
import { foreignCallSignature, jsonText, textOf } from './wire.ts';

/** Most turns of one request. */
export const maxContents = 100_000;

/** The neutral parts that one wire part became. The encoder gives the part back for those that nobody has changed. */
export type PartReader = (part: JsonObject, decoded: readonly Part[]) => void;

/** Beside the one field that names what a part is. */
const ABOUT_PARTS = new Set(['thought', 'thoughtSignature', 'videoMetadata', 'partMetadata', 'mediaResolution']);
const RESPONSE_FIELDS = new Set(['name', 'id', 'response', 'parts']);
const TOLD = new Set(['thought', 'thoughtSignature']);

/** The conversation of a body with documented names: `systemInstruction`, then `contents`. Throws `RequestError`. */
export function decodeConversation(
  body: JsonObject,
  unmapped = new Unmapped('gemini-generate'),
  onPart: PartReader = () => {},
): Message[] {
  const list = repeated(body, 'contents', '') ?? [];
  if (list.length > maxContents) {
    throw new RequestError('contents', `contents must hold at most ${maxContents} turns, got ${list.length}.`);
  }
  const decoder = new ContentsDecoder(new CallIds(list), unmapped, onPart);
  const { systemInstruction } = body;
  const messages: Message[] = [];
  if (systemInstruction !== undefined && systemInstruction !== null) {
    messages.push({
      role: 'system',
      parts: decoder.parts(asObject(systemInstruction, 'systemInstruction'), 'systemInstruction'),
    });
  }
  for (const [at, item] of list.entries()) {
    for (const message of decoder.turn(item, fieldPath('contents', at))) addMessage(messages, message);
  }
  return messages;
}

/**
 * Official SDKs keep a streamed answer as one turn a piece of it, so that neighbouring turns of the model are one
 * message, and the text that goes on from one to the next is one text.
 */
function addMessage(messages: { role: Message['role']; parts: readonly Part[] }[], message: Message): void {
  const last = messages.at(-1);
  if (last?.role !== 'assistant' || message.role !== 'assistant') {
    messages.push({ ...message });
    return;
  }
  const [before, after] = [last.parts.at(-1), message.parts[0]];
  const joined = before && after && goOn(before, after);
  last.parts = joined
    ? [...last.parts.slice(0, -1), joined, ...message.parts.slice(1)]
    : [...last.parts, ...message.parts];
}

function goOn(before: Part, after: Part): Part | undefined {
  if (before.type === 'text' && after.type === 'text') return { type: 'text', text: before.text + after.text };
  if (before.type !== 'reasoning' || after.type !== 'reasoning' || before.opaque) return undefined;
  return { ...after, text: before.text + after.text };
}

class ContentsDecoder {
  readonly #ids: CallIds;
  readonly #unmapped: Unmapped;
  readonly #onPart: PartReader;
  #role: 'user' | 'assistant' | undefined;

  constructor(ids: CallIds, unmapped: Unmapped, onPart: PartReader) {
    this.#ids = ids;
    this.#unmapped = unmapped;
    this.#onPart = onPart;
  }

  turn(value: JsonValue, path: string): Message[] {
    const turn = asObject(value, path);
    const role = roleOf(turn, path);
    if (role === 'assistant' && this.#role !== role) this.#ids.beginTurn();
    this.#role = role;
    return splitResults(this.parts(turn, path), role);
  }

  /** A turn may come without parts: a model that stopped before its first word. */
  parts(content: JsonObject, path: string, onPart = this.#onPart): Part[] {
    const list = repeated(content, 'parts', path) ?? [];
    const field = fieldPath(path, 'parts');
    return list.flatMap((value, at) => {
      const part = asObject(value, fieldPath(field, at));
      const decoded = this.#part(camelFields(part), part, fieldPath(field, at));
      onPart(part, decoded);
      return decoded;
    });
  }

  #part(part: JsonObject, original: JsonObject, path: string): Part[] {
    for (const name of Object.keys(part)) if (ABOUT_PARTS.has(name) && !TOLD.has(name)) this.#unmapped.add(name);
    const opaque = signatureOf(part, path);
    const kind = Object.keys(part).find((name) => !ABOUT_PARTS.has(name) && part[name] !== null);
    switch (kind) {
      case 'text':
        return decodeText(part, opaque, path);
      case 'functionCall':
        return [this.#call(readObject(part, kind, path), opaque, fieldPath(path, kind))];
      case 'functionResponse':
        return [this.#response(readObject(part, kind, path), fieldPath(path, kind))];
      case 'inlineData':
        return [decodeInlineData(readObject(part, kind, path), original, fieldPath(path, kind))];
      case 'fileData':
        return [decodeFileData(readObject(part, kind, path), original, fieldPath(path, kind))];
      case undefined:
        return [aboutNothing(part, original, opaque, path)];
      default:
        return [{ type: 'foreign', dialect: 'gemini-generate', kind, value: original }];
    }
  }

  #call(call: JsonObject, opaque: OpaqueState | undefined, path: string): Part {
    const name = readString(call, 'name', path);
    const args = jsonText(call.args === undefined || call.args === null ? {} : readObject(call, 'args', path));
    if (args === undefined) throw new RequestError(fieldPath(path, 'args'), `${path}.args is nested too deeply.`);
    const id = this.#ids.ofCall(textOf(call.id), name);
    return { type: 'tool-call', id, name, arguments: args, ...(opaque && { opaque }) };
  }

  #response(value: JsonObject, path: string): ToolResultPart {
    const name = readString(value, 'name', path);
    this.#unmapped.addRest(camelFields(value), RESPONSE_FIELDS, path);
    const callId = this.#ids.ofResponse(textOf(value.id), name);
    const { text, isError } = readResponse(value.response, fieldPath(path, 'response'));
    const content: ToolResultPart['content'][number][] = text === '' ? [] : [text].map(textPart);
    for (const part of this.parts(value, path, () => {})) {
      if (part.type === 'image' || part.type === 'file') content.push(part);
      else this.#unmapped.add(fieldPath(path, 'parts'));
    }
    return { type: 'tool-result', callId, content, isError };
  }
}

/** A signature, or settings, of a part that stands elsewhere. */
function aboutNothing(part: JsonObject, original: JsonObject, opaque: OpaqueState | undefined, path: string): Part {
  if (opaque) return { type: 'reasoning', text: '', opaque };
  const [kind] = Object.keys(part);
  if (kind === undefined) throw new RequestError(path, `${path} must hold one field, e.g. text.`);
  return { type: 'foreign', dialect: 'gemini-generate', kind, value: original };
}

function textPart(text: string): TextPart {
  return { type: 'text', text };
}

/** `function` is what the role of responses was called before they moved into the user's turns. */
function roleOf(turn: JsonObject, path: string): 'user' | 'assistant' {
  switch (optionalString(turn, 'role', path)) {
    case undefined:
    case '':
    case 'user':
    case 'function':
      return 'user';
    case 'model':
      return 'assistant';
    default:
      throw new RequestError(fieldPath(path, 'role'), `${path}.role must be user or model.`);
  }
}

/** This API carries the results of tools inside turns; in the neutral form they stand in messages of their own. */
function splitResults(parts: readonly Part[], role: 'user' | 'assistant'): Message[] {
  const messages: { role: Message['role']; parts: Part[] }[] = [];
  for (const part of parts) {
    const own = part.type === 'tool-result' ? 'tool' : role;
    const last = messages.at(-1);
    if (last?.role === own) last.parts.push(part);
    else messages.push({ role: own, parts: [part] });
  }
  return messages;
}

/** What another dialect's answer was given in place of a signature says nothing and goes nowhere, unless it is a seal. */
function signatureOf(part: JsonObject, path: string): OpaqueState | undefined {
  const value = optionalString(part, 'thoughtSignature', path);
  if (value === undefined || value === '' || value === foreignCallSignature) return undefined;
  return openSeal(value) ?? { dialect: 'gemini-generate', value };
}

function decodeText(part: JsonObject, opaque: OpaqueState | undefined, path: string): Part[] {
  const text = readString(part, 'text', path);
  if (optionalBoolean(part, 'thought', path) === true) return [{ type: 'reasoning', text, ...(opaque && { opaque }) }];
  const signature: Part[] = opaque ? [{ type: 'reasoning', text: '', opaque }] : [];
  return text === '' && opaque ? signature : [textPart(text), ...signature];
}

/** The vendor's own keys for anything that is not an object: `output` and `error`. */
function readResponse(value: JsonValue | undefined, path: string): { text: string; isError: boolean } {
  if (value === undefined || value === null) return { text: '', isError: false };
  const response = asObject(value, path);
  const isError = response.error !== undefined && response.error !== null;
  const [only, ...others] = Object.keys(response);
  const inner = others.length === 0 && (only === 'output' || only === 'error') ? response[only] : response;
  const text = typeof inner === 'string' ? inner : jsonText(inner ?? null);
  if (text === undefined) throw new RequestError(path, `${path} is nested too deeply.`);
  return { text, isError };
}
