import type {
  ChatCompletion,
  ChatCompletionAssistantMessageParam,
  ChatCompletionChunk,
  ChatCompletionContentPart,
  ChatCompletionCustomTool,
  ChatCompletionFunctionTool,
  ChatCompletionMessage,
  ChatCompletionMessageCustomToolCall,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
  ChatCompletionNamedToolChoice,
  ChatCompletionNamedToolChoiceCustom,
  ChatCompletionToolChoiceOption,
} from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import type { ResponseFormatJSONObject, ResponseFormatJSONSchema, ResponseFormatText } from 'openai/resources/shared';
import type { JsonObject, JsonValue } from '../../model/json.ts';

/**
 * What this dialect writes is checked against the vendor's own SDK types (`satisfies`), so that an SDK upgrade shows
 * drift at compile time. What it reads is read field by field: a provider's JSON is no more than a claim.
 */
export type WireMessage = ChatCompletionMessageParam;
export type WireContentPart = ChatCompletionContentPart;
export type WireTool = ChatCompletionFunctionTool;
export type WireTextTool = ChatCompletionCustomTool;
export type WireToolCall = ChatCompletionMessageFunctionToolCall;
export type WireTextCall = ChatCompletionMessageCustomToolCall;
export type WireToolChoice = ChatCompletionToolChoiceOption;
export type WireNamedTool = ChatCompletionNamedToolChoice | ChatCompletionNamedToolChoiceCustom;
export type WireResponseFormat = ResponseFormatText | ResponseFormatJSONObject | ResponseFormatJSONSchema;
export type WireUsage = Partial<CompletionUsage>;

/** `reasoning_details` is OpenRouter's. */
export type WireAssistantMessage = ChatCompletionAssistantMessageParam & {
  readonly reasoning_details?: JsonValue;
};

/** Thinking as DeepSeek and many others tell it, and what it was sealed with, as OpenRouter does. */
interface Thinking {
  readonly reasoning_content?: string;
  readonly reasoning_details?: JsonValue;
}

/** What OpenAI streams of a call with free text; its published schema knows functions alone here. */
interface WireTextCallPiece extends Partial<Omit<WireTextCall, 'custom'>> {
  readonly index: number;
  readonly custom: Partial<WireTextCall['custom']>;
}

/** An alias, because interfaces are no JSON to the compiler. */
export type WireAnnotation = { readonly type: 'url_citation'; readonly url_citation: WireUrlCitation };
type WireUrlCitation = Pick<
  ChatCompletionMessage.Annotation.URLCitation,
  keyof ChatCompletionMessage.Annotation.URLCitation
>;

type ChunkDelta = Omit<ChatCompletionChunk.Choice.Delta, 'tool_calls'> &
  Thinking & {
    /** OpenAI sends them in deltas too, where its SDK has no type for them. */
    readonly annotations?: readonly WireAnnotation[];
  } & { readonly tool_calls?: readonly (ChatCompletionChunk.Choice.Delta.ToolCall | WireTextCallPiece)[] };
type ChunkChoice = Omit<ChatCompletionChunk.Choice, 'delta'> & { readonly delta: ChunkDelta };
export type WireChunk = Omit<ChatCompletionChunk, 'choices' | 'usage'> & {
  readonly choices: readonly ChunkChoice[];
  readonly usage?: WireUsage;
  readonly understudy?: JsonObject;
};

type AnswerMessage = ChatCompletion.Choice['message'] & Thinking;
export type WireAnswerChoice = Omit<ChatCompletion.Choice, 'message'> & { readonly message: AnswerMessage };

export const CHAT_PATH = '/chat/completions';
/** `data` of the frame that ends a stream; it is not JSON. */
export const DONE = '[DONE]';
