import type { ChatRequest, ToolDefinition } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { LossList } from '../common/losses.ts';
import { textArguments } from '../common/text-arguments.ts';
import { withStandIns } from '../common/text-tools.ts';
import { encodeTool } from './encode-tools.ts';
import { word } from './tool-call-reader.ts';

/** Tools of free text and their calls as functions, in the body for a host of this dialect that takes no others. */
export function adaptTextTools(body: JsonObject, request: ChatRequest, losses: LossList): void {
  const { tools, tool_choice: choice, input } = body;
  const standIns = new Map(withStandIns(request, losses).tools.map((tool) => [tool.name, tool]));
  if (Array.isArray(tools)) body.tools = functionTools(tools, standIns, losses);
  if (isJsonObject(choice)) body.tool_choice = functionChoice(choice);
  if (!Array.isArray(input)) return;
  body.input = input.map((item) => {
    if (!isJsonObject(item)) return item;
    if (item.type === 'additional_tools' && Array.isArray(item.tools))
      return { ...item, tools: functionTools(item.tools, standIns, losses) };
    return functionItem(item);
  });
}

function functionTools(
  tools: readonly JsonValue[],
  standIns: ReadonlyMap<string, ToolDefinition>,
  losses: LossList,
): JsonValue[] {
  return tools.map((tool, at) => {
    const standIn = isJsonObject(tool) && tool.type === 'custom' ? standIns.get(word(tool.name)) : undefined;
    return standIn === undefined ? tool : encodeTool(standIn, `tools[${at}]`, losses);
  });
}

function functionChoice(choice: JsonObject): JsonObject {
  if (choice.type === 'custom') return { ...choice, type: 'function' };
  if (choice.type !== 'allowed_tools' || !Array.isArray(choice.tools)) return choice;
  return { ...choice, tools: choice.tools.map((tool) => (isJsonObject(tool) ? functionChoice(tool) : tool)) };
}

/** Ids of items begin with their kind, and those of one kind are refused for another. */
function functionItem(item: JsonObject): JsonObject {
  if (item.type === 'custom_tool_call') {
    const { id: _, input, ...call } = item;
    return { ...call, type: 'function_call', arguments: textArguments(word(input)) };
  }
  if (item.type !== 'custom_tool_call_output') return item;
  const { id: _, ...output } = item;
  return { ...output, type: 'function_call_output' };
}
