import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { malformedFrame, tooLargeAnswer } from '../common/frame-fault.ts';
import { jsonOfText, TEXT_CLOSING, TEXT_OPENING } from '../common/text-arguments.ts';

/** Most tool calls of one answer. */
export const maxToolCalls = 128;
/** Most characters of one call's arguments. */
export const maxArgumentChars = 1024 * 1024;

/** A call that is being read; `index` is its number among the answer's, -1 for the answer tool. */
export interface OpenCall {
  readonly index: number;
  /** It is called with free text, which becomes the one argument. */
  readonly isText: boolean;
  chars: number;
  closed: boolean;
}

/** Tells the calls of one answer as events: of functions, and of tools that take free text. */
export class ToolCallReader {
  readonly #reading: ReadingContext;
  #started = 0;

  constructor(reading: ReadingContext) {
    this.#reading = reading;
  }

  /** True once the answer calls a tool of the caller's. */
  get any(): boolean {
    return this.#started > 0;
  }

  /** Undefined where the item does not say yet what it calls. */
  start(item: JsonObject, out: ChatEvent[]): OpenCall | undefined {
    const sent = word(item.name);
    if (sent === '') return undefined;
    // Arguments of the tool that stands in for a schema are the answer's text.
    if (sent === this.#reading.answerTool) return { index: -1, isText: false, chars: 0, closed: false };
    if (this.#started >= maxToolCalls) throw tooLargeAnswer(`more than ${maxToolCalls} tool calls`);
    const index = this.#started;
    this.#started += 1;
    const name = this.#reading.toolNames.get(sent) ?? sent;
    const id = word(item.call_id) || word(item.id) || `call_${this.#reading.newId()}`;
    out.push({ type: 'tool-call-start', index, id, name });
    const call = { index, isText: item.type === 'custom_tool_call', chars: 0, closed: false };
    if (call.isText) say(call, TEXT_OPENING, out);
    return call;
  }

  /** `piece`: of the arguments' JSON, or of the free text. */
  argue(call: OpenCall, piece: string, out: ChatEvent[]): void {
    if (piece === '') return;
    if (call.closed) throw malformedFrame('arguments for a tool call after its end');
    call.chars += piece.length;
    if (call.chars > maxArgumentChars) {
      throw tooLargeAnswer(`tool arguments of more than ${maxArgumentChars} characters`);
    }
    say(call, call.isText ? jsonOfText(piece) : piece, out);
  }

  /** `whole`: what it is called with, told where no piece of it came before. */
  end(call: OpenCall, whole: string, out: ChatEvent[]): void {
    if (call.closed) return;
    if (call.chars === 0) this.argue(call, whole, out);
    if (call.isText) say(call, TEXT_CLOSING, out);
    call.closed = true;
    if (call.index >= 0) out.push({ type: 'tool-call-end', index: call.index });
  }
}

function say({ index }: OpenCall, json: string, out: ChatEvent[]): void {
  out.push(index < 0 ? { type: 'text', text: json } : { type: 'tool-call-delta', index, json });
}

export function word(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
