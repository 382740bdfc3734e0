import type { ChatRequest } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { LossList } from '../common/losses.ts';
import { textArguments } from '../common/text-arguments.ts';
import { withStandIns } from '../common/text-tools.ts';
import { encodeTool } from './encode-tools.ts';

/** Tools of free text and their calls as functions, in the body for a host of this dialect that takes no others. */
export function adaptTextTools(body: JsonObject, request: ChatRequest, losses: LossList): void {
  const { tools, tool_choice: choice, messages } = body;
  if (Array.isArray(tools)) {
    const standIns = new Map(withStandIns(request, losses).tools.map((tool) => [tool.name, tool]));
    body.tools = tools.map((tool, at) => {
      const standIn = isJsonObject(tool) && tool.type === 'custom' ? standIns.get(nameOf(tool.custom)) : undefined;
      return standIn === undefined ? tool : encodeTool(standIn, `tools[${at}]`, losses);
    });
  }
  if (isJsonObject(choice)) body.tool_choice = functionChoice(choice);
  if (Array.isArray(messages)) body.messages = messages.map(withFunctionCalls);
}

function functionChoice(choice: JsonObject): JsonObject {
  const { allowed_tools: allowed } = choice;
  if (!isJsonObject(allowed) || !Array.isArray(allowed.tools)) return functionNamed(choice);
  const tools = allowed.tools.map((tool) => (isJsonObject(tool) ? functionNamed(tool) : tool));
  return { ...choice, allowed_tools: { ...allowed, tools } };
}

function functionNamed(named: JsonObject): JsonObject {
  if (named.type !== 'custom') return named;
  return { type: 'function', function: { name: nameOf(named.custom) } };
}

function withFunctionCalls(message: JsonValue): JsonValue {
  if (!isJsonObject(message) || !Array.isArray(message.tool_calls)) return message;
  const calls = message.tool_calls.map((call) => {
    if (!isJsonObject(call) || call.type !== 'custom') return call;
    const { custom, ...rest } = call;
    const input = isJsonObject(custom) && typeof custom.input === 'string' ? custom.input : '';
    return { ...rest, type: 'function', function: { name: nameOf(custom), arguments: textArguments(input) } };
  });
  return { ...message, tool_calls: calls };
}

function nameOf(holder: JsonValue | undefined): string {
  return isJsonObject(holder) && typeof holder.name === 'string' ? holder.name : '';
}
