import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { malformed, parseJson } from '../common/frame-json.ts';
import { readTier } from '../common/served-tier.ts';
import { maxCitations, readCitation } from './citations.ts';
import { readStopReason } from './finish-reasons.ts';
import { UsageReader } from './usage.ts';
import { maxArgumentChars, maxToolCalls, objectOf, stringOf } from './wire.ts';

/** A content block between its start and its stop. */
type Open =
  /** `start`: where it begins in all text of the answer. */
  | { readonly kind: 'text'; readonly start: number; readonly cited: JsonObject[] }
  | { readonly kind: 'thinking'; signature: string }
  | { readonly kind: 'whole' }
  /** `call` is the number of the call; absent for the answer tool, whose arguments are the answer's text. */
  | { readonly kind: 'tool'; readonly call?: number; readonly given: JsonObject; chars: number }
  | { readonly kind: 'foreign'; readonly block: JsonObject; json: string };

/**
 * Reads the content of one answer, whole or in pieces: block by block, as the API tells it. Gives events without
 * frames. A `fault` among them is the last thing it says.
 */
export class AnswerReader {
  readonly #reading: ReadingContext;
  readonly #open = new Map<number, Open>();
  readonly #usage = new UsageReader();
  #calls = 0;
  #answered = false;
  /** Text before the answer tool is chatter once that tool is called, and the answer if it never is. */
  #held = '';
  /** Length of all text so far. */
  #chars = 0;
  #finished = false;

  constructor(reading: ReadingContext) {
    this.#reading = reading;
  }

  get finished(): boolean {
    return this.#finished;
  }

  start(message: JsonObject): ChatEvent[] {
    const id = stringOf(message.id);
    const model = stringOf(message.model);
    this.#usage.read(message.usage, true);
    const serviceTier = readTier(objectOf(message.usage).service_tier);
    return [
      { type: 'start', ...(id !== '' && { id }), ...(model !== '' && { model }), ...(serviceTier && { serviceTier }) },
      ...this.#usageEvents(),
    ];
  }

  openBlock(index: number, block: JsonObject): ChatEvent[] {
    if (this.#open.has(index)) return [malformed(`content block ${index} was started twice`)];
    const type = stringOf(block.type);
    switch (type) {
      case 'text':
        this.#open.set(index, { kind: 'text', start: this.#chars, cited: objectsOf(block.citations) });
        return this.#text(stringOf(block.text));
      case 'thinking':
        this.#open.set(index, { kind: 'thinking', signature: stringOf(block.signature) });
        return reasoning(stringOf(block.thinking));
      case 'redacted_thinking': {
        this.#open.set(index, { kind: 'whole' });
        const value = { redacted: stringOf(block.data) };
        return [{ type: 'reasoning', text: '', opaque: { dialect: 'anthropic-messages', value } }];
      }
      case 'tool_use':
        return this.#openTool(index, block);
      case '':
        return [malformed(`content block ${index} has no type`)];
      default:
        this.#open.set(index, { kind: 'foreign', block, json: '' });
        return [];
    }
  }

  #openTool(index: number, block: JsonObject): ChatEvent[] {
    const given = objectOf(block.input);
    const name = stringOf(block.name);
    if (name === '') return [malformed(`content block ${index} calls a tool without a name`)];
    if (name === this.#reading.answerTool) {
      // A second answer would run into the first one and break it.
      this.#open.set(index, this.#answered ? { kind: 'whole' } : { kind: 'tool', given, chars: 0 });
      this.#answered = true;
      this.#held = '';
      return [];
    }
    if (this.#calls >= maxToolCalls) return [tooLarge(`more than ${maxToolCalls} tool calls in one answer`)];
    const call = this.#calls;
    this.#calls += 1;
    this.#open.set(index, { kind: 'tool', call, given, chars: 0 });
    const id = stringOf(block.id) || `toolu_${this.#reading.newId()}`;
    const known = this.#reading.toolNames.get(name) ?? name;
    return [...this.#release(), { type: 'tool-call-start', index: call, id, name: known }];
  }

  delta(index: number, delta: JsonObject): ChatEvent[] {
    const open = this.#open.get(index);
    if (open === undefined) return [malformed(`a delta of content block ${index}, which is not open`)];
    switch (delta.type) {
      case 'text_delta':
        return open.kind === 'text' ? this.#text(stringOf(delta.text)) : misplaced(index, 'text_delta', open);
      case 'thinking_delta':
        return open.kind === 'thinking'
          ? reasoning(stringOf(delta.thinking))
          : misplaced(index, 'thinking_delta', open);
      case 'signature_delta':
        if (open.kind !== 'thinking') return misplaced(index, 'signature_delta', open);
        open.signature = stringOf(delta.signature);
        return [];
      case 'input_json_delta':
        return this.#argue(index, open, stringOf(delta.partial_json));
      case 'citations_delta':
        if (open.kind === 'text' && open.cited.length < maxCitations)
          open.cited.push(...objectsOf([delta.citation ?? null]));
        return [];
      default:
        // `compaction_delta` and whatever comes next: the block is kept for callers of this dialect.
        if (open.kind === 'foreign' && typeof delta.content === 'string') open.block.content = delta.content;
        return [];
    }
  }

  #argue(index: number, open: Open, json: string): ChatEvent[] {
    if (open.kind === 'foreign') {
      open.json += json;
      return open.json.length > maxArgumentChars ? [tooLarge(`content block ${index} is too large`)] : [];
    }
    if (open.kind !== 'tool') return misplaced(index, 'input_json_delta', open);
    open.chars += json.length;
    if (open.chars > maxArgumentChars) return [tooLarge(`arguments of more than ${maxArgumentChars} characters`)];
    return json === '' ? [] : [argument(open.call, json)];
  }

  closeBlock(index: number): ChatEvent[] {
    const open = this.#open.get(index);
    if (open === undefined) return [malformed(`content block ${index} was stopped without being open`)];
    this.#open.delete(index);
    switch (open.kind) {
      case 'text':
        return open.cited.map((cited) => readCitation(cited, open.start, this.#chars));
      case 'whole':
        return [];
      case 'thinking': {
        if (open.signature === '') return [];
        const value = { signature: open.signature };
        return [{ type: 'reasoning', text: '', opaque: { dialect: 'anthropic-messages', value } }];
      }
      case 'tool':
        return closeTool(open);
      case 'foreign':
        return [foreign(open)];
    }
  }

  /** The stop reason and the final counts, which some hosts send apart: `finish` is told once. */
  finish(delta: JsonObject, usage: JsonValue | undefined): ChatEvent[] {
    this.#usage.read(usage);
    const native = stringOf(delta.stop_reason);
    if (native === '' || this.#finished) return this.#usageEvents();
    this.#finished = true;
    const stopSequence = stringOf(delta.stop_sequence);
    const read = readStopReason(native);
    // The caller asked for JSON text and knows nothing of the tool that gave it.
    const reason = read === 'tool-calls' && this.#answered && this.#calls === 0 ? 'stop' : read;
    return [
      ...this.#closeAll(),
      { type: 'finish', reason, native, ...(stopSequence !== '' && { stopSequence }) },
      ...this.#usageEvents(),
    ];
  }

  /** The end of an answer that gave no stop reason, where that is allowed. */
  finishUntold(): ChatEvent[] {
    this.#finished = true;
    return [...this.#closeAll(), { type: 'finish', reason: this.#calls > 0 ? 'tool-calls' : 'stop' }];
  }

  #closeAll(): ChatEvent[] {
    const events = [...this.#open.keys()].flatMap((index) => this.closeBlock(index));
    return [...events, ...this.#release()];
  }

  #text(text: string): ChatEvent[] {
    if (text === '') return [];
    if (this.#reading.answerTool === undefined) {
      this.#chars += text.length;
      return [{ type: 'text', text }];
    }
    if (!this.#answered) this.#held += text;
    return this.#held.length > maxArgumentChars ? [tooLarge('text before the answer')] : [];
  }

  #release(): ChatEvent[] {
    const text = this.#held;
    this.#held = '';
    return text === '' ? [] : [{ type: 'text', text }];
  }

  #usageEvents(): ChatEvent[] {
    const usage = this.#usage.usage();
    return usage === undefined ? [] : [{ type: 'usage', usage }];
  }
}

function argument(call: number | undefined, json: string): ChatEvent {
  return call === undefined ? { type: 'text', text: json } : { type: 'tool-call-delta', index: call, json };
}

/** Hosts differ: arguments come in deltas, or whole at the start, or, when there are none, not at all. */
function closeTool(open: Extract<Open, { kind: 'tool' }>): ChatEvent[] {
  const rest = open.chars === 0 ? [argument(open.call, JSON.stringify(open.given))] : [];
  return open.call === undefined ? rest : [...rest, { type: 'tool-call-end', index: open.call }];
}

function foreign(open: Extract<Open, { kind: 'foreign' }>): ChatEvent {
  const parsed = open.json === '' ? undefined : parseJson(open.json);
  const value = parsed?.ok ? { ...open.block, input: parsed.value } : open.block;
  return {
    type: 'foreign',
    part: { type: 'foreign', dialect: 'anthropic-messages', kind: stringOf(value.type), value },
  };
}

function objectsOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject).slice(0, maxCitations) : [];
}

function reasoning(text: string): ChatEvent[] {
  return text === '' ? [] : [{ type: 'reasoning', text }];
}

function misplaced(index: number, type: string, open: Open): ChatEvent[] {
  return [malformed(`${type} in content block ${index}, which is of another kind (${open.kind})`)];
}

function tooLarge(message: string): ChatEvent {
  return { type: 'fault', fault: { kind: 'bad-response', what: 'too-large', message } };
}
