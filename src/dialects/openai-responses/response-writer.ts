import type { ChatEvent, FinishReason, ServedTier } from '../../model/chat-event.ts';
import type { ForeignPart, OpaqueState } from '../../model/conversation.ts';
import type { AnswerContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { Usage } from '../../model/usage.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { sealState } from '../common/sealed-state.ts';
import { openaiTier } from '../common/served-tier.ts';
import { ArgumentText } from '../common/text-arguments.ts';
import { textToolNames } from '../common/text-tools.ts';
import { writeStatus } from './finish-reasons.ts';
import { ItemStream } from './item-stream.ts';
import { MessageWriter } from './message-writer.ts';
import {
  callDelta,
  callDone,
  callItem,
  messageItem,
  type OpenCall,
  type OpenMessage,
  type OpenPart,
  type OpenReasoning,
  reasoningItem,
} from './open-items.ts';
import { type OwnKind, ownId } from './own-items.ts';
import { responseObject } from './response-object.ts';
import { writeUsage } from './usage.ts';

/** How an answer ended. */
export interface Ending {
  readonly reason: FinishReason;
  readonly usage: Usage;
  readonly understudy: JsonObject | undefined;
}

/** An answer that another hand began: what the caller has of it. */
export interface Begun {
  readonly response: JsonObject;
  /** Items by `output_index`; complete, but for the open one. */
  readonly items: readonly JsonObject[];
  readonly open: OpenMessage | undefined;
  /** All text that the caller has. */
  readonly text: string;
  /** The next `sequence_number`. */
  readonly sequence: number;
}

/** Writes events as a Responses stream of our own making, and puts the response object together meanwhile. */
export class ResponseWriter {
  readonly #context: AnswerContext;
  readonly #textTools: ReadonlySet<string>;
  #response: JsonObject;
  readonly #stream = new ItemStream();
  readonly #messages = new MessageWriter(this.#stream);
  #open: OpenMessage | OpenReasoning | undefined;
  readonly #calls = new Map<number, OpenCall>();
  #begun = false;
  #refused = false;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#textTools = textToolNames(context.request);
    this.#response = responseObject(context);
  }

  /** The response object; whole once `finish` was called. */
  get response(): JsonObject {
    return this.#response;
  }

  /** Goes on with what another hand began. */
  adopt(begun: Begun): void {
    this.#begun = true;
    this.#response = begun.response;
    this.#stream.adopt(begun.items, begun.sequence);
    this.#messages.adopt(begun.text);
    this.#open = begun.open;
  }

  /** From now on this model writes. */
  identify(model: string | undefined): void {
    if (model !== undefined) this.#response = { ...this.#response, model };
  }

  write(event: ChatEvent): SseFrame[] {
    if (event.type === 'start') this.#serve(event.serviceTier);
    const out = this.#begin();
    switch (event.type) {
      case 'text':
        this.#say('output_text', event.text, out);
        break;
      case 'refusal':
        this.#say('refusal', event.text, out);
        break;
      case 'reasoning':
        this.#think(event.text, event.opaque, out);
        break;
      case 'tool-call-start':
        this.#beginCall(event, out);
        break;
      case 'tool-call-delta':
        this.#argue(event.index, event.json, out);
        break;
      case 'tool-call-end':
        this.#endCall(event.index, 'completed', out);
        break;
      case 'citation':
        if (this.#open?.kind === 'message') this.#messages.cite(this.#open, event.citation, out);
        break;
      case 'logprobs':
        if (this.#open?.kind === 'message') this.#messages.weigh(this.#open, event, out);
        break;
      case 'foreign':
        this.#pass(event.part, out);
        break;
      case 'start':
      case 'usage':
      case 'finish':
      case 'fault':
      case 'switch':
      case 'note':
        break;
    }
    return out;
  }

  finish({ reason, usage, understudy }: Ending): SseFrame[] {
    const out = this.#begin();
    const end = writeStatus(reason, this.#refused);
    const counts = writeUsage(usage);
    for (const index of [...this.#calls.keys()]) this.#endCall(index, end.status, out);
    this.#closeOpen(out, end.status);
    this.#response = {
      ...this.#response,
      status: end.status,
      incomplete_details: end.incomplete_details && { ...end.incomplete_details },
      output: [...this.#stream.items],
      ...(counts && { usage: counts }),
      ...(understudy && { understudy }),
    };
    this.#stream.emit(`response.${end.status}`, { response: this.#response }, out);
    return out;
  }

  /** An event that every client of this dialect passes over. */
  keepalive(understudy: JsonObject): SseFrame[] {
    const out = this.#begin();
    this.#stream.emit('keepalive', { understudy }, out);
    return out;
  }

  /** The event that SDKs throw on: `error` nested, as OpenAI sends it; flat besides, as its specification has it. */
  error(error: JsonObject): SseFrame {
    const out: SseFrame[] = [];
    const { code = null, message = '', param = null } = error;
    this.#stream.emit('error', { code, message, param, error }, out);
    return out[0] ?? { kind: 'sse', event: 'error', data: JSON.stringify({ type: 'error', error }) };
  }

  #begin(): SseFrame[] {
    const out: SseFrame[] = [];
    if (this.#begun) return out;
    this.#begun = true;
    this.#stream.emit('response.created', { response: this.#response }, out);
    this.#stream.emit('response.in_progress', { response: this.#response }, out);
    return out;
  }

  #id(kind: OwnKind): string {
    return ownId(kind, this.#context.requestId, this.#stream.items.length);
  }

  #say(type: OpenPart['type'], text: string, out: SseFrame[]): void {
    if (text === '') return;
    if (type === 'refusal') this.#refused = true;
    this.#messages.say(this.#openMessage(out), type, text, out);
  }

  #serve(tier: ServedTier | undefined): void {
    const service_tier = openaiTier(tier);
    if (service_tier) this.#response = { ...this.#response, service_tier };
  }

  #openMessage(out: SseFrame[]): OpenMessage {
    if (this.#open?.kind === 'message') return this.#open;
    this.#closeOpen(out);
    const id = this.#id('msg');
    const message: OpenMessage = { kind: 'message', index: this.#stream.items.length, id, parts: [], part: undefined };
    this.#stream.add(messageItem(message, 'in_progress'), out);
    this.#open = message;
    return message;
  }

  #think(text: string, opaque: OpaqueState | undefined, out: SseFrame[]): void {
    if (text === '' && opaque === undefined) return;
    const open = this.#openReasoning(out);
    const place = { item_id: open.id, output_index: open.index, summary_index: 0 };
    if (text !== '') {
      if (open.text === '') {
        const part = { type: 'summary_text', text: '' };
        this.#stream.emit('response.reasoning_summary_part.added', { ...place, part }, out);
      }
      open.text += text;
      this.#stream.emit('response.reasoning_summary_text.delta', { ...place, delta: text }, out);
    }
    // A seal ends its piece of thinking.
    if (opaque !== undefined) this.#closeReasoning(open, out, sealState(opaque));
  }

  #openReasoning(out: SseFrame[]): OpenReasoning {
    if (this.#open?.kind === 'reasoning') return this.#open;
    this.#closeOpen(out);
    const open: OpenReasoning = { kind: 'reasoning', index: this.#stream.items.length, id: this.#id('rs'), text: '' };
    this.#stream.add(reasoningItem(open, undefined), out);
    this.#open = open;
    return open;
  }

  #closeReasoning(open: OpenReasoning, out: SseFrame[], sealed?: string): void {
    if (open.text !== '') {
      const place = { item_id: open.id, output_index: open.index, summary_index: 0 };
      this.#stream.emit('response.reasoning_summary_text.done', { ...place, text: open.text }, out);
      const part = { type: 'summary_text', text: open.text };
      this.#stream.emit('response.reasoning_summary_part.done', { ...place, part }, out);
    }
    this.#stream.end(open.index, reasoningItem(open, sealed), out);
    this.#open = undefined;
  }

  #closeOpen(out: SseFrame[], status: 'completed' | 'incomplete' = 'completed'): void {
    const open = this.#open;
    if (open === undefined) return;
    if (open.kind === 'reasoning') return this.#closeReasoning(open, out);
    this.#messages.close(open, out);
    this.#stream.end(open.index, messageItem(open, status), out);
    this.#open = undefined;
  }

  /** What only another dialect has, a caller of this one cannot have asked for. */
  #pass({ dialect, value }: ForeignPart, out: SseFrame[]): void {
    if (dialect !== 'openai-responses' || !isJsonObject(value)) return;
    this.#closeOpen(out);
    this.#stream.add(value, out);
    this.#stream.end(this.#stream.items.length - 1, value, out);
  }

  #beginCall(event: Extract<ChatEvent, { type: 'tool-call-start' }>, out: SseFrame[]): void {
    this.#closeOpen(out);
    const { id: callId, name } = event;
    const text = this.#textTools.has(name) ? new ArgumentText() : undefined;
    const id = this.#id(text === undefined ? 'fc' : 'ctc');
    const call: OpenCall = { index: this.#stream.items.length, id, callId, name, input: '', text };
    this.#stream.add(callItem(call, 'in_progress'), out);
    this.#calls.set(event.index, call);
  }

  #argue(index: number, json: string, out: SseFrame[]): void {
    const call = this.#calls.get(index);
    if (call !== undefined) this.#tellInput(call, call.text === undefined ? json : call.text.push(json), out);
  }

  #tellInput(call: OpenCall, piece: string, out: SseFrame[]): void {
    if (piece === '') return;
    call.input += piece;
    const { type, ...delta } = callDelta(call, piece);
    this.#stream.emit(type, delta, out);
  }

  #endCall(index: number, status: 'completed' | 'incomplete', out: SseFrame[]): void {
    const call = this.#calls.get(index);
    if (call === undefined) return;
    // An empty text is no JSON, and clients parse the arguments.
    if (call.text !== undefined) this.#tellInput(call, call.text.end(), out);
    else if (call.input === '') this.#tellInput(call, '{}', out);
    this.#calls.delete(index);
    const { type, ...done } = callDone(call);
    this.#stream.emit(type, done, out);
    this.#stream.end(call.index, callItem(call, status), out);
  }
}
