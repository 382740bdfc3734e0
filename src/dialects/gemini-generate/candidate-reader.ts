import type { ChatEvent } from '../../model/chat-event.ts';
import { CitedText } from '../../model/cited-text.ts';
import type { OpaqueState } from '../../model/conversation.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import type { Fault } from '../../model/fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { malformed } from '../common/frame-json.ts';
import { finishWord, type Given } from './finish-reasons.ts';
import { readCitations, readGrounding } from './grounding.ts';
import { readLogprobs } from './logprobs.ts';
import { PartialArguments } from './partial-arguments.ts';
import {
  jsonText,
  listOf,
  maxArgumentChars,
  maxToolCalls,
  objectOf,
  type RawCandidate,
  type RawFunctionCall,
  type RawPart,
  textOf,
} from './wire.ts';

/** Fields that say something about a part; the one beside them names what it is. */
const ABOUT_PARTS = new Set(['thought', 'thoughtSignature', 'videoMetadata', 'partMetadata', 'mediaResolution']);

/** Reads one alternative of an answer, over all responses that bring a piece of it. */
export class CandidateReader {
  readonly #reading: ReadingContext;
  #calls = 0;
  #content = false;
  #word: string | undefined;
  #message: string | undefined;
  #streamed: PartialArguments | undefined;
  #answered = false;
  /** The arguments that are being streamed are the answer's text. */
  #inAnswer = false;
  /** All text so far: citations count in it. */
  readonly #text = new CitedText();
  #grounding: JsonValue | undefined;
  #cited: JsonValue | undefined;

  constructor(reading: ReadingContext) {
    this.#reading = reading;
  }

  /** The last finish reason. */
  get word(): string | undefined {
    return this.#word;
  }

  /** What the provider said beside it. */
  get message(): string | undefined {
    return this.#message;
  }

  get given(): Given {
    return { calls: this.#calls > 0, content: this.#content };
  }

  /** A call's arguments have begun and not ended. */
  get inCall(): boolean {
    return this.#streamed !== undefined;
  }

  read(candidate: RawCandidate): ChatEvent[] {
    const events: ChatEvent[] = [];
    for (const part of listOf(objectOf(candidate.content).parts)) {
      events.push(...(isJsonObject(part) ? this.#part(part) : [malformed('a part is not an object')]));
    }
    const tokens = readLogprobs(candidate.logprobsResult);
    if (tokens.length > 0) events.push({ type: 'logprobs', of: 'text', tokens });
    this.#grounding = fullOr(candidate.groundingMetadata, this.#grounding);
    this.#cited = fullOr(candidate.citationMetadata, this.#cited);
    this.#word = finishWord(candidate.finishReason) ?? this.#word;
    this.#message = textOf(candidate.finishMessage) ?? this.#message;
    return events;
  }

  /** What the text is grounded on. Told at the end: responses repeat it, and the last one has it all. */
  citations(): ChatEvent[] {
    const citations = [...readGrounding(this.#grounding, this.#text), ...readCitations(this.#cited, this.#text)];
    return citations.map((citation) => ({ type: 'citation', citation }));
  }

  #part(part: JsonObject & RawPart): ChatEvent[] {
    const signature = textOf(part.thoughtSignature);
    const opaque: OpaqueState | undefined =
      signature === undefined ? undefined : { dialect: 'gemini-generate', value: signature };
    if (part.functionCall !== undefined) return this.#call(part.functionCall, opaque);
    const kind = Object.keys(part).find((name) => name !== 'text' && !ABOUT_PARTS.has(name));
    if (kind !== undefined) {
      if (part.thought !== true) this.#content = true;
      return [{ type: 'foreign', part: { type: 'foreign', dialect: 'gemini-generate', kind, value: part } }];
    }
    return this.#say(part, opaque);
  }

  /** A signature may stand on an empty text: it is kept as thinking without words. */
  #say(part: RawPart, opaque: OpaqueState | undefined): ChatEvent[] {
    const text = part.text ?? '';
    if (typeof text !== 'string') return [malformed('the text of a part is not a string')];
    if (part.thought === true)
      return text === '' && !opaque ? [] : [{ type: 'reasoning', text, ...(opaque && { opaque }) }];
    const events: ChatEvent[] = [];
    if (text !== '') {
      this.#content = true;
      this.#text.add(text);
      events.push({ type: 'text', text });
    }
    if (opaque) events.push({ type: 'reasoning', text: '', opaque });
    return events;
  }

  #call(value: JsonValue, opaque: OpaqueState | undefined): ChatEvent[] {
    if (!isJsonObject(value)) return [malformed('a function call is not an object')];
    const call: RawFunctionCall = value;
    const name = textOf(call.name);
    if (name === undefined) return this.#continue(call);
    const events = this.#close();
    if (name === this.#reading.answerTool) return [...events, ...this.#answer(call)];
    if (this.#calls === maxToolCalls) return [...events, fault('too-large', `more than ${maxToolCalls} tool calls`)];
    const index = this.#calls;
    this.#calls += 1;
    this.#content = true;
    events.push({
      type: 'tool-call-start',
      index,
      id: textOf(call.id) ?? this.#reading.newId(),
      name: this.#reading.toolNames.get(name) ?? name,
      ...(opaque && { opaque }),
    });
    if (call.willContinue === true || call.partialArgs !== undefined) {
      this.#streamed = new PartialArguments();
      return [...events, ...this.#continue(call)];
    }
    if (call.args !== undefined && call.args !== null && !isJsonObject(call.args)) {
      return [...events, malformed('the arguments of a function call are not an object')];
    }
    const json = jsonText(objectOf(call.args));
    if (json === undefined) return [...events, malformed('the arguments of a function call are nested too deeply')];
    if (json.length > maxArgumentChars) return [...events, tooLargeArguments()];
    return [...events, { type: 'tool-call-delta', index, json }, { type: 'tool-call-end', index }];
  }

  /** The arguments of the tool that stands in for a schema are the answer's text. A second answer would break the first. */
  #answer(call: RawFunctionCall): ChatEvent[] {
    if (this.#answered) return [malformed('the answer was given twice')];
    this.#answered = true;
    this.#content = true;
    if (call.willContinue === true || call.partialArgs !== undefined) {
      this.#streamed = new PartialArguments();
      this.#inAnswer = true;
      return this.#continue(call);
    }
    const text = jsonText(objectOf(call.args));
    return [text === undefined ? malformed('the answer is nested too deeply') : { type: 'text', text }];
  }

  #continue(call: RawFunctionCall): ChatEvent[] {
    if (!this.#streamed) return [malformed('a function call has no name')];
    for (const arg of listOf(call.partialArgs)) {
      const added = isJsonObject(arg) ? this.#streamed.add(arg) : 'malformed';
      if (added === 'too-large') return [tooLargeArguments()];
      if (added === 'malformed') return [malformed('a piece of streamed arguments names no place for its value')];
    }
    return call.willContinue === true ? [] : this.#close();
  }

  /** The pieces are no JSON text in themselves: the arguments go out in one, once they are complete. */
  #close(): ChatEvent[] {
    if (!this.#streamed) return [];
    const json = this.#streamed.json();
    const index = this.#calls - 1;
    this.#streamed = undefined;
    if (this.#inAnswer) {
      this.#inAnswer = false;
      return [{ type: 'text', text: json }];
    }
    return [
      { type: 'tool-call-delta', index, json },
      { type: 'tool-call-end', index },
    ];
  }
}

/** Some responses of a stream bring it empty, after one that brought it full. */
function fullOr(value: JsonValue | undefined, earlier: JsonValue | undefined): JsonValue | undefined {
  return isJsonObject(value) && Object.keys(value).length > 0 ? value : earlier;
}

function tooLargeArguments(): ChatEvent {
  return fault('too-large', `the arguments of a tool call exceed ${maxArgumentChars} characters`);
}

function fault(what: (Fault & { kind: 'bad-response' })['what'], message: string): ChatEvent {
  return { type: 'fault', fault: { kind: 'bad-response', what, message } };
}
