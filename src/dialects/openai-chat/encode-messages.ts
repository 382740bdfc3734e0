import type { Message, Part, ReasoningPart, ToolResultPart } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { fieldPath } from '../common/fields.ts';
import type { LossList } from '../common/losses.ts';
import { textOfArguments } from '../common/text-arguments.ts';
import type { CallIds } from '../common/tool-call-ids.ts';
import { encodePart } from './encode-part.ts';
import { replayedThinking } from './replayed-thinking.ts';
import type { WireAssistantMessage, WireContentPart, WireMessage, WireTextCall, WireToolCall } from './wire.ts';

export interface MessageContext {
  readonly quirks: Quirks;
  /** Caller's tool names → the names sent. */
  readonly names: ReadonlyMap<string, string>;
  /** Tools that are told to the target as such of free text, by the caller's names. */
  readonly texts: ReadonlySet<string>;
  readonly losses: LossList;
  readonly ids: CallIds;
  /** Number of the first message among the caller's, for the paths of losses. */
  readonly firstIndex?: number;
}

/** The conversation in the dialect's form. Results of tools come one a message, directly after their calls. */
export function encodeMessages(messages: readonly Message[], context: MessageContext): JsonObject[] {
  const encoder = new MessageEncoder(context);
  for (const [at, message] of messages.entries()) {
    encoder.add(message, fieldPath('messages', at + (context.firstIndex ?? 0)));
  }
  return encoder.end();
}

class MessageEncoder {
  readonly #context: MessageContext;
  readonly #out: JsonObject[] = [];
  /** Images and files that tools gave back: no part of a tool message, so they follow the last of the results. */
  #media: (WireContentPart & JsonObject)[] = [];

  constructor(context: MessageContext) {
    this.#context = context;
  }

  add(message: Message, path: string): void {
    if (message.role !== 'tool') this.#flushMedia();
    switch (message.role) {
      case 'system':
        return this.#push({ role: this.#context.quirks.systemRole, content: this.#systemText(message, path) });
      case 'user':
        return this.#user(message, path);
      case 'assistant':
        return this.#assistant(message, path);
      case 'tool':
        for (const [at, part] of message.parts.entries()) this.#toolPart(part, partPath(path, at));
    }
  }

  end(): JsonObject[] {
    this.#flushMedia();
    return this.#out;
  }

  #push(message: WireMessage & JsonObject): void {
    this.#out.push(message);
  }

  #systemText(message: Message, path: string): string {
    const texts: string[] = [];
    for (const [at, part] of message.parts.entries()) {
      if (part.type === 'text') texts.push(part.text);
      else this.#context.losses.grave(partPath(path, at), `a system message cannot hold ${part.type}`);
    }
    return texts.join('\n\n');
  }

  #user(message: Message, path: string): void {
    const content: (WireContentPart & JsonObject)[] = [];
    for (const [at, part] of message.parts.entries()) {
      // Dialects without a role for results keep them among the user's parts.
      if (part.type === 'tool-result') this.#toolPart(part, partPath(path, at));
      else content.push(...this.#part(part, partPath(path, at)));
    }
    this.#flushMedia();
    const [only] = content;
    if (only === undefined) return;
    this.#push({ role: 'user', content: content.length === 1 && only.type === 'text' ? only.text : content });
  }

  #part(part: Part, path: string): (WireContentPart & JsonObject)[] {
    const encoded = encodePart(part, path, this.#context.losses);
    return encoded === undefined ? [] : [encoded];
  }

  #assistant(message: Message, path: string): void {
    let text = '';
    let refusal = '';
    const calls: ((WireToolCall | WireTextCall) & JsonObject)[] = [];
    const thinking: [ReasoningPart, string][] = [];
    this.#context.ids.beginTurn();
    for (const [at, part] of message.parts.entries()) {
      if (part.type === 'text') text += part.text;
      else if (part.type === 'refusal') refusal += part.text;
      else if (part.type === 'tool-call') calls.push(this.#call(part));
      else if (part.type === 'reasoning') thinking.push([part, partPath(path, at)]);
      else this.#lose(part, partPath(path, at));
    }
    const replayed = replayedThinking(thinking, calls.length > 0, this.#context);
    if (text === '' && refusal === '' && calls.length === 0) return;
    const head = {
      role: 'assistant',
      content: text === '' ? null : text,
      ...(refusal !== '' && { refusal }),
      ...replayed,
    } satisfies WireAssistantMessage;
    this.#out.push({ ...head, ...(calls.length > 0 && { tool_calls: calls }) });
  }

  #call(part: Extract<Part, { type: 'tool-call' }>): (WireToolCall | WireTextCall) & JsonObject {
    const { names, texts, ids } = this.#context;
    const own = part.opaque?.dialect === 'openai-chat' && part.opaque;
    const id = ids.call(part.id);
    const name = names.get(part.name) ?? part.name;
    const state = { ...(own && { extra_content: own.value }) };
    return texts.has(part.name)
      ? { id, type: 'custom', custom: { name, input: textOfArguments(part.arguments) }, ...state }
      : { id, type: 'function', function: { name, arguments: part.arguments || '{}' }, ...state };
  }

  #lose(part: Part, path: string): void {
    const what = part.type === 'foreign' ? `${part.kind} of ${part.dialect}` : part.type;
    this.#context.losses.grave(path, `an assistant message cannot hold ${what}`);
  }

  #toolPart(part: Part, path: string): void {
    if (part.type === 'tool-result') this.#result(part, path);
    else this.#context.losses.grave(path, `a tool message cannot hold ${part.type}`);
  }

  #result(part: ToolResultPart, path: string): void {
    const { losses, ids } = this.#context;
    const texts: string[] = [];
    for (const [at, piece] of part.content.entries()) {
      if (piece.type === 'text') {
        texts.push(piece.text);
        continue;
      }
      const where = `${path}.content[${at}]`;
      const media = this.#part(piece, where);
      if (media.length === 0) continue;
      losses.slight(where, 'sent in a user message of its own: a tool message holds text alone');
      texts.push(`[The ${piece.type} follows in the next message.]`);
      this.#media.push(...media);
    }
    if (part.isError) losses.slight(`${path}.is_error`, 'told as text: openai-chat has no field for it');
    const text = texts.join('\n');
    this.#push({
      role: 'tool',
      tool_call_id: ids.result(part.callId),
      content: part.isError ? `Error: ${text}` : text,
    });
  }

  #flushMedia(): void {
    if (this.#media.length === 0) return;
    this.#push({ role: 'user', content: this.#media });
    this.#media = [];
  }
}

function partPath(path: string, at: number): string {
  return `${path}.content[${at}]`;
}
