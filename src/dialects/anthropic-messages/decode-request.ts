import type {
  ChatRequest,
  OutputFormat,
  ReasoningRequest,
  RequestOptions,
  Sampling,
  ToolChoice,
  ToolDefinition,
} from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import { effortWord } from '../common/effort.ts';
import {
  asObject,
  fieldPath,
  optionalArray,
  optionalBoolean,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStringList,
  readString,
} from '../common/fields.ts';
import { Unmapped } from '../common/unmapped.ts';
import { nameBlockFields } from './block-fields.ts';
import { decodeConversation } from './decode-messages.ts';
import { BODY_FIELDS, METADATA_FIELDS, OUTPUT_CONFIG_FIELDS, THINKING_FIELDS, TOOL_FIELDS } from './request-fields.ts';

/** Most tools of one request. */
export const maxTools = 1024;

/**
 * A body of the Messages API in the neutral form. Throws `RequestError` with the path of the field at fault.
 *
 * The list `anthropic_beta`, a body field on Bedrock and Vertex, is taken as well: the edge may put there what came in
 * the header of that name, so that it reaches targets of this dialect.
 *
 * @see https://platform.claude.com/docs/en/api/messages/create
 */
export function decodeRequest(body: JsonObject, options: RequestOptions): ChatRequest {
  const { understudy: _own, ...original } = body;
  const unmapped = new Unmapped('anthropic-messages');
  unmapped.addByRules(original, BODY_FIELDS, '');
  nameBlockFields(original, unmapped);
  const messages = decodeConversation(original);
  // A prompt may hold all that is said.
  if (!options.prompt && Array.isArray(original.messages) && original.messages.length === 0) {
    throw new RequestError('messages', 'messages must hold at least one message.');
  }
  const tools = decodeTools(original, unmapped);
  const choice = optionalObject(original, 'tool_choice', '');
  const reasoning = decodeReasoning(original, unmapped);
  optionalStringList(original, 'anthropic_beta', '');
  return {
    dialect: 'anthropic-messages',
    model: readString(original, 'model', ''),
    messages,
    tools,
    ...(choice && decodeToolChoice(choice)),
    output: decodeOutput(original),
    ...(reasoning && { reasoning }),
    sampling: decodeSampling(original),
    maxOutputTokens: decodeMaxTokens(original),
    stop: optionalStringList(original, 'stop_sequences', '') ?? [],
    stream: optionalBoolean(original, 'stream', '') ?? false,
    streamUsage: true,
    choices: 1,
    ...decodeEndUser(original, unmapped),
    ...decodeServiceTier(original, unmapped),
    options,
    original,
    unmapped: unmapped.fields(),
    requires: unmapped.requires(),
    conversationEdited: false,
  };
}

function decodeMaxTokens(body: JsonObject): number {
  const value = optionalNumber(body, 'max_tokens', '', { min: 0, integer: true });
  if (value === undefined) throw new RequestError('max_tokens', 'max_tokens is required and must be an integer.');
  return value;
}

function decodeSampling(body: JsonObject): Sampling {
  // The vendor stops at 1; compatible hosts go to 2 and refuse by themselves what they do not take.
  const temperature = optionalNumber(body, 'temperature', '', { min: 0, max: 2 });
  const topP = optionalNumber(body, 'top_p', '', { max: 1 });
  const topK = optionalNumber(body, 'top_k', '', { integer: true });
  // Older SDKs send -1 for "not set", and the vendor takes it as that.
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && topP >= 0 && { topP }),
    ...(topK !== undefined && topK >= 0 && { topK }),
  };
}

function decodeTools(body: JsonObject, unmapped: Unmapped): ToolDefinition[] {
  const list = optionalArray(body, 'tools', '') ?? [];
  if (list.length > maxTools)
    throw new RequestError('tools', `tools must hold at most ${maxTools}, got ${list.length}.`);
  const tools: ToolDefinition[] = [];
  for (const [at, item] of list.entries()) {
    const path = fieldPath('tools', at);
    const tool = asObject(item, path);
    const type = optionalString(tool, 'type', path);
    // Tools of a server, or with a schema known to the vendor's models alone: nobody else has them.
    if (type !== undefined && type !== 'custom') unmapped.addBuiltInTool(type, path);
    else tools.push(decodeTool(tool, path, unmapped));
  }
  return tools;
}

function decodeTool(tool: JsonObject, path: string, unmapped: Unmapped): ToolDefinition {
  unmapped.addByRules(tool, TOOL_FIELDS, path);
  const description = optionalString(tool, 'description', path);
  const strict = optionalBoolean(tool, 'strict', path);
  return {
    name: readString(tool, 'name', path),
    ...(description !== undefined && { description }),
    parameters: asObject(tool.input_schema, fieldPath(path, 'input_schema')),
    ...(strict !== undefined && { strict }),
  };
}

function decodeToolChoice(choice: JsonObject): { toolChoice: ToolChoice; parallelToolCalls?: boolean } {
  const path = 'tool_choice';
  const serial = optionalBoolean(choice, 'disable_parallel_tool_use', path);
  const parallel = serial === undefined ? {} : { parallelToolCalls: !serial };
  switch (readString(choice, 'type', path)) {
    case 'auto':
      return { toolChoice: { kind: 'auto' }, ...parallel };
    case 'any':
      return { toolChoice: { kind: 'required' }, ...parallel };
    case 'none':
      return { toolChoice: { kind: 'none' }, ...parallel };
    case 'tool':
      return { toolChoice: { kind: 'named', name: readString(choice, 'name', path) }, ...parallel };
    default:
      throw new RequestError('tool_choice.type', 'tool_choice.type must be auto, any, tool or none.');
  }
}

/** `output_format` is the name that the field had in beta; clients still send it. */
function decodeOutput(body: JsonObject): OutputFormat {
  const config = optionalObject(body, 'output_config', '');
  const nested = config && optionalObject(config, 'format', 'output_config');
  const path = nested ? 'output_config.format' : 'output_format';
  const format = nested ?? optionalObject(body, 'output_format', '');
  if (!format) return { kind: 'text' };
  const type = readString(format, 'type', path);
  if (type !== 'json_schema') throw new RequestError(`${path}.type`, `${path}.type must be json_schema.`);
  return { kind: 'json-schema', name: 'answer', schema: asObject(format.schema, `${path}.schema`), strict: true };
}

function decodeReasoning(body: JsonObject, unmapped: Unmapped): ReasoningRequest | undefined {
  const config = optionalObject(body, 'output_config', '');
  if (config) unmapped.addByRules(config, OUTPUT_CONFIG_FIELDS, 'output_config');
  const word = config && optionalString(config, 'effort', 'output_config');
  const effort = effortWord(word);
  if (word !== undefined && effort === undefined) unmapped.add('output_config.effort');
  const said = effort === undefined ? undefined : { effort };
  const thinking = optionalObject(body, 'thinking', '');
  if (!thinking) return said;
  unmapped.addByRules(thinking, THINKING_FIELDS, 'thinking');
  const display = decodeDisplay(thinking, unmapped);
  switch (readString(thinking, 'type', 'thinking')) {
    case 'disabled':
      return { effort: 'none' };
    case 'enabled': {
      const budgetTokens = optionalNumber(thinking, 'budget_tokens', 'thinking', { min: 1, integer: true });
      return { ...said, ...(budgetTokens !== undefined && { budgetTokens }), ...display };
    }
    case 'adaptive':
      return { ...said, ...display };
    default:
      unmapped.add('thinking');
      return said;
  }
}

function decodeDisplay(thinking: JsonObject, unmapped: Unmapped): Pick<ReasoningRequest, 'display'> {
  const word = optionalString(thinking, 'display', 'thinking');
  if (word === 'summarized') return { display: 'shown' };
  if (word === 'omitted') return { display: 'hidden' };
  if (word !== undefined) unmapped.add('thinking.display', false);
  return {};
}

function decodeEndUser(body: JsonObject, unmapped: Unmapped): Pick<ChatRequest, 'endUser'> {
  const metadata = optionalObject(body, 'metadata', '');
  if (!metadata) return {};
  unmapped.addByRules(metadata, METADATA_FIELDS, 'metadata');
  const endUser = optionalString(metadata, 'user_id', 'metadata') ?? '';
  return endUser === '' ? {} : { endUser };
}

function decodeServiceTier(body: JsonObject, unmapped: Unmapped): Pick<ChatRequest, 'serviceTier'> {
  const word = optionalString(body, 'service_tier', '');
  if (word === 'auto') return { serviceTier: 'auto' };
  if (word === 'standard_only') return { serviceTier: 'standard' };
  if (word !== undefined) unmapped.add('service_tier', false);
  return {};
}
