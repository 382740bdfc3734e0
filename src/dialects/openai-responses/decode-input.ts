import type { Message, Part } from '../../model/conversation.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import { asObject, fieldPath, optionalString, quoted, readString } from '../common/fields.ts';
import { textArguments } from '../common/text-arguments.ts';
import { Unmapped } from '../common/unmapped.ts';
import { decodePart, decodeResultPart } from './decode-part.ts';
import { reasoningPart } from './reasoning.ts';

/** A message, and the caller's items that it was read from: an unedited message goes out as those. */
export interface SourcedMessage {
  readonly message: Message;
  readonly items: readonly JsonValue[];
}

const MESSAGE_KEYS = new Set(['type', 'role', 'content', 'id', 'status', 'phase']);
const CALL_KEYS = new Set(['type', 'id', 'call_id', 'name', 'arguments', 'status', 'caller']);
const TEXT_CALL_KEYS = new Set(['type', 'id', 'call_id', 'name', 'input', 'status', 'caller']);
const RESULT_KEYS = new Set(['type', 'id', 'call_id', 'output', 'status', 'name', 'caller']);

/** `input`: a text, or items. Neighbouring items of one turn become one message. */
export function decodeInput(input: JsonValue, unmapped: Unmapped): SourcedMessage[] {
  if (typeof input === 'string') {
    const item = { role: 'user', content: input };
    return [{ message: { role: 'user', parts: [{ type: 'text', text: input }] }, items: [item] }];
  }
  if (!Array.isArray(input)) throw new RequestError('input', 'input must be a string or an array of items.');
  if (input.length === 0) throw new RequestError('input', 'input must not be empty.');
  const reader = new InputReader(unmapped);
  for (const [at, value] of input.entries()) {
    const path = fieldPath('input', at);
    reader.read(asObject(value, path), path);
  }
  return reader.messages();
}

/** The messages of a caller's body, without the complaints: it has been read before. */
export function sourcedMessages(input: JsonValue | undefined): SourcedMessage[] {
  return input === undefined ? [] : decodeInput(input, new Unmapped('openai-responses'));
}

interface Turn {
  readonly role: Message['role'];
  readonly parts: Part[];
  readonly items: JsonValue[];
}

class InputReader {
  readonly #unmapped: Unmapped;
  readonly #turns: Turn[] = [];

  constructor(unmapped: Unmapped) {
    this.#unmapped = unmapped;
  }

  messages(): SourcedMessage[] {
    return this.#turns.map(({ role, parts, items }) => ({ message: { role, parts }, items }));
  }

  read(item: JsonObject, path: string): void {
    const type = optionalString(item, 'type', path) ?? ('role' in item ? 'message' : 'item_reference');
    switch (type) {
      case 'message':
        return this.#message(item, path);
      case 'reasoning':
        return this.#answer([reasoningPart(item)], item);
      case 'function_call':
        return this.#call(item, path);
      case 'custom_tool_call':
        return this.#textCall(item, path);
      case 'function_call_output':
      case 'custom_tool_call_output':
        return this.#result(item, path);
      case 'item_reference':
        throw new RequestError(path, `${path} refers to an item that is kept elsewhere: send the item itself.`);
      default:
        return this.#join(ownerOf(type), [foreign(type, item)], item);
    }
  }

  #message(item: JsonObject, path: string): void {
    this.#unmapped.addRest(item, MESSAGE_KEYS, path);
    const role = readString(item, 'role', path);
    const parts = this.#content(item, path);
    switch (role) {
      case 'system':
      case 'developer':
        return this.#begin('system', parts, item);
      case 'user':
        return this.#begin('user', parts, item);
      case 'assistant':
        return this.#answer(parts, item);
      default: {
        const field = fieldPath(path, 'role');
        throw new RequestError(field, `${field} must be system, developer, user or assistant, got ${quoted(role)}.`);
      }
    }
  }

  #content(item: JsonObject, path: string): Part[] {
    const { content } = item;
    if (typeof content === 'string') return [{ type: 'text', text: content }];
    const field = fieldPath(path, 'content');
    if (!Array.isArray(content)) throw new RequestError(field, `${field} must be a string or an array of parts.`);
    return content.map((part, at) => decodePart(part, fieldPath(field, at), this.#unmapped));
  }

  /** Thinking belongs to what follows it, and two texts are two turns, unless calls tie them together. */
  #answer(parts: Part[], item: JsonObject): void {
    const open = this.#turns.at(-1);
    const said = open?.role === 'assistant' && open.parts.some((part) => part.type === 'text');
    const called = open?.role === 'assistant' && open.parts.some((part) => part.type === 'tool-call');
    if (said && !called) this.#begin('assistant', parts, item);
    else this.#join('assistant', parts, item);
  }

  #call(item: JsonObject, path: string): void {
    if (typeof item.namespace === 'string') return this.#join('assistant', [foreign('function_call', item)], item);
    this.#unmapped.addRest(item, CALL_KEYS, path);
    const id = readString(item, 'call_id', path);
    const name = readString(item, 'name', path);
    const json = optionalString(item, 'arguments', path) ?? '';
    this.#join('assistant', [{ type: 'tool-call', id, name, arguments: json }], item);
  }

  #textCall(item: JsonObject, path: string): void {
    if (typeof item.namespace === 'string') return this.#join('assistant', [foreign('custom_tool_call', item)], item);
    this.#unmapped.addRest(item, TEXT_CALL_KEYS, path);
    const id = readString(item, 'call_id', path);
    const name = readString(item, 'name', path);
    const json = textArguments(optionalString(item, 'input', path) ?? '');
    this.#join('assistant', [{ type: 'tool-call', id, name, arguments: json }], item);
  }

  #result(item: JsonObject, path: string): void {
    this.#unmapped.addRest(item, RESULT_KEYS, path);
    const callId = readString(item, 'call_id', path);
    this.#join('tool', [{ type: 'tool-result', callId, content: this.#output(item, path), isError: false }], item);
  }

  #output(item: JsonObject, path: string) {
    const { output } = item;
    if (typeof output === 'string') return [{ type: 'text' as const, text: output }];
    const field = fieldPath(path, 'output');
    if (!Array.isArray(output)) throw new RequestError(field, `${field} must be a string or an array of parts.`);
    return output.map((part, at) => decodeResultPart(part, fieldPath(field, at), this.#unmapped));
  }

  #begin(role: Message['role'], parts: Part[], item: JsonObject): void {
    this.#turns.push({ role, parts: [...parts], items: [item] });
  }

  #join(role: Message['role'], parts: Part[], item: JsonObject): void {
    const open = this.#turns.at(-1);
    if (open?.role !== role) return this.#begin(role, parts, item);
    open.parts.push(...parts);
    open.items.push(item);
  }
}

/** Whose turn an item of this dialect alone belongs to. */
function ownerOf(type: string): Message['role'] {
  if (type.endsWith('_output') || type.endsWith('_response')) return 'tool';
  return type === 'additional_tools' ? 'system' : 'assistant';
}

function foreign(kind: string, value: JsonObject): Part {
  return { type: 'foreign', dialect: 'openai-responses', kind, value };
}
