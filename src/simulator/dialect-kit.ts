import type { JsonObject } from '../model/json.ts';
import type { Ask, SimulatedDialect } from './ask.ts';
import type { Personality } from './model-name.ts';
import type { Reply } from './reply.ts';

/** Why a simulated vendor does not answer. */
export type Trouble =
  | { readonly kind: 'status'; readonly status: number }
  /** `retryAfter`, `retryAfterMs`: what the vendor says about when to come again, in its own place. */
  | { readonly kind: 'rate-limited'; readonly retryAfter?: string; readonly retryAfterMs?: string }
  | { readonly kind: 'overloaded' }
  | { readonly kind: 'quota' }
  | { readonly kind: 'model-retired'; readonly model: string }
  /** `key`: repeated in the message, as some vendors do. */
  | { readonly kind: 'auth-refused'; readonly key?: string }
  | { readonly kind: 'context-too-long'; readonly limitTokens: number; readonly askedTokens: number }
  /** `param` and `code` as the vendor names them, where it does. */
  | { readonly kind: 'invalid'; readonly message: string; readonly param?: string; readonly code?: string }
  | { readonly kind: 'content-policy' }
  | { readonly kind: 'provider-rejected' }
  | { readonly kind: 'too-large' };

/** Thrown by the readers of requests: what the vendor would refuse. */
export class Refused extends Error {
  readonly isRefused = true;
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.kind === 'invalid' ? trouble.message : trouble.kind);
    this.name = 'Refused';
    this.trouble = trouble;
  }
}

export function isRefused(error: unknown): error is Refused {
  return error instanceof Error && (error as Partial<Refused>).isRefused === true;
}

/** Throws what a vendor says of a field that it does not accept. */
export function refuse(message: string, param?: string, code?: string): never {
  throw new Refused({
    kind: 'invalid',
    message,
    ...(param !== undefined && { param }),
    ...(code !== undefined && { code }),
  });
}

/** One request as it came in, its path already understood. */
export interface Incoming {
  readonly model: string;
  readonly personality: Personality;
  /** The path asks for a stream (Gemini); the others say so in the body. */
  readonly streamPath: boolean;
  /** Gemini streams as events only when asked; as a JSON array otherwise. */
  readonly asEvents: boolean;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: JsonObject;
  readonly bodyBytes: number;
}

/** What makes an answer's ids and times. */
export interface Stamp {
  /** Letters and digits, at least 16, never twice the same. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** As asked for. */
  readonly model: string;
  /** Gemini: see `Incoming`. */
  readonly asEvents: boolean;
}

/** A streamed answer, framed and ready to send. */
export interface StreamedAnswer {
  /** Lifecycle frames before the first content. */
  readonly opening: string;
  /** Each carries one piece of content, with the lifecycle frames that must stand before it. */
  readonly pieces: readonly string[];
  readonly closing: string;
}

/** Frames that are no part of any proper answer. */
export interface OddFrames {
  /** Of a stream, the proper ones included. */
  readonly contentType: string;
  /** A keep-alive in the middle of a stream. */
  readonly ping: string;
  /** An event whose JSON is cut off. */
  readonly malformed: string;
  /** An event of valid JSON that means nothing, and a proper end of stream. */
  readonly wrongShape: string;
}

export interface VendorError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

/** One dialect as its vendor speaks it. */
export interface DialectKit {
  readonly dialect: SimulatedDialect;
  /** Throws `Refused` for what the vendor would refuse. */
  read(incoming: Incoming): Ask;
  whole(reply: Reply, ask: Ask, stamp: Stamp): JsonObject;
  streamed(reply: Reply, ask: Ask, stamp: Stamp): StreamedAnswer;
  odd(stamp: Stamp): OddFrames;
  /** Headers of a successful answer. */
  headers(stamp: Stamp): Record<string, string>;
  refusal(trouble: Trouble, stamp: Stamp): VendorError;
  /** An error told inside a stream that began with status 200. */
  errorFrame(trouble: Trouble, stamp: Stamp): string;
  /** The answer, with status 200, to a prompt that the vendor blocks; absent where that is an error. */
  blockedPrompt?(stamp: Stamp, inputTokens: number): JsonObject;
  models(names: readonly string[]): JsonObject;
}
