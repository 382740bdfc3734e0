import type { ToolChoice, ToolDefinition } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { WireTool, WireToolChoice } from './wire.ts';

export function encodeTool(tool: ToolDefinition): JsonObject {
  const wire = {
    type: 'function',
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    // OpenAI answers 400 to a schema whose type is not "object".
    parameters:
      tool.parameters.type === undefined ? { type: 'object', properties: {}, ...tool.parameters } : tool.parameters,
    // Left out it means strict in this dialect, and a schema that was not written for it is refused.
    strict: tool.strict ?? false,
  } satisfies WireTool;
  return { ...wire };
}

export function encodeToolChoice(
  choice: ToolChoice,
  names: ReadonlyMap<string, string>,
): WireToolChoice & (string | JsonObject) {
  switch (choice.kind) {
    case 'auto':
    case 'none':
    case 'required':
      return choice.kind;
    case 'named':
      return { type: 'function', name: names.get(choice.name) ?? choice.name };
  }
}
