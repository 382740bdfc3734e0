import type {
  CacheCreation,
  ContentBlock,
  ContentBlockParam,
  MessageDeltaUsage,
  Message as WireMessage,
  Usage as WireUsage,
} from '@anthropic-ai/sdk/resources/messages';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';

export type {
  CitationsWebSearchResultLocation,
  DocumentBlockParam,
  ImageBlockParam,
  MessageCreateParamsBase,
  OutputConfig,
  RawContentBlockDelta,
  RawContentBlockDeltaEvent,
  RawContentBlockStartEvent,
  RawContentBlockStopEvent,
  RawMessageStopEvent,
  RedactedThinkingBlockParam,
  StopReason,
  TextBlockParam,
  ThinkingBlockParam,
  ThinkingConfigAdaptive,
  ThinkingConfigParam,
  Tool,
  ToolChoice,
  ToolResultBlockParam,
  ToolUseBlockParam,
} from '@anthropic-ai/sdk/resources/messages';
export type { ContentBlock, ContentBlockParam, MessageDeltaUsage, WireMessage, WireUsage };

/** The counts that every version of the API gives; the rest of its usage object tells of tiers and regions. */
export type CoreUsage = Pick<
  WireUsage,
  'input_tokens' | 'output_tokens' | 'cache_creation_input_tokens' | 'cache_read_input_tokens'
> & {
  readonly output_tokens_details?: { readonly thinking_tokens: number };
  readonly service_tier?: WireUsage['service_tier'];
  readonly cache_creation?: { readonly [Name in keyof CacheCreation]: CacheCreation[Name] };
};

/** The fields of an answer that every version of the API gives. */
export type CoreMessage = Omit<WireMessage, 'container' | 'diagnostics' | 'stop_details' | 'content' | 'usage'> & {
  readonly content: JsonObject[];
  readonly usage: CoreUsage;
};

/** Most characters of one tool call's arguments, or of one server tool's block: 1 Mi. */
export const maxArgumentChars = 1_048_576;

/** Most tool calls in one answer. */
export const maxToolCalls = 128;

/** What the API accepts as the name of a tool; the shorter of its two documented limits, which every host takes. */
export const toolNameRule = { pattern: /^[a-zA-Z0-9_-]+$/, maxLength: 64 };

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
