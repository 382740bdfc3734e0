import type { FreeText, ToolChoice, ToolDefinition } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { LossList } from '../common/losses.ts';
import { openaiArguments } from '../common/openai-schema.ts';
import type { WireNamedTool, WireTextTool, WireTool, WireToolChoice } from './wire.ts';

export function encodeTool(tool: ToolDefinition, field: string, losses: LossList): JsonObject {
  if (tool.freeText !== undefined) return encodeTextTool(tool, tool.freeText);
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

function encodeTextTool({ name, description }: ToolDefinition, { grammar }: FreeText): WireTextTool & JsonObject {
  return {
    type: 'custom',
    name,
    ...(description !== undefined && { description }),
    ...(grammar && { format: { type: 'grammar', ...grammar } }),
  };
}

/** `texts`: the tools among them that take free text, by the caller's names. */
export function encodeToolChoice(
  choice: ToolChoice,
  names: ReadonlyMap<string, string>,
  texts: ReadonlySet<string>,
): WireToolChoice & (string | JsonObject) {
  const named = (name: string): WireNamedTool & JsonObject => ({
    type: texts.has(name) ? 'custom' : 'function',
    name: names.get(name) ?? name,
  });
  switch (choice.kind) {
    case 'auto':
    case 'none':
    case 'required':
      return choice.kind;
    case 'named':
      return named(choice.name);
    case 'allowed':
      return { type: 'allowed_tools', mode: choice.required ? 'required' : 'auto', tools: choice.names.map(named) };
  }
}
