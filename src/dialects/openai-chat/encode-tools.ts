import type { ToolChoice, ToolDefinition } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { WireTool, WireToolChoice } from './wire.ts';

export function encodeTools(tools: readonly ToolDefinition[], names: ReadonlyMap<string, string>): JsonObject[] {
  return tools.map((tool) => ({ ...encodeTool({ ...tool, name: names.get(tool.name) ?? tool.name }) }));
}

export function encodeTool(tool: ToolDefinition): WireTool & JsonObject {
  return {
    type: 'function',
    function: {
      name: tool.name,
      ...(tool.description !== undefined && { description: tool.description }),
      // OpenAI answers 400 to a schema whose type is not "object".
      parameters:
        tool.parameters.type === undefined ? { type: 'object', properties: {}, ...tool.parameters } : tool.parameters,
      ...(tool.strict !== undefined && { strict: tool.strict }),
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
  }
}
