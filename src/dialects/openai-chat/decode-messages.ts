import type { Message, Part, TextPart, ToolCallPart } from '../../model/conversation.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import {
  asObject,
  fieldPath,
  optionalArray,
  optionalObject,
  optionalString,
  quoted,
  readString,
} from '../common/fields.ts';
import { textArguments } from '../common/text-arguments.ts';
import type { Unmapped } from '../common/unmapped.ts';
import { broughtCallState, broughtThinking } from './carried-state.ts';
import { decodePart, decodeResultPart } from './decode-part.ts';
import { reasoningOf } from './reasoning.ts';

const COMMON_KEYS = ['role', 'content'];
const MESSAGE_KEYS = new Set(COMMON_KEYS);
const TOOL_KEYS = new Set([...COMMON_KEYS, 'tool_call_id', 'name']);
const ASSISTANT_KEYS = new Set([
  ...COMMON_KEYS,
  'refusal',
  'tool_calls',
  'function_call',
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'audio',
]);

/** One message each, in order, so that an unedited message can be found again. */
export function decodeMessages(list: readonly JsonValue[], unmapped: Unmapped): Message[] {
  if (list.length === 0) throw new RequestError('messages', 'messages must not be empty.');
  const decoder = new MessageDecoder(unmapped);
  return list.map((item, at) => {
    const path = fieldPath('messages', at);
    return decoder.decode(asObject(item, path), path);
  });
}

class MessageDecoder {
  readonly #unmapped: Unmapped;
  /** Ids of calls that have no result yet, oldest first: for results that do not say which call they answer. */
  #unanswered: string[] = [];
  #legacyCalls = 0;

  constructor(unmapped: Unmapped) {
    this.#unmapped = unmapped;
  }

  decode(message: JsonObject, path: string): Message {
    const role = readString(message, 'role', path);
    switch (role) {
      case 'system':
      case 'developer':
        this.#unmapped.addRest(message, MESSAGE_KEYS, path);
        return { role: 'system', parts: this.#content(message, path) };
      case 'user':
        this.#unmapped.addRest(message, MESSAGE_KEYS, path);
        return { role: 'user', parts: this.#content(message, path) };
      case 'assistant':
        this.#unmapped.addRest(message, ASSISTANT_KEYS, path);
        return { role: 'assistant', parts: this.#assistant(message, path) };
      case 'tool':
      case 'function':
        this.#unmapped.addRest(message, TOOL_KEYS, path);
        return { role: 'tool', parts: [this.#result(message, path)] };
      default: {
        const field = fieldPath(path, 'role');
        const known = 'system, developer, user, assistant, tool or function';
        throw new RequestError(field, `${field} must be ${known}, got ${quoted(role)}.`);
      }
    }
  }

  #content(message: JsonObject, path: string): Part[] {
    const parts = this.#parts(message, path);
    if (parts !== undefined) return parts;
    const field = fieldPath(path, 'content');
    throw new RequestError(field, `${field} is required and must be a string or an array of parts.`);
  }

  #parts(message: JsonObject, path: string): Part[] | undefined {
    const content = message.content ?? undefined;
    if (content === undefined) return undefined;
    if (typeof content === 'string') return [{ type: 'text', text: content }];
    const field = fieldPath(path, 'content');
    if (!Array.isArray(content)) throw new RequestError(field, `${field} must be a string or an array of parts.`);
    return content.map((part, at) => decodePart(part, fieldPath(field, at), this.#unmapped));
  }

  #assistant(message: JsonObject, path: string): Part[] {
    const details = Array.isArray(message.reasoning_details) ? message.reasoning_details : [];
    const thinking = broughtThinking(details) ?? [reasoningOf(message) ?? []].flat();
    const refusal = optionalString(message, 'refusal', path);
    const audio = optionalObject(message, 'audio', path);
    const calls = this.#calls(message, path);
    this.#unanswered = calls.flatMap((call) => (call.type === 'tool-call' ? [call.id] : []));
    // An empty text beside calls, or an empty turn, is how clients write "nothing".
    const parts = (this.#parts(message, path) ?? []).filter((part) => part.type !== 'text' || part.text !== '');
    return [
      ...thinking,
      ...parts,
      ...(refusal ? [{ type: 'refusal' as const, text: refusal }] : []),
      ...(audio ? [{ type: 'foreign' as const, dialect: 'openai-chat' as const, kind: 'audio', value: audio }] : []),
      ...calls,
    ];
  }

  #calls(message: JsonObject, path: string): Part[] {
    const parts: Part[] = [];
    const field = fieldPath(path, 'tool_calls');
    for (const [at, item] of (optionalArray(message, 'tool_calls', path) ?? []).entries()) {
      parts.push(decodeCall(asObject(item, fieldPath(field, at)), fieldPath(field, at)));
    }
    const legacy = optionalObject(message, 'function_call', path);
    if (legacy !== undefined) parts.push(this.#legacyCall(legacy, fieldPath(path, 'function_call')));
    return parts;
  }

  /** The old form has no ids: the result is the next message of role `function`. */
  #legacyCall(call: JsonObject, path: string): ToolCallPart {
    this.#legacyCalls += 1;
    const id = `function_call_${this.#legacyCalls}`;
    return {
      type: 'tool-call',
      id,
      name: readString(call, 'name', path),
      arguments: readString(call, 'arguments', path),
    };
  }

  #result(message: JsonObject, path: string): Part {
    const told = optionalString(message, 'tool_call_id', path);
    const callId = told ?? this.#unanswered[0];
    if (callId === undefined) {
      const field = fieldPath(path, message.role === 'function' ? 'role' : 'tool_call_id');
      throw new RequestError(field, `${field}: there is no tool call that this message could answer.`);
    }
    this.#unanswered = this.#unanswered.filter((id) => id !== callId);
    return { type: 'tool-result', callId, content: this.#resultContent(message, path), isError: false };
  }

  #resultContent(message: JsonObject, path: string) {
    const content = message.content ?? '';
    if (typeof content === 'string') return [{ type: 'text', text: content } satisfies TextPart];
    const field = fieldPath(path, 'content');
    if (!Array.isArray(content)) throw new RequestError(field, `${field} must be a string or an array of parts.`);
    return content.map((part, at) => decodeResultPart(part, fieldPath(field, at), this.#unmapped));
  }
}

function decodeCall(call: JsonObject, path: string): Part {
  const type = optionalString(call, 'type', path) ?? 'function';
  if (type === 'custom') return decodeTextCall(call, path);
  if (type !== 'function') return { type: 'foreign', dialect: 'openai-chat', kind: `${type}-tool-call`, value: call };
  const fn = asObject(call.function, fieldPath(path, 'function'));
  const opaque = broughtCallState(optionalObject(call, 'extra_content', path));
  return {
    type: 'tool-call',
    id: readString(call, 'id', path),
    name: readString(fn, 'name', fieldPath(path, 'function')),
    arguments: optionalString(fn, 'arguments', fieldPath(path, 'function')) ?? '',
    ...(opaque && { opaque }),
  };
}

function decodeTextCall(call: JsonObject, path: string): ToolCallPart {
  const inner = fieldPath(path, 'custom');
  const custom = asObject(call.custom, inner);
  const opaque = broughtCallState(optionalObject(call, 'extra_content', path));
  return {
    type: 'tool-call',
    id: readString(call, 'id', path),
    name: readString(custom, 'name', inner),
    arguments: textArguments(optionalString(custom, 'input', inner) ?? ''),
    ...(opaque && { opaque }),
  };
}
