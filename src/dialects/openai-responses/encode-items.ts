import type { ChatRequest } from '../../model/chat-request.ts';
import type { Message, Part, ToolCallPart, ToolResultPart } from '../../model/conversation.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { fieldPath } from '../common/fields.ts';
import type { LossList } from '../common/losses.ts';
import { textOfArguments } from '../common/text-arguments.ts';
import { textToolNames } from '../common/text-tools.ts';
import type { CallIds } from '../common/tool-call-ids.ts';
import { encodePart } from './encode-part.ts';
import { hasState } from './reasoning.ts';
import type { WireCall, WireInputContent, WireInputItem, WireTextCall } from './wire.ts';

export interface ItemContext {
  readonly quirks: Quirks;
  /** Caller's tool names → the names sent. */
  readonly names: ReadonlyMap<string, string>;
  /** Calls that are told to the target as such with free text, by the caller's ids. */
  readonly textCalls: ReadonlySet<string>;
  readonly losses: LossList;
  readonly ids: CallIds;
  /** Number of the first message among the caller's, for the paths of losses. */
  readonly firstIndex: number;
}

/** The calls of a conversation whose tools take free text. */
export function textCallsOf({ messages, tools }: Pick<ChatRequest, 'messages' | 'tools'>): ReadonlySet<string> {
  const names = textToolNames({ tools });
  const calls = messages.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool-call'));
  return new Set(calls.flatMap(({ id, name }) => (names.has(name) ? [id] : [])));
}

/** The conversation as input items: one a message, a call, a result or a piece of thinking. */
export function encodeItems(messages: readonly Message[], context: ItemContext): JsonObject[] {
  const out: JsonObject[] = [];
  for (const [at, message] of messages.entries()) {
    const encoder = new TurnEncoder(message, fieldPath('messages', at + context.firstIndex), context);
    out.push(...encoder.encode());
  }
  return out;
}

/** Text of the system messages that a conversation begins with, and the messages after them. */
export function splitInstructions(messages: readonly Message[]): {
  head: readonly Message[];
  rest: readonly Message[];
} {
  const first = messages.findIndex(
    (message) => message.role !== 'system' || message.parts.some((part) => part.type !== 'text'),
  );
  const split = first === -1 ? messages.length : first;
  return { head: messages.slice(0, split), rest: messages.slice(split) };
}

export function textOf(messages: readonly Message[]): string {
  const texts = messages.flatMap(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')));
  return texts.filter((text) => text !== '').join('\n\n');
}

class TurnEncoder {
  readonly #message: Message;
  readonly #path: string;
  readonly #context: ItemContext;
  readonly #out: JsonObject[] = [];
  /** Content of the message that is being collected; calls, results and thinking stand beside messages, not in them. */
  #content: (WireInputContent & JsonObject)[] = [];
  #text = '';

  constructor(message: Message, path: string, context: ItemContext) {
    this.#message = message;
    this.#path = path;
    this.#context = context;
  }

  encode(): JsonObject[] {
    if (this.#message.role === 'assistant') this.#context.ids.beginTurn();
    for (const [at, part] of this.#message.parts.entries()) {
      const path = fieldPath(`${this.#path}.content`, at);
      if (this.#message.role === 'assistant') this.#assistantPart(part, path);
      else this.#callerPart(part, path);
    }
    this.#flush();
    return this.#out;
  }

  #push(item: WireInputItem & JsonObject): void {
    this.#out.push(item);
  }

  #callerPart(part: Part, path: string): void {
    if (part.type === 'tool-result') {
      this.#flush();
      return this.#push(this.#result(part, path));
    }
    if (part.type === 'foreign' && this.#pushForeign(part)) return;
    const encoded = encodePart(part, path, this.#context.losses);
    if (encoded !== undefined) this.#content.push(encoded);
  }

  #assistantPart(part: Part, path: string): void {
    const { losses } = this.#context;
    switch (part.type) {
      case 'refusal':
        // One of its own form must have an id of the provider's.
        losses.slight(path, 'a refusal of another provider is told as text');
        this.#text += part.text;
        return;
      case 'text':
        this.#text += part.text;
        return;
      case 'tool-call':
        this.#flush();
        return this.#push(this.#call(part));
      case 'reasoning':
        this.#flush();
        return this.#reasoning(part, path);
      case 'foreign':
        if (this.#pushForeign(part)) return;
        return losses.grave(path, `openai-responses has no counterpart for ${part.kind} of ${part.dialect}`);
      case 'image':
      case 'file':
      case 'audio':
      case 'tool-result':
        return losses.grave(path, `an assistant message cannot hold ${part.type}`);
    }
  }

  /** Whole items of this dialect, kept as they came. */
  #pushForeign(part: Extract<Part, { type: 'foreign' }>): boolean {
    if (part.dialect !== 'openai-responses' || !isJsonObject(part.value)) return false;
    if (this.#message.role === 'user') return false;
    this.#flush();
    this.#out.push(part.value);
    return true;
  }

  /** Thinking goes back only to those who sealed it; no field takes it from anybody else. */
  #reasoning(part: Extract<Part, { type: 'reasoning' }>, path: string): void {
    const own = part.opaque?.dialect === 'openai-responses' ? part.opaque.value : undefined;
    if (isJsonObject(own) && (hasState(own) || Array.isArray(own.content))) this.#out.push(own);
    else if (part.text !== '' || own === undefined)
      this.#context.losses.slight(path, 'thinking of another maker has no place in openai-responses');
  }

  #call(part: ToolCallPart): (WireCall | WireTextCall) & JsonObject {
    const call_id = this.#context.ids.call(part.id);
    const name = this.#context.names.get(part.name) ?? part.name;
    return this.#context.textCalls.has(part.id)
      ? { type: 'custom_tool_call', call_id, name, input: textOfArguments(part.arguments) }
      : { type: 'function_call', call_id, name, arguments: part.arguments || '{}' };
  }

  #result(part: ToolResultPart, path: string): WireInputItem & JsonObject {
    const { losses, ids } = this.#context;
    const content: (WireInputContent & JsonObject)[] = [];
    for (const [at, piece] of part.content.entries()) {
      const encoded = encodePart(piece, fieldPath(`${path}.content`, at), losses);
      if (encoded !== undefined) content.push(encoded);
    }
    if (part.isError) {
      losses.slight(`${path}.is_error`, 'told as text: openai-responses has no field for it');
      content.unshift({ type: 'input_text', text: 'Error:' });
    }
    const texts = content.flatMap((piece) => (piece.type === 'input_text' ? [piece.text] : []));
    const output = texts.length === content.length ? texts.join('\n') : content;
    const type = this.#context.textCalls.has(part.callId) ? 'custom_tool_call_output' : 'function_call_output';
    return { type, call_id: ids.result(part.callId), output };
  }

  #flush(): void {
    if (this.#text !== '') this.#push({ type: 'message', role: 'assistant', content: this.#text });
    this.#text = '';
    const [only] = this.#content;
    if (only === undefined) return;
    const role = this.#message.role === 'system' ? this.#context.quirks.systemRole : 'user';
    const content = this.#content.length === 1 && only.type === 'input_text' ? only.text : this.#content;
    this.#push({ type: 'message', role, content });
    this.#content = [];
  }
}
