import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';

// The vendor's SDK is no dependency, not even of the tests: these are the parts of its API that are written here.
// @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html

/** Where the bytes of an image or document are. */
export type WireSource = { readonly bytes: string } | { readonly s3Location: { readonly uri: string } };

export interface WireTool {
  readonly toolSpec: {
    readonly name: string;
    readonly description?: string;
    readonly inputSchema: { readonly json: JsonObject };
  };
}

export type WireToolChoice =
  | { readonly auto: Record<string, never> }
  | { readonly any: Record<string, never> }
  | { readonly tool: { readonly name: string } };

/** Most characters of one tool call's arguments, or of one block that only this dialect has: 1 Mi. */
export const maxArgumentChars = 1_048_576;

/** Most tool calls in one answer. */
export const maxToolCalls = 128;

/** `toolSpec.name`: letters, digits, `_` and `-`, at most 64. */
export const toolNameRule = { pattern: /^[a-zA-Z0-9_-]+$/, maxLength: 64 };

/** Kind of the foreign part that a citation becomes: it belongs to a text block and is no block of its own. */
export const citationKind = 'citation';

/** The string, or '' for anything else. */
export function stringOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The object, or an empty one for anything else. */
export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** The number where it is a count: finite and not negative. */
export function countOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
