import type { TargetDialectName } from './dialect-name.ts';
import type { JsonValue } from './json.ts';

/**
 * Something only its maker can read (a thinking signature, encrypted reasoning, a thought signature).
 * It is bound to its origin: given back to that origin on failback, never sent to anybody else.
 */
export interface OpaqueState {
  readonly dialect: TargetDialectName;
  readonly value: JsonValue;
  /** Who reads it: `stateOrigin` of the target that made it. Absent where a client brought it and nobody remembers it. */
  readonly origin?: string;
}

/** Where the bytes of an image, document or sound come from. */
export type MediaSource =
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string }
  /** An id of a file held by the provider that issued it; means nothing elsewhere. */
  | { readonly kind: 'provider-file'; readonly id: string; readonly dialect: TargetDialectName };

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}
export interface ImagePart {
  readonly type: 'image';
  readonly source: MediaSource;
  /** OpenAI's `low | high | auto`; a hint, dropped without harm. */
  readonly detail?: string;
}
export interface FilePart {
  readonly type: 'file';
  readonly source: MediaSource;
  readonly name?: string;
}
export interface AudioPart {
  readonly type: 'audio';
  readonly source: MediaSource;
}
/**
 * A call the assistant made. `arguments` is the JSON text exactly as the model wrote it; for a tool of free text, what
 * it wrote is the one text in it (see `ToolDefinition.freeText`).
 */
export interface ToolCallPart {
  readonly type: 'tool-call';
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  readonly opaque?: OpaqueState;
}
export interface ToolResultPart {
  readonly type: 'tool-result';
  readonly callId: string;
  readonly content: readonly (TextPart | ImagePart | FilePart)[];
  readonly isError: boolean;
}
/** The model's thinking. `text` may be empty when only a signature or encrypted form was given. */
export interface ReasoningPart {
  readonly type: 'reasoning';
  readonly text: string;
  readonly opaque?: OpaqueState;
}
export interface RefusalPart {
  readonly type: 'refusal';
  readonly text: string;
}
/** A block that only one dialect has (server tools, citations, …): kept there, reported as lost elsewhere. */
export interface ForeignPart {
  readonly type: 'foreign';
  readonly dialect: TargetDialectName;
  /** The dialect's own name for it, for the loss report. */
  readonly kind: string;
  readonly value: JsonValue;
}

export type Part =
  | TextPart
  | ImagePart
  | FilePart
  | AudioPart
  | ToolCallPart
  | ToolResultPart
  | ReasoningPart
  | RefusalPart
  | ForeignPart;

/**
 * One turn. Results of tools stand in messages of role `tool`, one or many parts a message;
 * encoders merge or split as their dialect demands.
 */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly parts: readonly Part[];
}
