import type { Content, FunctionCall, FunctionResponse, Part } from '@google/genai';
import type { Message, Part as NeutralPart, TextPart, ToolCallPart, ToolResultPart } from '../../model/conversation.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { CONTINUE_TEXT } from '../common/instructions.ts';
import type { LossList } from '../common/losses.ts';
import { ToolCallIds } from '../common/tool-call-ids.ts';
import { encodeMedia } from './encode-media.ts';
import { LONG_NUMBER, parseShallow, responseOf } from './function-values.ts';
import type { OriginalParts } from './original-parts.ts';
import { foreignCallSignature, objectOf, wire } from './wire.ts';

export interface EncodedConversation {
  readonly contents: JsonObject[];
  readonly systemInstruction?: JsonObject;
}

export interface EncodeContents {
  /** The caller's names of tools → the names to send. */
  readonly toolNames: ReadonlyMap<string, string>;
  readonly losses: LossList;
  /** The caller's own parts, where it speaks this dialect. */
  readonly original?: OriginalParts;
}

/**
 * The conversation as `systemInstruction` and `contents`. Roles are `user` and `model`, neighbours of one role are
 * merged, and the results of tools stand in the user's turn right after the calls.
 */
export function encodeConversation(messages: readonly Message[], how: EncodeContents): EncodedConversation {
  const encoder = new ConversationEncoder(how);
  for (const [at, message] of messages.entries()) encoder.add(message, `messages[${at}]`);
  return encoder.result();
}

interface Turn {
  readonly role: 'user' | 'model';
  readonly parts: JsonObject[];
}

class ConversationEncoder {
  readonly #toolNames: ReadonlyMap<string, string>;
  readonly #losses: LossList;
  readonly #original: OriginalParts | undefined;
  readonly #turns: Turn[] = [];
  readonly #system: JsonObject[] = [];
  readonly #systemPaths: string[] = [];
  /** Names of the functions called so far, by the id that was sent. */
  readonly #called = new Map<string, string>();
  readonly #ids = new ToolCallIds('gemini');
  /** Ids of the last turn's calls as they were sent, in order. */
  #calls: string[] = [];
  /** Results with the numbers of their calls. */
  readonly #numbers = new Map<JsonObject, number>();

  constructor({ toolNames, losses, original }: EncodeContents) {
    this.#toolNames = toolNames;
    this.#losses = losses;
    this.#original = original;
  }

  add(message: Message, path: string): void {
    switch (message.role) {
      case 'system':
        return this.#instruct(message, path);
      case 'user':
      case 'tool':
        return this.#say('user', this.#userParts(message, path));
      case 'assistant':
        this.#ids.beginTurn();
        this.#calls = [];
        return this.#say('model', this.#modelParts(message, path));
    }
  }

  result(): EncodedConversation {
    const contents = this.#turns.map(({ role, parts }) => wire<Content>({ role, parts: this.#inOrder(parts) }));
    const [first] = this.#turns;
    if (first?.role === 'model' && first.parts.some((part) => part.functionCall !== undefined)) {
      contents.unshift(wire<Content>({ role: 'user', parts: [textPart(CONTINUE_TEXT)] }));
      this.#losses.add('messages', 'a first user message was added: this target takes calls after one alone');
    }
    if (contents.length === 0 && this.#system.length === 0) {
      contents.push(wire<Content>({ role: 'user', parts: [textPart(CONTINUE_TEXT)] }));
      const why = 'a user message was added: nothing else of the conversation can be told to this target';
      this.#losses.add('messages', why, true);
    }
    if (this.#system.length === 0) return { contents };
    if (contents.length > 0) return { contents, systemInstruction: wire<Content>({ parts: this.#system }) };
    for (const path of this.#systemPaths) {
      this.#losses.add(path, 'the instructions were sent as the user: this target demands a turn beside them');
    }
    return { contents: [wire<Content>({ role: 'user', parts: this.#system })] };
  }

  /** Results first, in the order of the calls: the API pairs them with those of the turn before. */
  #inOrder(parts: readonly JsonObject[]): JsonObject[] {
    const results = parts.filter((part) => part.functionResponse !== undefined);
    if (results.length === 0) return [...parts];
    results.sort((a, b) => (this.#numbers.get(a) ?? 0) - (this.#numbers.get(b) ?? 0));
    return [...results, ...parts.filter((part) => part.functionResponse === undefined)];
  }

  #say(role: Turn['role'], parts: readonly JsonObject[]): void {
    if (parts.length === 0) return;
    const last = this.#turns.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else this.#turns.push({ role, parts: [...parts] });
  }

  #instruct(message: Message, path: string): void {
    if (this.#turns.length > 0) {
      this.#losses.add(path, 'moved to the beginning: this target has one place for instructions');
    }
    const parts = this.#encodeParts(message, path, (part, where) => {
      if (part.type === 'text') return part.text === '' ? [] : [textPart(part.text)];
      this.#losses.add(where, `dropped: instructions take no ${part.type}`, true);
      return [];
    });
    this.#system.push(...parts);
    this.#systemPaths.push(path);
  }

  /** Parts that nobody has touched go out in the caller's own form. */
  #encodeParts(
    { parts }: Message,
    path: string,
    encode: (part: NeutralPart, where: string) => JsonObject[],
  ): JsonObject[] {
    const out: JsonObject[] = [];
    for (let at = 0; at < parts.length; at += 1) {
      const original = this.#original?.take(parts, at);
      const part = parts[at];
      if (original) {
        out.push(part ? this.#withId(original.part, part) : original.part);
        at += original.length - 1;
      } else if (part) out.push(...encode(part, `${path}.content[${at}]`));
    }
    return out;
  }

  /** None for a call to which its caller gave none: the parts that nobody has touched do not name it either. */
  #callId({ id, name }: ToolCallPart): string | undefined {
    const sent = this.#ids.call(id);
    this.#calls.push(sent);
    this.#called.set(sent, this.#toolNames.get(name) ?? name);
    return this.#original?.namesCall(id) === false ? undefined : sent;
  }

  /** Makes the part of a result, and notes which of the calls it answers. */
  #answering(sent: string, callId: string, make: (id: string | undefined) => JsonObject): JsonObject {
    const part = make(this.#original?.namesCall(callId) === false ? undefined : sent);
    this.#numbers.set(part, this.#calls.indexOf(sent));
    return part;
  }

  /** The caller's own part, known by the id that the other half of the pair has, which may have been written anew. */
  #withId(original: JsonObject, part: NeutralPart): JsonObject {
    const field = Object.keys(original).find((name) => /^function_?(?:call|response)$/i.test(name));
    const pair = field === undefined ? {} : objectOf(original[field]);
    const named = (id: string | undefined): JsonObject =>
      field === undefined || id === undefined || pair.id === undefined
        ? original
        : { ...original, [field]: { ...pair, id } };
    if (part.type === 'tool-call') return named(this.#callId(part));
    return part.type === 'tool-result' ? this.#answering(this.#ids.result(part.callId), part.callId, named) : original;
  }

  #userParts(message: Message, path: string): JsonObject[] {
    return this.#encodeParts(message, path, (part, where) => this.#userPart(part, where));
  }

  #userPart(part: NeutralPart, path: string): JsonObject[] {
    if (part.type === 'tool-result') return this.#result(part, path);
    if (part.type === 'tool-call') {
      this.#losses.add(path, 'dropped: a tool call in a turn that is not the assistant’s', true);
      return [];
    }
    return this.#plainPart(part, path);
  }

  #modelParts(message: Message, path: string): JsonObject[] {
    let signed = false;
    return this.#encodeParts(message, path, (part, where) => {
      if (part.type === 'tool-result') {
        this.#losses.add(where, 'dropped: a tool result in a turn of the assistant', true);
        return [];
      }
      if (part.type !== 'tool-call') return this.#plainPart(part, where);
      const call = this.#call(part, where, signed);
      signed = true;
      return [call];
    });
  }

  #plainPart(part: Exclude<NeutralPart, ToolCallPart | ToolResultPart>, path: string): JsonObject[] {
    switch (part.type) {
      case 'refusal':
        this.#losses.add(path, 'a refusal is told as text: this target has no other form for it');
        return part.text === '' ? [] : [textPart(part.text)];
      case 'text':
        return part.text === '' ? [] : [textPart(part.text)];
      case 'file':
        if (part.name !== undefined) this.#losses.add(`${path}.name`, 'this target takes no names of files');
        return this.#media(part.source, path);
      case 'image':
      case 'audio':
        return this.#media(part.source, path);
      case 'reasoning':
        return this.#thought(part, path);
      case 'foreign':
        if (part.dialect === 'gemini-generate' && isJsonObject(part.value)) return [part.value];
        this.#losses.add(path, `dropped: ${part.kind} exists in ${part.dialect} alone`, true);
        return [];
    }
  }

  #media(source: Parameters<typeof encodeMedia>[0], path: string): JsonObject[] {
    const media = encodeMedia(source);
    if (media.ok) return [media.part];
    this.#losses.add(path, media.why, true);
    return [];
  }

  /** Thoughts go back only with the signature that the API itself gave them; where it stood on an empty text, so again. */
  #thought(part: NeutralPart & { type: 'reasoning' }, path: string): JsonObject[] {
    const signature = signatureOf(part);
    if (signature === undefined) {
      this.#losses.add(path, 'dropped: thinking that this target did not sign');
      return [];
    }
    if (part.text === '') return [wire<Part>({ text: '', thoughtSignature: signature })];
    return [wire<Part>({ text: part.text, thought: true, thoughtSignature: signature })];
  }

  /** The API asks a signature of the first call of a step, none of those beside it. */
  #call(part: ToolCallPart, path: string, signed: boolean): JsonObject {
    const name = this.#toolNames.get(part.name) ?? part.name;
    const functionCall = wire<FunctionCall>({
      id: this.#callId(part),
      name,
      args: this.#args(part.arguments, path),
    });
    const thoughtSignature = signatureOf(part) ?? (signed ? undefined : foreignCallSignature);
    return wire<Part>({ functionCall, thoughtSignature });
  }

  #args(json: string, path: string): JsonObject {
    if (json.trim() === '') return {};
    const parsed = parseShallow(json);
    if (!parsed.ok || !isJsonObject(parsed.value)) {
      this.#losses.add(`${path}.arguments`, 'sent as the text of one argument: they are not a JSON object', true);
      return { arguments: json };
    }
    if (LONG_NUMBER.test(json)) this.#losses.add(`${path}.arguments`, 'long numbers may have been rounded');
    return parsed.value;
  }

  #result(part: ToolResultPart, path: string): JsonObject[] {
    const text = part.content.filter((piece): piece is TextPart => piece.type === 'text').map((piece) => piece.text);
    const media = part.content.flatMap((piece, at) => {
      if (piece.type === 'text') return [];
      const sent = this.#media(piece.source, `${path}.content[${at}]`);
      if (sent.length > 0) this.#losses.add(`${path}.content[${at}]`, 'sent beside the tool result, not in it');
      return sent;
    });
    const sent = this.#ids.result(part.callId);
    const name = this.#called.get(sent);
    if (name === undefined) {
      this.#losses.add(path, 'sent as text: the conversation holds no call with this id', true);
      return [textPart(text.join('\n')), ...media].filter((each) => each.text !== '');
    }
    const response = responseOf(text.join('\n'), part.isError);
    const answer = this.#answering(sent, part.callId, (id) =>
      wire<Part>({ functionResponse: wire<FunctionResponse>({ id, name, response }) }),
    );
    return [answer, ...media];
  }
}

function textPart(text: string): JsonObject {
  return wire<Part>({ text });
}

function signatureOf(part: NeutralPart & { type: 'tool-call' | 'reasoning' }): string | undefined {
  const { opaque } = part;
  return opaque?.dialect === 'gemini-generate' && typeof opaque.value === 'string' ? opaque.value : undefined;
}
