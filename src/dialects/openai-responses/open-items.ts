import type { JsonObject } from '../../model/json.ts';
import type { WireCall, WireMessage, WireReasoning } from './wire.ts';

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
  arguments: string;
}

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export function partObject(type: OpenPart['type'], text: string): JsonObject {
  return type === 'refusal' ? { type, refusal: text } : { type, text, annotations: [], logprobs: [] };
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

export function callItem({ id, callId, name, arguments: json }: OpenCall, status: ItemStatus): JsonObject {
  return { id, type: 'function_call', status, call_id: callId, name, arguments: json } satisfies WireCall;
}
