import type { ChatEvent } from '../../model/chat-event.ts';
import { CitedText } from '../../model/cited-text.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { FrameFault, malformedFrame, tooLargeAnswer } from '../common/frame-fault.ts';
import { readLogprobs } from '../common/openai-logprobs.ts';
import { maxAnnotations, readAnnotation, readAnnotations } from './annotations.ts';
import { answerFault } from './decode-fault.ts';
import { readStatus } from './finish-reasons.ts';
import { hasState, PARAGRAPH, reasoningText } from './reasoning.ts';
import { type OpenCall, ToolCallReader, word } from './tool-call-reader.ts';
import { readUsage } from './usage.ts';

/** Most items of one answer. */
export const maxItems = 1024;

/** What is known of one output item, by its `output_index`. */
interface ItemState {
  readonly type: string;
  call?: OpenCall | undefined;
  /** Content parts of which a piece has been told. */
  readonly told: Set<number>;
  /** Where in all text of the answer each part begins. */
  readonly offsets: Map<number, number>;
  /** How many annotations of each part have been told. */
  readonly annotated: Map<number, number>;
  /** Parts of which tokens have been told. */
  readonly weighed: Set<number>;
  /** Where the thinking is read from: some providers tell it as content and as its own summary. */
  source?: 'content' | 'summary';
  lastPart: number;
  done: boolean;
}

/** Where in an answer a piece belongs: `output_index`, and the index of the part inside the item. */
export interface Place {
  readonly item: number;
  readonly part: number;
}

/** Items that a caller has to act upon. */
const CALLS = new Set(['function_call', 'custom_tool_call', 'mcp_approval_request', 'computer_call']);

/** Reads one answer, from the pieces of a stream or from the items of a whole one. Throws `FrameFault`. */
export class AnswerReader {
  readonly #calls: ToolCallReader;
  readonly #items = new Map<number, ItemState>();
  #foreignCalls = false;
  #finished = false;
  /** All text so far: citations count in it. */
  readonly #text = new CitedText();

  constructor(reading: ReadingContext) {
    this.#calls = new ToolCallReader(reading);
  }

  /** Some item has come. */
  get spoke(): boolean {
    return this.#items.size > 0;
  }

  get finished(): boolean {
    return this.#finished;
  }

  added(index: number, item: JsonObject, out: ChatEvent[]): void {
    const state = this.#state(index, word(item.type));
    if (!isOwnCall(item) || state.call) return;
    state.call = this.#calls.start(item, out);
  }

  text(place: Place, kind: 'text' | 'refusal', text: string, out: ChatEvent[]): void {
    this.#say(this.#state(place.item, 'message'), place.part, kind, text, out);
  }

  /** The tokens of a piece of text, which stand beside it. */
  logprobs(place: Place, list: JsonValue | undefined, out: ChatEvent[]): void {
    const tokens = readLogprobs(list);
    if (tokens.length === 0) return;
    this.#state(place.item, 'message').weighed.add(place.part);
    out.push({ type: 'logprobs', of: 'text', tokens });
  }

  annotation(place: Place, annotation: JsonObject, out: ChatEvent[]): void {
    const state = this.#state(place.item, 'message');
    const told = state.annotated.get(place.part) ?? 0;
    if (told >= maxAnnotations) return;
    state.annotated.set(place.part, told + 1);
    const offset = state.offsets.get(place.part) ?? this.#text.length;
    out.push({ type: 'citation', citation: readAnnotation(annotation, this.#text, offset) });
  }

  thinking(place: Place, source: 'content' | 'summary', text: string, out: ChatEvent[]): void {
    const state = this.#state(place.item, 'reasoning');
    state.source ??= source;
    if (text === '' || state.source !== source) return;
    const gap = state.told.size > 0 && place.part !== state.lastPart ? PARAGRAPH : '';
    state.told.add(place.part);
    state.lastPart = place.part;
    out.push({ type: 'reasoning', text: gap + text });
  }

  arguments(index: number, piece: string, out: ChatEvent[]): void {
    const { call } = this.#state(index, 'function_call');
    if (call !== undefined) this.#calls.argue(call, piece, out);
  }

  /** The item as a whole: what of it has not been told yet is told now. */
  done(index: number, item: JsonObject, out: ChatEvent[]): void {
    const type = word(item.type);
    const state = this.#state(index, type);
    if (state.done) return;
    state.done = true;
    if (type === 'message') this.#tellMessage(item, state, out);
    else if (type === 'reasoning') tellReasoning(item, state, out);
    else if (isOwnCall(item)) this.#tellCall(item, state, out);
    else if (type === '') throw malformedFrame('an item of the answer has no type');
    else {
      if (CALLS.has(type)) this.#foreignCalls = true;
      out.push({ type: 'foreign', part: { type: 'foreign', dialect: 'openai-responses', kind: type, value: item } });
    }
  }

  /** The provider named the end. Items are told from the whole answer where none came before it. */
  finish(response: JsonObject, out: ChatEvent[]): void {
    if (this.#finished) return;
    if (isJsonObject(response.error)) throw new FrameFault(answerFault(response));
    const items = response.output;
    if (this.#items.size === 0 && Array.isArray(items)) this.whole(items, out);
    this.#endCalls(out);
    const end = readStatus(response, this.#calls.any || this.#foreignCalls);
    if ('fault' in end) throw new FrameFault(end.fault);
    const usage = readUsage(response);
    if (usage !== undefined) out.push({ type: 'usage', usage });
    out.push({ type: 'finish', reason: end.reason, native: end.native });
    this.#finished = true;
  }

  /** The answer is over and no end was named, which is legal for this provider. */
  finishUnnamed(out: ChatEvent[]): void {
    this.#endCalls(out);
    out.push({ type: 'finish', reason: this.#calls.any || this.#foreignCalls ? 'tool-calls' : 'stop' });
    this.#finished = true;
  }

  whole(items: readonly JsonValue[], out: ChatEvent[]): void {
    for (const [index, item] of items.entries()) {
      if (!isJsonObject(item)) throw malformedFrame('an item of the answer is not an object');
      this.done(index, item, out);
    }
  }

  #endCalls(out: ChatEvent[]): void {
    for (const { call } of this.#items.values()) if (call !== undefined) this.#calls.end(call, '', out);
  }

  /** Other roles stand in what is no answer: the window of a compaction repeats what was asked. */
  #tellMessage(item: JsonObject, state: ItemState, out: ChatEvent[]): void {
    const own = item.role === undefined || item.role === 'assistant';
    if (!own || !Array.isArray(item.content)) return;
    for (const [index, part] of item.content.entries()) {
      if (!isJsonObject(part)) continue;
      if (!state.told.has(index)) {
        if (part.type === 'refusal') this.#say(state, index, 'refusal', word(part.refusal), out);
        else this.#say(state, index, 'text', word(part.text), out);
      }
      const offset = state.offsets.get(index) ?? this.#text.length;
      const citations = readAnnotations(part.annotations, this.#text, offset).slice(state.annotated.get(index) ?? 0);
      out.push(...citations.map((citation) => ({ type: 'citation' as const, citation })));
      const tokens = state.weighed.has(index) ? [] : readLogprobs(part.logprobs);
      if (tokens.length > 0) out.push({ type: 'logprobs', of: 'text', tokens });
    }
  }

  #say(state: ItemState, part: number, kind: 'text' | 'refusal', text: string, out: ChatEvent[]): void {
    state.told.add(part);
    if (!state.offsets.has(part)) state.offsets.set(part, this.#text.length);
    if (text === '') return;
    if (kind === 'text') this.#text.add(text);
    out.push({ type: kind, text });
  }

  #tellCall(item: JsonObject, state: ItemState, out: ChatEvent[]): void {
    state.call ??= this.#calls.start(item, out);
    if (state.call === undefined) throw malformedFrame('a tool call has no name');
    this.#calls.end(state.call, word(state.call.isText ? item.input : item.arguments), out);
  }

  #state(index: number, type: string): ItemState {
    const known = this.#items.get(index);
    if (known !== undefined) return known;
    if (this.#items.size >= maxItems) throw tooLargeAnswer(`more than ${maxItems} items`);
    const state: ItemState = {
      type,
      told: new Set(),
      offsets: new Map(),
      annotated: new Map(),
      weighed: new Set(),
      lastPart: -1,
      done: false,
    };
    this.#items.set(index, state);
    return state;
  }
}

/**
 * A call of a tool of the caller's, to be told in any dialect. What a tool in a namespace is called by is more than a
 * name, and only this dialect can say it.
 */
function isOwnCall({ type, namespace }: JsonObject): boolean {
  return (type === 'function_call' || type === 'custom_tool_call') && word(namespace) === '';
}

/** An item that shows nothing is a sign that the model has thought, and on what it has spent its tokens. */
function tellReasoning(item: JsonObject, state: ItemState, out: ChatEvent[]): void {
  const text = state.told.size > 0 ? '' : reasoningText(item);
  const kept = hasState(item) || (text === '' && state.told.size === 0);
  if (text === '' && !kept) return;
  const opaque = { dialect: 'openai-responses' as const, value: item };
  out.push({ type: 'reasoning', text, ...(kept && { opaque }) });
}
