import type { FreeText, ToolChoice, ToolDefinition } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { LossList } from '../common/losses.ts';
import { openaiArguments } from '../common/openai-schema.ts';
import type { WireNamedTool, WireTextTool, WireTool, WireToolChoice } from './wire.ts';

export function encodeTools(
  tools: readonly ToolDefinition[],
  names: ReadonlyMap<string, string>,
  losses: LossList,
): JsonObject[] {
  return tools.map((tool, at) => {
    const sent = { ...tool, name: names.get(tool.name) ?? tool.name };
    if (sent.freeText !== undefined) return { ...encodeTextTool(sent, sent.freeText) };
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

function encodeTextTool({ name, description }: ToolDefinition, { grammar }: FreeText): WireTextTool & JsonObject {
  return {
    type: 'custom',
    custom: {
      name,
      ...(description !== undefined && { description }),
      ...(grammar && { format: { type: 'grammar', grammar: { ...grammar } } }),
    },
  };
}

/** `texts`: the tools among them that take free text, by the caller's names. */
export function encodeToolChoice(
  choice: ToolChoice | undefined,
  names: ReadonlyMap<string, string>,
  texts: ReadonlySet<string>,
): (WireToolChoice & (string | JsonObject)) | undefined {
  switch (choice?.kind) {
    case undefined:
      return undefined;
    case 'auto':
    case 'none':
    case 'required':
      return choice.kind;
    case 'named':
      return namedTool(choice.name, names, texts);
    case 'allowed': {
      const tools = choice.names.map((name) => namedTool(name, names, texts));
      return { type: 'allowed_tools', allowed_tools: { mode: choice.required ? 'required' : 'auto', tools } };
    }
  }
}

function namedTool(
  given: string,
  names: ReadonlyMap<string, string>,
  texts: ReadonlySet<string>,
): WireNamedTool & JsonObject {
  const name = names.get(given) ?? given;
  return texts.has(given) ? { type: 'custom', custom: { name } } : { type: 'function', function: { name } };
}
