import type { ChatRequest } from '../model/chat-request.ts';
import type { JsonValue } from '../model/json.ts';
import { HttpFailure } from './http-failure.ts';

/**
 * Refuses a choice that no model can make: a tool that is not offered, or any tool where there is none. Some providers
 * refuse it, others answer without a call; the caller would be told of a broken answer instead of a wrong request.
 */
export function guardToolChoice(request: ChatRequest): void {
  const { toolChoice, tools, original } = request;
  if (toolChoice?.kind !== 'named' && toolChoice?.kind !== 'required') return;
  // Tools that only this dialect has are not among the neutral ones, and may be meant.
  if (lengthOf(original.tools) + lengthOf(original.functions) > tools.length) return;
  const field = fieldOf(request);
  if (tools.length === 0) throw refuse(field, `${field} asks for a tool, and the request offers none`);
  if (toolChoice.kind === 'named' && !tools.some(({ name }) => name === toolChoice.name)) {
    throw refuse(field, `${field} names a tool that the request does not offer: ${toolChoice.name.slice(0, 64)}`);
  }
}

function fieldOf({ dialect, original }: ChatRequest): string {
  if (dialect === 'gemini-generate') return 'toolConfig';
  return original.tool_choice == null && original.function_call != null ? 'function_call' : 'tool_choice';
}

function lengthOf(list: JsonValue | undefined): number {
  return Array.isArray(list) ? list.length : 0;
}

function refuse(field: string, message: string): HttpFailure {
  return new HttpFailure(400, 'invalid_request', message, { field });
}
