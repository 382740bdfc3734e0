import type { FunctionCallingConfig, FunctionDeclaration, Tool, ToolConfig } from '@google/genai';
import type { ChatRequest, ToolDefinition } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { narrowedTools } from '../common/allowed-tools.ts';
import type { LossList } from '../common/losses.ts';
import { objectRoot } from '../common/object-root.ts';
import { withStandIns } from '../common/text-tools.ts';
import { acceptableSchema } from './accept-schema.ts';
import { type CallingMode, wire } from './wire.ts';

export interface EncodedTools {
  readonly tools?: JsonObject[];
  readonly toolConfig?: JsonObject;
}

/** One function, and no way around it. */
export function forcedTool(declaration: JsonObject): EncodedTools {
  const functionCallingConfig = calling('ANY', [String(declaration.name)]);
  return {
    tools: [wire<Tool>({ functionDeclarations: [declaration] })],
    toolConfig: wire<ToolConfig>({ functionCallingConfig }),
  };
}

/** `sent`: the caller's names of tools → the names to send. */
export function encodeTools(given: ChatRequest, sent: ReadonlyMap<string, string>, losses: LossList): EncodedTools {
  const asked = withStandIns(given, losses);
  // Names of allowed functions go with the mode that forces a call, and with no other.
  const isForced = asked.toolChoice?.kind === 'allowed' && asked.toolChoice.required;
  const request = isForced ? asked : narrowedTools(asked);
  const { tools, toolChoice } = request;
  if (tools.length === 0) {
    if (toolChoice?.kind === 'required' || toolChoice?.kind === 'named') {
      losses.add('tool_choice', 'dropped: the request has no tools this target could call', true);
    }
    return {};
  }
  if (request.parallelToolCalls === false) {
    losses.add('parallel_tool_calls', 'dropped: this target may call several tools at once', true);
  }
  const functionDeclarations = tools.map((tool, at) => encodeTool(tool, `tools[${at}]`, sent, losses));
  const config = toolChoice && callingConfig(toolChoice, sent);
  return {
    tools: [wire<Tool>({ functionDeclarations })],
    ...(config && { toolConfig: wire<ToolConfig>({ functionCallingConfig: config }) }),
  };
}

/**
 * `parametersJsonSchema` rather than `parameters`: the API has had both since 2025, and the older one is a subset of
 * OpenAPI 3.0 that answers 400 to `$schema`, `additionalProperties`, lists of types and more.
 */
function encodeTool(
  tool: ToolDefinition,
  path: string,
  sent: ReadonlyMap<string, string>,
  losses: LossList,
): JsonObject {
  const name = sent.get(tool.name) ?? tool.name;
  if (name !== tool.name)
    losses.add(`${path}.name`, `sent as ${name}: this target takes 64 of letters, digits, _ . and -`);
  if (tool.strict === true) losses.add(`${path}.strict`, 'arguments are not enforced by this target');
  const { schema, losses: lines } = objectRoot(tool.parameters);
  for (const line of lines) losses.add(`${path}.parameters`, line, true);
  return wire<FunctionDeclaration>({
    name,
    description: tool.description,
    parametersJsonSchema: hasParameters(schema) ? acceptableSchema(schema, `${path}.parameters`, losses) : undefined,
  });
}

/** A function without parameters leaves the schema out: an object without properties was refused for years. */
function hasParameters(schema: JsonObject): boolean {
  const { properties, type, $schema, additionalProperties, required, ...rest } = schema;
  const empty = !isJsonObject(properties) || Object.keys(properties).length === 0;
  return !empty || Object.keys(rest).length > 0 || (additionalProperties ?? false) !== false;
}

function callingConfig(choice: NonNullable<ChatRequest['toolChoice']>, sent: ReadonlyMap<string, string>): JsonObject {
  switch (choice.kind) {
    case 'auto':
      return calling('AUTO');
    case 'none':
      return calling('NONE');
    case 'required':
      return calling('ANY');
    case 'named':
      return calling('ANY', [sent.get(choice.name) ?? choice.name]);
    case 'allowed':
      return calling(
        'ANY',
        choice.names.map((name) => sent.get(name) ?? name),
      );
  }
}

function calling(mode: CallingMode, allowedFunctionNames?: string[]): JsonObject {
  return wire<FunctionCallingConfig>({ mode, allowedFunctionNames });
}
