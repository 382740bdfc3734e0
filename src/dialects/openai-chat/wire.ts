import type {
  ChatCompletion,
  ChatCompletionAssistantMessageParam,
  ChatCompletionChunk,
  ChatCompletionContentPart,
  ChatCompletionFunctionTool,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
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
export type WireToolCall = ChatCompletionMessageFunctionToolCall;
export type WireToolChoice = ChatCompletionToolChoiceOption;
export type WireResponseFormat = ResponseFormatText | ResponseFormatJSONObject | ResponseFormatJSONSchema;
export type WireUsage = Partial<CompletionUsage>;

/** `prefix` marks an answer to be continued (DeepSeek, Mistral); `reasoning_details` is OpenRouter's. */
export type WireAssistantMessage = ChatCompletionAssistantMessageParam & {
  readonly prefix?: true;
  readonly reasoning_details?: JsonValue;
};

type ChunkDelta = ChatCompletionChunk.Choice.Delta & { readonly reasoning_content?: string };
type ChunkChoice = Omit<ChatCompletionChunk.Choice, 'delta'> & { readonly delta: ChunkDelta };
export type WireChunk = Omit<ChatCompletionChunk, 'choices' | 'usage'> & {
  readonly choices: readonly ChunkChoice[];
  readonly usage?: WireUsage;
  readonly understudy?: JsonObject;
};

type AnswerMessage = ChatCompletion.Choice['message'] & { readonly reasoning_content?: string };
export type WireAnswerChoice = Omit<ChatCompletion.Choice, 'message'> & { readonly message: AnswerMessage };

export const CHAT_PATH = '/chat/completions';
/** `data` of the frame that ends a stream; it is not JSON. */
export const DONE = '[DONE]';
