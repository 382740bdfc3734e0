import type { ChatRequest, ToolDefinition } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { narrowedTools } from '../common/allowed-tools.ts';
import { schemaInstruction } from '../common/instructions.ts';
import type { LossList } from '../common/losses.ts';
import { objectRoot } from '../common/object-root.ts';
import { withStandIns } from '../common/text-tools.ts';
import type { ToolNameMap } from '../common/tool-names.ts';
import { nativeSchema } from './output-schema.ts';
import type { OutputConfig, Tool, ToolChoice } from './wire.ts';

/** Everything that tools and structured output bring into a body. */
export interface EncodedTools {
  readonly tools: JsonObject[];
  readonly toolChoice?: ToolChoice;
  readonly format?: JsonObject;
  /** Text that asks for the shape of the answer, for the end of the instructions. */
  readonly instruction?: string;
  /** The tool whose arguments are the answer. */
  readonly answerTool?: string;
}

/** Structured output goes the strongest way that the target and the schema allow: native, a forced tool, the prompt. */
export function encodeTools(asked: ChatRequest, quirks: Quirks, names: ToolNameMap, losses: LossList): EncodedTools {
  const request = narrowedTools(withStandIns(asked, losses));
  const tools = request.tools.map((tool, at) => encodeTool(tool, `tools[${at}]`, names, losses));
  const choice = encodeToolChoice(request, names, losses);
  const base: EncodedTools =
    tools.length > 0 ? { tools, ...(choice && { toolChoice: choice }) } : historyTools(request, names, losses);
  const { output } = request;
  switch (output.kind) {
    case 'text':
      return base;
    case 'json':
      losses.add('response_format', 'JSON is asked for in the instructions: this target has no JSON mode');
      return { ...base, instruction: schemaInstruction({ type: 'object' }) };
    case 'json-schema':
      return withSchema(base, output.schema, quirks, losses);
  }
}

function withSchema(base: EncodedTools, schema: JsonObject, quirks: Quirks, losses: LossList): EncodedTools {
  if (quirks.structuredOutput === 'native') {
    const native = nativeSchema(schema);
    if (native.ok) {
      const changes = [
        ...(native.moved.length > 0 ? [`not enforced, moved into descriptions: ${native.moved.join(', ')}`] : []),
        ...native.changed,
      ];
      if (changes.length > 0) losses.add('response_format', `made acceptable to this target: ${changes.join('; ')}`);
      const format = { type: 'json_schema' as const, schema: native.schema };
      format satisfies NonNullable<OutputConfig['format']>;
      return { ...base, format };
    }
    losses.add('response_format', `sent as a tool: structured output of this target cannot express ${native.why}`);
  } else losses.add('response_format', 'this target has no native structured output');
  const forced = base.toolChoice?.type;
  if (quirks.structuredOutput === 'prompt') return { ...base, instruction: schemaInstruction(schema) };
  // The caller's own forced tool decides the answer; its arguments have their own schema.
  if (forced === 'tool') return base;
  return withAnswerTool(base, schema, losses);
}

function withAnswerTool(base: EncodedTools, schema: JsonObject, losses: LossList): EncodedTools {
  const callable = base.toolChoice?.type === 'none' ? [] : base.tools;
  const answerTool = freeToolName(base.tools);
  const tool = {
    name: answerTool,
    description: 'Gives the final answer. Call it once, when the answer is complete.',
    input_schema: toolSchema(schema, 'response_format', losses),
  };
  const toolChoice: ToolChoice =
    callable.length > 0
      ? { type: 'any', disable_parallel_tool_use: true }
      : { type: 'tool', name: answerTool, disable_parallel_tool_use: true };
  return { tools: [...base.tools, tool], toolChoice, answerTool };
}

function freeToolName(tools: readonly JsonObject[]): string {
  const taken = new Set(tools.map((tool) => tool.name));
  let name = 'answer';
  for (let number = 2; taken.has(name); number += 1) name = `answer_${number}`;
  return name;
}

function encodeTool(tool: ToolDefinition, path: string, names: ToolNameMap, losses: LossList): JsonObject {
  const name = names.sent.get(tool.name) ?? tool.name;
  if (name !== tool.name)
    losses.add(`${path}.name`, `sent as ${name}: this target takes letters, digits, _ and - only`);
  if (tool.strict === true) losses.add(`${path}.strict`, 'not sent: the two dialects take different schemas for it');
  const encoded = {
    name,
    ...(tool.description !== undefined && { description: tool.description }),
    input_schema: toolSchema(tool.parameters, `${path}.parameters`, losses),
  };
  return encoded;
}

function toolSchema(given: JsonObject, field: string, losses: LossList): JsonObject & Tool.InputSchema {
  const { schema, losses: lines } = objectRoot(given);
  for (const line of lines) losses.add(field, line, true);
  return { ...schema, type: 'object' };
}

function encodeToolChoice(request: ChatRequest, names: ToolNameMap, losses: LossList): ToolChoice | undefined {
  const serial = request.parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  const choice = request.toolChoice;
  if (request.tools.length === 0) {
    if (choice && (choice.kind === 'named' || choice.kind === 'required')) {
      losses.add('tool_choice', 'dropped: the request has no tools this target could call', true);
    }
    return undefined;
  }
  switch (choice?.kind) {
    case undefined:
      return request.parallelToolCalls === false ? { type: 'auto', ...serial } : undefined;
    case 'auto':
      return { type: 'auto', ...serial };
    case 'none':
      return { type: 'none' };
    case 'required':
    // A list of allowed tools was made the list of tools before.
    case 'allowed':
      return { type: 'any', ...serial };
    case 'named':
      return { type: 'tool', name: names.sent.get(choice.name) ?? choice.name, ...serial };
  }
}

/** Calls in the conversation need their tools declared, even where none may be called any more. */
function historyTools(request: ChatRequest, names: ToolNameMap, losses: LossList): EncodedTools {
  const called = new Set<string>();
  for (const message of request.messages) {
    for (const part of message.parts) if (part.type === 'tool-call') called.add(names.sent.get(part.name) ?? part.name);
  }
  if (called.size === 0) return { tools: [] };
  losses.add('tools', 'the tools called earlier were declared again, not to be called: this target demands it');
  const tools = [...called].map((name) => ({ name, input_schema: { type: 'object' } }));
  return { tools, toolChoice: { type: 'none' } };
}
