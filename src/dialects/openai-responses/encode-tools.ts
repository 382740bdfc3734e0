import type { ToolChoice, ToolDefinition } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { LossList } from '../common/losses.ts';
import { openaiArguments } from '../common/openai-schema.ts';
import type { WireTool, WireToolChoice } from './wire.ts';

export function encodeTool(tool: ToolDefinition, field: string, losses: LossList): JsonObject {
  const { parameters, strict } = openaiArguments(tool, field, losses);
  const wire = {
    type: 'function',
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    parameters,
    // Left out it means strict in this dialect, and a schema that was not written for it is refused.
    strict: strict ?? false,
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
    case 'allowed': {
      const tools = choice.names.map((name) => ({ type: 'function', name: names.get(name) ?? name }));
      return { type: 'allowed_tools', mode: choice.required ? 'required' : 'auto', tools };
    }
  }
}
