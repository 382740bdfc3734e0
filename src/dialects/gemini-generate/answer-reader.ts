import type { ChatEvent, ServedTier } from '../../model/chat-event.ts';
import type { ReadingContext } from '../../model/dialect.ts';
import type { Fault } from '../../model/fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Usage } from '../../model/usage.ts';
import type { WireFrame } from '../../model/wire-frame.ts';
import { malformed } from '../common/frame-json.ts';
import { readTier } from '../common/served-tier.ts';
import { CandidateReader } from './candidate-reader.ts';
import { decodeErrorBody } from './decode-fault.ts';
import { blocked, type Ending, endingOf } from './finish-reasons.ts';
import { decodeUsage } from './usage.ts';
import { listOf, maxChoices, objectOf, type RawFeedback, type RawResponse, type RawUsage, textOf } from './wire.ts';

/** The reasons that Google's APIs give as numbers mean the same up to here. */
const BLOCK_REASONS = ['BLOCKED_REASON_UNSPECIFIED', 'SAFETY', 'OTHER', 'BLOCKLIST', 'PROHIBITED_CONTENT'];

/**
 * Reads the responses of one answer: one of a whole answer, many of a stream. They have the same shape, so there is one
 * reader. After a fault or the end it gives nothing more.
 */
export class AnswerReader {
  readonly #reading: ReadingContext;
  readonly #choices = new Map<number, CandidateReader>();
  #events: ChatEvent[] = [];
  #usage: Usage = {};
  #started = false;
  #ended = false;

  constructor(reading: ReadingContext) {
    this.#reading = reading;
  }

  /** One response; the first of its events carries `frame`. */
  read(response: JsonValue, frame?: WireFrame): ChatEvent[] {
    if (this.#ended) return [];
    this.#events = [];
    if (isJsonObject(response)) this.#response(response);
    else this.#emit(malformed('a response is not a JSON object'));
    return withFrame(this.#events, frame);
  }

  /** `missing`: what it is when nothing came that would be an answer. */
  end(missing: 'cut' | 'empty'): ChatEvent[] {
    if (this.#ended) return [];
    this.#events = [];
    if (this.#choices.size === 0) this.#fail(missing, 'the provider gave no candidate');
    for (const choice of this.#choices.values())
      if (choice.inCall) this.#fail('cut', 'the answer ended inside a tool call');
    if (!this.#ended) this.#finish();
    this.#ended = true;
    return this.#events;
  }

  #response(response: RawResponse & { readonly [name: string]: JsonValue }): void {
    const error = decodeErrorBody(response);
    if (error) return this.#emit({ type: 'fault', fault: error });
    this.#start(response);
    const block = blockReason(response.promptFeedback);
    if (block) return this.#emit({ type: 'fault', fault: block });
    for (const [position, candidate] of listOf(response.candidates).entries()) this.#candidate(candidate, position);
    const usage = decodeUsage(response.usageMetadata);
    if (JSON.stringify(usage) === JSON.stringify(this.#usage) || Object.keys(usage).length === 0) return;
    this.#usage = usage;
    this.#emit({ type: 'usage', usage });
  }

  #start(response: RawResponse): void {
    if (this.#started) return;
    this.#started = true;
    const id = textOf(response.responseId);
    const model = textOf(response.modelVersion);
    const serviceTier = tierOf(objectOf(response.usageMetadata));
    this.#emit({
      type: 'start',
      ...(id !== undefined && { id }),
      ...(model !== undefined && { model }),
      ...(serviceTier && { serviceTier }),
    });
  }

  #candidate(value: JsonValue, position: number): void {
    if (!isJsonObject(value)) return this.#emit(malformed('a candidate is not an object'));
    const index = value.index ?? position;
    if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) {
      return this.#emit(malformed('the index of a candidate is not a number'));
    }
    if (index >= maxChoices) return this.#fail('too-large', `more than ${maxChoices} candidates`);
    const reader = this.#choices.get(index) ?? new CandidateReader(this.#reading);
    this.#choices.set(index, reader);
    for (const event of reader.read(value)) this.#emit(index === 0 ? event : { ...event, choice: index });
  }

  /** The last reason of each candidate stands: rounds of code execution end with reasons of their own. */
  #finish(): void {
    const endings: { choice: number; native: string | undefined; ending: Ending }[] = [];
    for (const [choice, { word, given, message }] of this.#choices) {
      const known = word ?? (this.#reading.finishOptional ? 'STOP' : undefined);
      if (known === undefined) return this.#fail('cut', 'the answer ended without a finish reason');
      endings.push({ choice, native: word, ending: endingOf(known, given, message) });
    }
    for (const [choice, reader] of this.#choices) {
      for (const event of reader.citations()) this.#emit(choice === 0 ? event : { ...event, choice });
    }
    const someFinished = endings.some(({ ending }) => ending.kind === 'finish');
    for (const { choice, native, ending } of endings) {
      if (ending.kind === 'fault' && !someFinished) return this.#emit({ type: 'fault', fault: ending.fault });
      // One alternative that came to nothing does not spoil the others.
      const reason = ending.kind === 'finish' ? ending.reason : 'other';
      this.#emit({ type: 'finish', reason, ...(native !== undefined && { native }), ...(choice > 0 && { choice }) });
    }
  }

  #fail(what: (Fault & { kind: 'bad-response' })['what'], message: string): void {
    this.#emit({ type: 'fault', fault: { kind: 'bad-response', what, message } });
  }

  #emit(event: ChatEvent): void {
    if (this.#ended) return;
    this.#events.push(event);
    if (event.type === 'fault') this.#ended = true;
  }
}

/** The Gemini API says `serviceTier`, Vertex `trafficType`. */
function tierOf(usage: RawUsage & JsonObject): ServedTier | undefined {
  return readTier(usage.serviceTier ?? usage.trafficType);
}

function blockReason(feedback: JsonValue | undefined): Fault | undefined {
  const { blockReason: reason, blockReasonMessage: message }: RawFeedback = objectOf(feedback);
  if (reason === undefined || reason === null || reason === 0) return undefined;
  const word = typeof reason === 'number' ? (BLOCK_REASONS[reason] ?? `block reason ${reason}`) : textOf(reason);
  if (word === undefined || /^BLOCK(ED)?_REASON_UNSPECIFIED$/.test(word)) return undefined;
  return blocked(word, textOf(message)).fault;
}

function withFrame(events: readonly ChatEvent[], frame: WireFrame | undefined): ChatEvent[] {
  if (!frame) return [...events];
  const [first, ...rest] = events;
  return [first ? { ...first, frame } : { type: 'note', frame }, ...rest];
}
