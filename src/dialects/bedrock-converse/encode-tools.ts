import type { ChatRequest, ToolDefinition } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { narrowedTools } from '../common/allowed-tools.ts';
import { schemaInstruction } from '../common/instructions.ts';
import type { LossList } from '../common/losses.ts';
import { objectRoot, rootInPlace } from '../common/object-root.ts';
import { withStandIns } from '../common/text-tools.ts';
import type { ToolNameMap } from '../common/tool-names.ts';
import type { WireTool, WireToolChoice } from './wire.ts';

/** Everything that tools and structured output bring into a body. */
export interface EncodedTools {
  readonly tools: readonly WireTool[];
  readonly toolChoice?: WireToolChoice;
  /** `outputConfig`. */
  readonly format?: JsonObject;
  /** Text that asks for the shape of the answer, for the end of the instructions. */
  readonly instruction?: string;
  /** The tool whose arguments are the answer. */
  readonly answerTool?: string;
}

interface Rules {
  readonly names: ToolNameMap;
  readonly losses: LossList;
}

/** Structured output goes the strongest way that the target allows: native, a forced tool, the prompt. */
export function encodeTools(asked: ChatRequest, quirks: Quirks, names: ToolNameMap, losses: LossList): EncodedTools {
  const request = narrowedTools(withStandIns(asked, losses));
  const rules = { names, losses };
  const base = baseTools(request, rules);
  const { output } = request;
  switch (output.kind) {
    case 'text':
      return base;
    case 'json':
      losses.slight('response_format', 'JSON is asked for in the instructions: this target has no JSON mode');
      return { ...base, instruction: schemaInstruction({ type: 'object' }) };
    case 'json-schema':
      return withSchema(base, output, quirks, losses);
  }
}

function baseTools(request: ChatRequest, { names, losses }: Rules): EncodedTools {
  const choice = request.toolChoice;
  const called = calledTools(request, names);
  if (choice?.kind === 'none' && called.length === 0) return { tools: [] };
  const declared = request.tools.map((tool, at) => encodeTool(tool, `tools[${at}]`, { names, losses }));
  const tools = declared.length > 0 ? declared : called;
  if (declared.length === 0 && called.length > 0)
    losses.slight('tools', 'the tools called earlier were declared again: this target demands it');
  if (tools.length === 0) {
    if (choice?.kind === 'named' || choice?.kind === 'required')
      losses.grave('tool_choice', 'dropped: the request has no tools this target could call');
    return { tools };
  }
  if (request.parallelToolCalls === false)
    losses.slight('parallel_tool_calls', 'this target cannot be told to call one tool at a time');
  const toolChoice = encodeToolChoice(request, { names, losses });
  return { tools, ...(toolChoice && { toolChoice }) };
}

function encodeToolChoice({ toolChoice, tools }: ChatRequest, { names, losses }: Rules): WireToolChoice | undefined {
  switch (toolChoice?.kind) {
    case undefined:
    case 'auto':
      return undefined;
    case 'none':
      losses.grave('tool_choice', 'this target may call a tool: those of the conversation have to be declared');
      return undefined;
    case 'required':
    // A list of allowed tools was made the list of tools before.
    case 'allowed':
      return tools.length > 0 ? { any: {} } : undefined;
    case 'named':
      return { tool: { name: names.sent.get(toolChoice.name) ?? toolChoice.name } };
  }
}

function withSchema(
  base: EncodedTools,
  { schema, name }: Extract<ChatRequest['output'], { kind: 'json-schema' }>,
  quirks: Quirks,
  losses: LossList,
): EncodedTools {
  switch (quirks.structuredOutput) {
    case 'native': {
      const whole = rootInPlace(schema);
      for (const line of whole.losses) losses.slight('response_format', line);
      const jsonSchema = {
        name: name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64),
        schema: JSON.stringify(whole.schema),
      };
      return { ...base, format: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } };
    }
    case 'prompt':
      losses.slight('response_format', 'asked for in the instructions: this target has no structured output');
      return { ...base, instruction: schemaInstruction(schema) };
    case 'forced-tool':
      losses.slight('response_format', 'sent as a tool: this target has no native structured output');
      // The caller's own forced tool decides the answer; its arguments have their own schema.
      return base.toolChoice && 'tool' in base.toolChoice ? base : withAnswerTool(base, schema, losses);
  }
}

function withAnswerTool(base: EncodedTools, schema: JsonObject, losses: LossList): EncodedTools {
  const answerTool = freeToolName(base.tools);
  const description = 'Gives the final answer. Call it once, when the answer is complete.';
  const tool = wireTool({ name: answerTool, description, parameters: schema }, 'response_format', losses);
  const toolChoice: WireToolChoice = base.tools.length > 0 ? { any: {} } : { tool: { name: answerTool } };
  return { tools: [...base.tools, tool], toolChoice, answerTool };
}

function freeToolName(tools: readonly WireTool[]): string {
  const taken = new Set(tools.map(({ toolSpec }) => toolSpec.name));
  let name = 'answer';
  for (let number = 2; taken.has(name); number += 1) name = `answer_${number}`;
  return name;
}

function encodeTool(tool: ToolDefinition, path: string, { names, losses }: Rules): WireTool {
  const name = names.sent.get(tool.name) ?? tool.name;
  if (name !== tool.name)
    losses.slight(`${path}.name`, `sent as ${name}: this target takes letters, digits, _ and - only`);
  if (tool.strict === true) losses.slight(`${path}.strict`, 'not sent: few models of this target take it');
  return wireTool({ ...tool, name }, `${path}.parameters`, losses);
}

function wireTool(tool: ToolDefinition, field: string, losses: LossList): WireTool {
  const { schema, losses: lines } = objectRoot(tool.parameters);
  for (const line of lines) losses.grave(field, line);
  // An empty description is refused.
  const described = tool.description !== undefined && tool.description.trim() !== '';
  const inputSchema = { json: schema };
  return { toolSpec: { name: tool.name, ...(described && { description: tool.description }), inputSchema } };
}

/** Calls in the conversation need their tools declared, even where none may be called any more. */
function calledTools({ messages }: ChatRequest, names: ToolNameMap): WireTool[] {
  const called = new Set<string>();
  for (const { parts } of messages) {
    for (const part of parts) if (part.type === 'tool-call') called.add(names.sent.get(part.name) ?? part.name);
  }
  return [...called].map((name) => ({ toolSpec: { name, inputSchema: { json: { type: 'object', properties: {} } } } }));
}
