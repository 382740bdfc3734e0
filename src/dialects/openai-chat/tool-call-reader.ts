import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { malformedFrame, tooLargeAnswer } from '../common/frame-fault.ts';
import { jsonOfText, TEXT_CLOSING, TEXT_OPENING } from '../common/text-arguments.ts';

/** Most tool calls of one answer. */
export const maxToolCalls = 128;
/** Most characters of one call's arguments. */
export const maxArgumentChars = 1024 * 1024;

interface Call {
  id: string;
  name: string;
  /** Number among the answer's calls; undefined until the name is known, and for the answer tool. */
  index: number | undefined;
  /** Arguments that came before the name. */
  pending: string;
  chars: number;
  state: 'unnamed' | 'open' | 'closed';
  isAnswer: boolean;
  /** It is called with free text, which becomes the one argument. */
  readonly isText: boolean;
  opaque: JsonValue | undefined;
}

interface Fragment {
  readonly index: number | undefined;
  readonly id: string;
  readonly name: string;
  readonly isText: boolean;
  /** A piece of the arguments; where `isText`, between its opening and its closing. */
  readonly json: string;
  readonly opaque: JsonValue | undefined;
}

/** Puts the tool calls of one choice together from fragments, and tells them as events. */
export class ToolCallReader {
  readonly #reading: ReadingContext;
  readonly #calls: Call[] = [];
  readonly #byIndex = new Map<number, Call>();
  #started = 0;

  constructor(reading: ReadingContext) {
    this.#reading = reading;
  }

  /** True once the answer calls a tool of the caller's. */
  get any(): boolean {
    return this.#started > 0;
  }

  read(list: readonly JsonValue[], out: ChatEvent[]): void {
    for (const item of list) {
      if (!isJsonObject(item)) throw malformedFrame('a tool call is not an object');
      this.#take(isCustom(item) ? textFragmentOf(item) : fragmentOf(item), out);
    }
  }

  /** The one call of the old `function_call` form, which has no id. */
  readLegacy(call: JsonObject, out: ChatEvent[]): void {
    const fragment = fragmentOf({ index: 0, function: call });
    if (fragment.name !== '' || fragment.json !== '') this.#take(fragment, out);
  }

  end(out: ChatEvent[]): void {
    for (const call of this.#calls) {
      if (call.state === 'unnamed') throw malformedFrame('a tool call has no name');
      close(call, out);
    }
  }

  #take(fragment: Fragment, out: ChatEvent[]): void {
    const call = this.#find(fragment) ?? this.#open(fragment);
    if (call.id === '') call.id = fragment.id;
    call.opaque ??= fragment.opaque;
    if (call.state === 'unnamed' && fragment.name !== '') this.#start(call, fragment.name, out);
    this.#argue(call, fragment.json, out);
  }

  /**
   * The call a fragment goes on with. `index` tells, but some providers leave it out and others say 0 for every call: a
   * new name under a new id is a new call whatever the index says.
   */
  #find(fragment: Fragment): Call | undefined {
    const { index, id, name } = fragment;
    if (index !== undefined) {
      const known = this.#byIndex.get(index);
      const other = known !== undefined && name !== '' && id !== '' && known.id !== '' && known.id !== id;
      return other ? undefined : known;
    }
    const same = id === '' ? undefined : this.#calls.find((call) => call.id === id);
    if (same !== undefined) return same;
    return id === '' && name === '' ? this.#calls.at(-1) : undefined;
  }

  #open(fragment: Fragment): Call {
    if (this.#calls.length >= maxToolCalls) throw tooLargeAnswer(`more than ${maxToolCalls} tool calls`);
    const call: Call = {
      id: fragment.id,
      name: '',
      index: undefined,
      pending: '',
      chars: 0,
      state: 'unnamed',
      isAnswer: false,
      isText: fragment.isText,
      opaque: undefined,
    };
    this.#calls.push(call);
    if (fragment.index !== undefined) this.#byIndex.set(fragment.index, call);
    return call;
  }

  #start(call: Call, name: string, out: ChatEvent[]): void {
    for (const earlier of this.#calls) if (earlier !== call && earlier.state === 'open') close(earlier, out);
    call.state = 'open';
    call.name = this.#reading.toolNames.get(name) ?? name;
    call.isAnswer = name === this.#reading.answerTool;
    if (call.id === '') call.id = `call_${this.#reading.newId()}`;
    if (!call.isAnswer) {
      call.index = this.#started;
      this.#started += 1;
      const opaque = call.opaque === undefined ? undefined : { dialect: 'openai-chat' as const, value: call.opaque };
      out.push({ type: 'tool-call-start', index: call.index, id: call.id, name: call.name, ...(opaque && { opaque }) });
    }
    if (call.isText) say(call, TEXT_OPENING, out);
    if (call.pending !== '') say(call, call.pending, out);
    call.pending = '';
  }

  #argue(call: Call, json: string, out: ChatEvent[]): void {
    if (json === '') return;
    call.chars += json.length;
    if (call.chars > maxArgumentChars)
      throw tooLargeAnswer(`tool arguments of more than ${maxArgumentChars} characters`);
    if (call.state === 'closed') throw malformedFrame('arguments for a tool call after the next one began');
    if (call.state === 'unnamed') call.pending += json;
    else say(call, json, out);
  }
}

/** Arguments of the tool that stands in for a schema are the answer's text. */
function say(call: Call, json: string, out: ChatEvent[]): void {
  if (call.index === undefined) out.push({ type: 'text', text: json });
  else out.push({ type: 'tool-call-delta', index: call.index, json });
}

function close(call: Call, out: ChatEvent[]): void {
  if (call.state === 'open' && call.isText) say(call, TEXT_CLOSING, out);
  if (call.state === 'open' && call.index !== undefined) out.push({ type: 'tool-call-end', index: call.index });
  call.state = 'closed';
}

function isCustom(item: JsonObject): boolean {
  return item.type === 'custom' || (isJsonObject(item.custom) && !isJsonObject(item.function));
}

function textFragmentOf(item: JsonObject): Fragment {
  const { name, input } = isJsonObject(item.custom) ? item.custom : {};
  const json = typeof input === 'string' ? jsonOfText(input) : '';
  return { ...headOf(item), name: typeof name === 'string' ? name : '', isText: true, json };
}

function fragmentOf(item: JsonObject): Fragment {
  const { name, arguments: json } = isJsonObject(item.function) ? item.function : {};
  return { ...headOf(item), name: typeof name === 'string' ? name : '', isText: false, json: argumentText(json) };
}

function headOf(item: JsonObject): Pick<Fragment, 'index' | 'id' | 'opaque'> {
  const { index } = item;
  return {
    index: typeof index === 'number' ? index : undefined,
    id: typeof item.id === 'string' ? item.id : '',
    // Google's compatible endpoint: the thought signature that has to come back with the call.
    opaque: isJsonObject(item.extra_content) ? item.extra_content : undefined,
  };
}

/** Text by the dialect; a few servers give the object itself. */
function argumentText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  return isJsonObject(value) ? JSON.stringify(value) : '';
}
