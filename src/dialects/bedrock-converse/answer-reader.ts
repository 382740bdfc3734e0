import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { malformed } from '../common/frame-json.ts';
import { isBrokenStop, readStopReason } from './finish-reasons.ts';
import { readUsage } from './usage.ts';
import { citationKind, maxArgumentChars, maxToolCalls, objectOf, stringOf } from './wire.ts';

/** A content block between its first and its last piece. */
type Open =
  | { readonly kind: 'text' }
  | { readonly kind: 'reasoning'; signature: string }
  /** `call` is the number of the call; absent for the answer tool, whose arguments are the answer's text. */
  | { readonly kind: 'tool'; readonly call?: number; chars: number }
  /** A second call of the answer tool: it would run into the first one and break it. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'foreign'; readonly block: JsonObject; json: string };

/**
 * Reads the content of one answer, whole or in pieces, block by block. A block begins with whatever comes first: text
 * and reasoning are not announced. Gives events without frames. A `fault` among them is the last thing it says.
 */
export class AnswerReader {
  readonly #reading: ReadingContext;
  readonly #open = new Map<number, Open>();
  #calls = 0;
  #answered = false;
  /** Text before the answer tool is chatter once that tool is called, and the answer if it never is. */
  #held = '';
  #finished = false;

  constructor(reading: ReadingContext) {
    this.#reading = reading;
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** The start of a block that is announced: a call of a tool, or what only this dialect has. */
  openBlock(index: number, start: JsonObject): ChatEvent[] {
    if (this.#open.has(index)) return [malformed(`content block ${index} was started twice`)];
    const { toolUse } = start;
    if (toolUse === undefined) return this.#openForeign(index, start);
    const tool = objectOf(toolUse);
    // Tools that the provider runs itself come with a type of their own.
    const type = stringOf(tool.type);
    if (type !== '' && type !== 'tool_use') return this.#openForeign(index, start);
    return this.#openTool(index, tool);
  }

  #openForeign(index: number, block: JsonObject): ChatEvent[] {
    this.#open.set(index, { kind: 'foreign', block, json: '' });
    return [];
  }

  #openTool(index: number, tool: JsonObject): ChatEvent[] {
    const name = stringOf(tool.name);
    if (name === '') return [malformed(`content block ${index} calls a tool without a name`)];
    if (name === this.#reading.answerTool) {
      this.#open.set(index, this.#answered ? { kind: 'ignored' } : { kind: 'tool', chars: 0 });
      this.#answered = true;
      this.#held = '';
      return [];
    }
    if (this.#calls >= maxToolCalls) return [tooLarge(`more than ${maxToolCalls} tool calls in one answer`)];
    const call = this.#calls;
    this.#calls += 1;
    this.#open.set(index, { kind: 'tool', call, chars: 0 });
    const id = stringOf(tool.toolUseId) || `tooluse_${this.#reading.newId()}`;
    const known = this.#reading.toolNames.get(name) ?? name;
    return [...this.#release(), { type: 'tool-call-start', index: call, id, name: known }];
  }

  delta(index: number, delta: JsonObject): ChatEvent[] {
    if (typeof delta.text === 'string') return this.#textDelta(index, delta.text);
    if (delta.reasoningContent !== undefined) return this.#reasoningDelta(index, objectOf(delta.reasoningContent));
    if (delta.toolUse !== undefined) return this.#argue(index, stringOf(objectOf(delta.toolUse).input));
    if (delta.citation !== undefined) return [foreign(citationKind, delta.citation)];
    return this.#foreignDelta(index, delta);
  }

  #textDelta(index: number, text: string): ChatEvent[] {
    const open = this.#into(index, { kind: 'text' });
    return open.kind === 'text' ? this.#text(text) : misplaced(index, 'text', open);
  }

  #reasoningDelta(index: number, delta: JsonObject): ChatEvent[] {
    const open = this.#into(index, { kind: 'reasoning', signature: '' });
    if (open.kind !== 'reasoning') return misplaced(index, 'reasoning', open);
    if (typeof delta.signature === 'string') open.signature += delta.signature;
    if (open.signature.length > maxArgumentChars) return [tooLarge(`the signature of content block ${index}`)];
    if (typeof delta.redactedContent === 'string') return [redacted(delta.redactedContent)];
    return reasoning(stringOf(delta.text));
  }

  #argue(index: number, json: string): ChatEvent[] {
    const open = this.#open.get(index);
    switch (open?.kind) {
      case 'tool':
        open.chars += json.length;
        if (open.chars > maxArgumentChars) return [tooLarge(`arguments of more than ${maxArgumentChars} characters`)];
        return json === '' ? [] : [argument(open.call, json)];
      case 'foreign':
        open.json += json;
        return open.json.length > maxArgumentChars ? [tooLarge(`content block ${index} is too large`)] : [];
      case 'ignored':
        return [];
      case undefined:
        return [malformed(`arguments in content block ${index}, which was not started`)];
      case 'text':
      case 'reasoning':
        return misplaced(index, 'arguments', open);
    }
  }

  /** Results of the provider's own tools, images, and whatever comes next: kept as they came. */
  #foreignDelta(index: number, delta: JsonObject): ChatEvent[] {
    const open = this.#into(index, { kind: 'foreign', block: {}, json: '' });
    if (open.kind === 'foreign') Object.assign(open.block, delta);
    return [];
  }

  /** The block of this number; a new one of the given kind where none is open. */
  #into(index: number, fresh: Open): Open {
    const open = this.#open.get(index) ?? fresh;
    this.#open.set(index, open);
    return open;
  }

  /** A block that nothing was said in has nothing to end. */
  closeBlock(index: number): ChatEvent[] {
    const open = this.#open.get(index);
    this.#open.delete(index);
    switch (open?.kind) {
      case undefined:
      case 'text':
      case 'ignored':
        return [];
      case 'reasoning':
        return open.signature === '' ? [] : [signed(open.signature)];
      case 'tool':
        return closeTool(open);
      case 'foreign':
        return [foreign(kindOf(open.block), open.json === '' ? open.block : { ...open.block, input: open.json })];
    }
  }

  finish(native: string): ChatEvent[] {
    if (native === '' || this.#finished) return [];
    this.#finished = true;
    if (isBrokenStop(native)) return [malformed(`the model broke off its answer: ${native}`)];
    const read = readStopReason(native);
    // The caller asked for JSON text and knows nothing of the tool that gave it.
    const reason = read === 'tool-calls' && this.#answered && this.#calls === 0 ? 'stop' : read;
    return [...this.#closeAll(), { type: 'finish', reason, native }];
  }

  /** The end of an answer that gave no stop reason, where that is allowed. */
  finishUntold(): ChatEvent[] {
    this.#finished = true;
    return [...this.#closeAll(), { type: 'finish', reason: this.#calls > 0 ? 'tool-calls' : 'stop' }];
  }

  usage(value: JsonValue | undefined): ChatEvent[] {
    const usage = readUsage(value);
    return usage ? [{ type: 'usage', usage }] : [];
  }

  #closeAll(): ChatEvent[] {
    const events = [...this.#open.keys()].flatMap((index) => this.closeBlock(index));
    return [...events, ...this.#release()];
  }

  #text(text: string): ChatEvent[] {
    if (text === '') return [];
    if (this.#reading.answerTool === undefined) return [{ type: 'text', text }];
    if (!this.#answered) this.#held += text;
    return this.#held.length > maxArgumentChars ? [tooLarge('text before the answer')] : [];
  }

  #release(): ChatEvent[] {
    const text = this.#held;
    this.#held = '';
    return text === '' ? [] : [{ type: 'text', text }];
  }
}

function argument(call: number | undefined, json: string): ChatEvent {
  return call === undefined ? { type: 'text', text: json } : { type: 'tool-call-delta', index: call, json };
}

/** A tool without arguments sends an empty piece of them, or none. */
function closeTool({ call, chars }: Extract<Open, { kind: 'tool' }>): ChatEvent[] {
  const rest = chars === 0 ? [argument(call, '{}')] : [];
  return call === undefined ? rest : [...rest, { type: 'tool-call-end', index: call }];
}

function reasoning(text: string): ChatEvent[] {
  return text === '' ? [] : [{ type: 'reasoning', text }];
}

function signed(signature: string): ChatEvent {
  return { type: 'reasoning', text: '', opaque: { dialect: 'bedrock-converse', value: { signature } } };
}

function redacted(content: string): ChatEvent {
  return { type: 'reasoning', text: '', opaque: { dialect: 'bedrock-converse', value: { redacted: content } } };
}

function foreign(kind: string, value: JsonValue): ChatEvent {
  return { type: 'foreign', part: { type: 'foreign', dialect: 'bedrock-converse', kind, value } };
}

/** A block is an object with one key, which names its kind. */
function kindOf(block: JsonObject): string {
  return Object.keys(block)[0]?.slice(0, 60) ?? 'unknown';
}

function misplaced(index: number, what: string, open: Open): ChatEvent[] {
  return [malformed(`${what} in content block ${index}, which is of another kind (${open.kind})`)];
}

function tooLarge(message: string): ChatEvent {
  return { type: 'fault', fault: { kind: 'bad-response', what: 'too-large', message } };
}
