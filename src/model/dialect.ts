import type { ChatEvent } from './chat-event.ts';
import type { ChatRequest, RequestAdditions, RequestOptions } from './chat-request.ts';
import type { CallerDialectName, TargetDialectName } from './dialect-name.ts';
import type { Failure } from './failure.ts';
import type { Fault } from './fault.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { Loss } from './loss.ts';
import type { ServedSummary } from './summary.ts';
import type { Target } from './target.ts';
import type { SseFrame } from './wire-frame.ts';

/** What an encoder may know beside the request. Chance comes in as `newId`. */
export interface EncodeContext {
  readonly target: Target;
  /** Fresh identifier: letters and digits, at least 16 of them, never twice the same. */
  newId(): string;
}

/** What the decoder of an answer has to know of the request that it answers. */
export interface ReadingContext {
  /** Names as sent to the target → names as the caller knows them; empty where none was changed. */
  readonly toolNames: ReadonlyMap<string, string>;
  /** The tool that stands in for a JSON schema: its arguments are the answer's text. */
  readonly answerTool?: string;
  /** Functions stand in for the caller's tools of free text: what the target writes of them is not what the caller reads. */
  readonly standIns?: boolean;
  /** End of stream without a finish reason is a legal end. */
  readonly finishOptional: boolean;
  /** How many vectors the answer has to hold, where embeddings were asked for. */
  readonly vectors?: number;
  newId(): string;
}

export interface EncodedRequest {
  /** Path and query below the provider's base URL, e.g. `/chat/completions`. Never holds a credential. */
  readonly path: string;
  /** Headers of the dialect (`anthropic-version`, …). Credentials are added where they are kept, not here. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
  readonly losses: readonly Loss[];
  /** Stop sequences that the target could not be told: the engine ends the answer at them. None of them is empty. */
  readonly endsAt?: readonly string[];
  readonly reading: ReadingContext;
}

/** Reads one streamed answer. A synchronous state machine: frames in, events out, no I/O, no clock. */
export interface StreamDecoder {
  /** Never throws: a frame that makes no sense gives a `fault` event of kind `bad-response`. */
  push(frame: SseFrame): ChatEvent[];
  /** The stream ended. Gives a `fault` (`bad-response`, `cut`) unless the answer was complete. */
  end(): ChatEvent[];
}

/** An HTTP answer outside 2xx, or one whose body is an error. Header names in lower case. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One question to a vendor's counter of input tokens. */
export interface CountQuestion {
  /** As in `EncodedRequest`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

/** A vendor's own counter of input tokens: free of charge, limited apart from its models. */
export interface TokenCounter {
  /** Asks for the count of what `encodeRequest` made of a request. */
  question(encoded: EncodedRequest): CountQuestion;
  /** Input tokens; undefined where the answer is no count. */
  readCount(body: JsonValue): number | undefined;
}

/** The side of a dialect that faces providers. Pure: objects in, objects out. */
export interface TargetDialect {
  readonly name: TargetDialectName;
  /**
   * Same dialect as the caller's: `request.original` with the fields we own replaced. Otherwise built from the neutral
   * form, every loss named.
   */
  encodeRequest(request: ChatRequest, context: EncodeContext): EncodedRequest;
  /** A whole 2xx answer as events. Never throws; nonsense and in-body errors give a `fault` event. */
  decodeAnswer(body: JsonValue, reading: ReadingContext): ChatEvent[];
  streamDecoder(reading: ReadingContext): StreamDecoder;
  decodeFault(response: ErrorResponse): Fault;
  /** Absent where the dialect knows no counter. */
  readonly counter?: TokenCounter;
}

/** What an encoder of answers may know. */
export interface AnswerContext {
  readonly request: ChatRequest;
  readonly requestId: string;
  /** Seconds since 1970, for dialects that stamp their answers. */
  readonly createdAt: number;
  /** The target's dialect is the caller's: frames are forwarded as they came. */
  readonly sameDialect: boolean;
  /** `model` of the answer: the model that serves. */
  readonly model: string;
  /** Puts the `understudy` object into the answer; off with `strictCompat`. */
  readonly annotate: boolean;
}

/**
 * Writes one streamed answer for the caller. Follows every event so that it can go on by itself after a `switch`,
 * even while it forwards original frames.
 */
export interface StreamEncoder {
  push(event: ChatEvent): SseFrame[];
  /** The answer is complete and in the ledger: whatever is still owed, the `understudy` object and the dialect's terminator. */
  close(summary: ServedSummary): SseFrame[];
  /** The answer failed after the first byte: the error form that the dialect's official SDK throws on, and no clean end. */
  fail(failure: Failure): SseFrame[];
}

/** Counting of input tokens without an answer, as callers of a dialect ask for it. */
export interface CountSurface {
  /** The body of the request whose input is to be counted, for `decodeRequest`. Throws `RequestError`. */
  toRequestBody(body: JsonObject): JsonObject;
  encodeCount(tokens: number): JsonObject;
}

/** Where in an answer an event stands. */
export interface AnswerMoment {
  /** The answer is streamed and its text is not what is being told: nothing can be added to that any more. */
  readonly textIsOver: boolean;
}

/** The side of a dialect that faces callers. Pure. */
export interface CallerDialect {
  readonly name: CallerDialectName;
  /** Throws `RequestError`, which names the field. `options` were read from body and headers by the edge. */
  decodeRequest(body: JsonObject, options: RequestOptions): ChatRequest;
  streamEncoder(context: AnswerContext): StreamEncoder;
  /** A whole answer. Same dialect: the provider's own body with the fields we own. */
  encodeAnswer(events: readonly ChatEvent[], context: AnswerContext, summary: ServedSummary): JsonObject;
  encodeFailure(failure: Failure): JsonObject;
  /** A body of this dialect with what a prompt brings, where the body says nothing of the kind. */
  withAdditions(body: JsonObject, additions: RequestAdditions): JsonObject;
  /** Absent where the dialect has no such request. */
  readonly counting?: CountSurface;
  /** What of an event has no place in an answer of this dialect; undefined where all of it is told. */
  lossOf(event: ChatEvent, moment: AnswerMoment): Loss | undefined;
}
