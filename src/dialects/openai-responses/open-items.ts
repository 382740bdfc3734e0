import type { JsonObject } from '../../model/json.ts';
import type { WireLogprob } from '../common/openai-logprobs.ts';
import type { ArgumentText } from '../common/text-arguments.ts';
import type { WireCall, WireMessage, WireReasoning, WireTextCallItem } from './wire.ts';

/** Items of an answer that is being written. `index` is the `output_index`. */
export interface OpenMessage {
  readonly kind: 'message';
  readonly index: number;
  readonly id: string;
  /** Parts that are complete. */
  readonly parts: JsonObject[];
  part: OpenPart | undefined;
}

export interface OpenPart {
  readonly type: 'output_text' | 'refusal';
  text: string;
  /** Where it begins in all text of the answer. */
  readonly offset: number;
  readonly annotations: JsonObject[];
  readonly logprobs: WireLogprob[];
}

export interface OpenReasoning {
  readonly kind: 'reasoning';
  readonly index: number;
  readonly id: string;
  text: string;
}

export interface OpenCall {
  readonly index: number;
  readonly id: string;
  readonly callId: string;
  readonly name: string;
  /** What the tool is called with: JSON, or free text. */
  input: string;
  /** Takes the free text out of the arguments; absent where the tool takes JSON. */
  readonly text: ArgumentText | undefined;
}

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export function partObject({ type, text, annotations, logprobs }: Omit<OpenPart, 'offset'>): JsonObject {
  return type === 'refusal'
    ? { type, refusal: text }
    : { type, text, annotations: [...annotations], logprobs: [...logprobs] };
}

export function messageItem({ id, parts }: OpenMessage, status: ItemStatus): JsonObject {
  const content: JsonObject[] = [...parts];
  const item = { id, type: 'message', role: 'assistant', status, content: [] } satisfies WireMessage;
  return { ...item, content };
}

export function reasoningItem({ id, text }: OpenReasoning, sealed: string | undefined): JsonObject {
  const summary = text === '' ? [] : [{ type: 'summary_text' as const, text }];
  const item = { id, type: 'reasoning', summary } satisfies WireReasoning;
  return { ...item, ...(sealed !== undefined && { encrypted_content: sealed }) };
}

export function callItem({ id, callId, name, input, text }: OpenCall, status: ItemStatus): JsonObject {
  if (text !== undefined) {
    return { id, type: 'custom_tool_call', status, call_id: callId, name, input } satisfies WireTextCallItem;
  }
  return { id, type: 'function_call', status, call_id: callId, name, arguments: input } satisfies WireCall;
}

/** The event that tells a piece of what a tool is called with. */
export function callDelta({ id, index, text }: OpenCall, delta: string): JsonObject & { readonly type: string } {
  const type = text === undefined ? 'response.function_call_arguments.delta' : 'response.custom_tool_call_input.delta';
  return { type, item_id: id, output_index: index, delta };
}

/** The event that tells all of it. */
export function callDone({ id, index, name, input, text }: OpenCall): JsonObject & { readonly type: string } {
  const place = { item_id: id, output_index: index };
  return text === undefined
    ? { type: 'response.function_call_arguments.done', ...place, name, arguments: input }
    : { type: 'response.custom_tool_call_input.done', ...place, input };
}
