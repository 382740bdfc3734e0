import type {
  CustomTool,
  FunctionTool,
  ResponseCustomToolCall,
  ResponseCustomToolCallItem,
  ResponseFormatTextConfig,
  ResponseFunctionToolCall,
  ResponseInputContent,
  ResponseInputItem,
  ResponseOutputMessage,
  ResponseOutputText,
  ResponseReasoningItem,
  ResponseUsage,
  ToolChoiceAllowed,
  ToolChoiceCustom,
  ToolChoiceFunction,
  ToolChoiceOptions,
} from 'openai/resources/responses/responses';

/**
 * What this dialect writes is checked against the vendor's own SDK types (`satisfies`), so that an SDK upgrade shows
 * drift at compile time. What it reads is read field by field: a provider's JSON is no more than a claim.
 */
export type WireTool = FunctionTool;
export type WireTextTool = CustomTool;
export type WireNamedTool = ToolChoiceFunction | ToolChoiceCustom;
export type WireToolChoice = ToolChoiceOptions | WireNamedTool | ToolChoiceAllowed;
export type WireTextFormat = ResponseFormatTextConfig;
export type WireInputItem = ResponseInputItem;
export type WireInputContent = ResponseInputContent;
export type WireUsage = ResponseUsage;
export type WireMessage = ResponseOutputMessage;
export type WireReasoning = ResponseReasoningItem;
export type WireCall = ResponseFunctionToolCall;
export type WireTextCall = ResponseCustomToolCall;
export type WireTextCallItem = ResponseCustomToolCallItem;
export type WireUrlCitation = ResponseOutputText.URLCitation;

export const RESPONSES_PATH = '/responses';

/** Events that end an answer well. */
export const TERMINAL_EVENTS: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete']);
