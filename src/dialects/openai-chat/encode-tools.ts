import type { ToolChoice, ToolDefinition } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { LossList } from '../common/losses.ts';
import { openaiArguments } from '../common/openai-schema.ts';
import type { WireTool, WireToolChoice } from './wire.ts';

export function encodeTools(
  tools: readonly ToolDefinition[],
  names: ReadonlyMap<string, string>,
  losses: LossList,
): JsonObject[] {
  return tools.map((tool, at) => {
    const sent = { ...tool, name: names.get(tool.name) ?? tool.name };
    return { ...encodeTool(sent, `tools[${at}]`, losses) };
  });
}

export function encodeTool(tool: ToolDefinition, field: string, losses: LossList): WireTool & JsonObject {
  return {
    type: 'function',
    function: {
      name: tool.name,
      ...(tool.description !== undefined && { description: tool.description }),
      ...openaiArguments(tool, field, losses),
    },
  };
}

export function encodeToolChoice(
  choice: ToolChoice | undefined,
  names: ReadonlyMap<string, string>,
): (WireToolChoice & (string | JsonObject)) | undefined {
  switch (choice?.kind) {
    case undefined:
      return undefined;
    case 'auto':
    case 'none':
    case 'required':
      return choice.kind;
    case 'named':
      return { type: 'function', function: { name: names.get(choice.name) ?? choice.name } };
    case 'allowed': {
      const tools = choice.names.map((name) => ({ type: 'function', function: { name: names.get(name) ?? name } }));
      return { type: 'allowed_tools', allowed_tools: { mode: choice.required ? 'required' : 'auto', tools } };
    }
  }
}
