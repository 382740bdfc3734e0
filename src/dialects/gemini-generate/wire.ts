import type {
  Candidate,
  FinishReason,
  FunctionCall,
  FunctionCallingConfigMode,
  GenerateContentResponse,
  GenerateContentResponsePromptFeedback,
  GenerateContentResponseUsageMetadata,
  Part,
  PartialArg,
  ThinkingLevel,
} from '@google/genai';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';

/** A vendor's shape as it arrives: its field names, and any JSON behind them. */
export type Raw<Shape> = { readonly [Name in keyof Shape]?: JsonValue };

export type RawResponse = Raw<Omit<GenerateContentResponse, 'text' | 'data' | 'functionCalls'>>;
export type RawCandidate = Raw<Candidate>;
export type RawPart = Raw<Part>;
export type RawFunctionCall = Raw<FunctionCall>;
export type RawPartialArg = Raw<PartialArg>;
export type RawUsage = Raw<GenerateContentResponseUsageMetadata>;
export type RawFeedback = Raw<GenerateContentResponsePromptFeedback>;

/** The vendor's words on the wire; its types have them as enums, which JSON does not know. */
export type FinishWord = `${FinishReason}`;
export type ThinkingWord = `${ThinkingLevel}`;
export type CallingMode = `${FunctionCallingConfigMode}`;

/**
 * A request object with the vendor's field names only, so that a change of its API shows at compile time.
 * Undefined fields are left out.
 */
export function wire<Shape>(fields: { readonly [Name in keyof Shape]?: JsonValue | undefined }): JsonObject {
  const object: JsonObject = {};
  for (const [name, value] of Object.entries<JsonValue | undefined>(fields))
    if (value !== undefined) object[name] = value;
  return object;
}

/** Most tool calls in one answer. */
export const maxToolCalls = 128;
/** Most characters of one tool call's arguments: 1 Mi. */
export const maxArgumentChars = 1_048_576;
/** Most alternative answers; the API gives 8. */
export const maxChoices = 64;

/**
 * Names of functions as every host of this API takes them: the vendor's types allow colons and 128 characters, its
 * older documentation and Vertex do not.
 */
export const toolNameRule = { pattern: /^[a-zA-Z0-9_.-]+$/, maxLength: 64, startsWith: /[a-zA-Z_]/ };

/**
 * Stands in for the thought signature of a call that another model made; without one Gemini 3 answers 400.
 *
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures
 */
export const foreignCallSignature = 'skip_thought_signature_validator';

export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** The value as JSON text; undefined where it is nested so deeply that the engine has no stack for it. */
export function jsonText(value: JsonValue): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** The string where there is one and it says something. */
export function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
