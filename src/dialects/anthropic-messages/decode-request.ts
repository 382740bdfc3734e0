import type {
  ChatRequest,
  OutputFormat,
  ReasoningRequest,
  RequestOptions,
  Sampling,
  ToolChoice,
  ToolDefinition,
} from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
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
import { decodeConversation } from './decode-messages.ts';

/** Most tools of one request. */
export const maxTools = 1024;

/** Fields with a neutral meaning. What is not among them goes to targets of this dialect only. */
const MAPPED = new Set([
  'model',
  'messages',
  'system',
  'max_tokens',
  'stream',
  'tools',
  'tool_choice',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
]);

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
  refuseThread(original);
  const messages = decodeConversation(original);
  const unmapped = unmappedFields(original);
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
    options,
    original,
    unmapped: [...unmapped],
    conversationEdited: false,
  };
}

/**
 * A thread is history that the vendor holds, of which a request brings the new turns alone: nobody else could go on
 * from it. The vendor's SDKs send the whole conversation when they are told so (see `encodeFailure`).
 */
function refuseThread({ thread }: JsonObject): void {
  if (thread === undefined || thread === null) return;
  throw new RequestError('thread', 'thread is not supported here: send the full conversation without it.');
}

function unmappedFields(body: JsonObject): Set<string> {
  const unmapped = new Set<string>();
  for (const [name, value] of Object.entries(body)) if (value !== null && !MAPPED.has(name)) unmapped.add(name);
  collectMarkers(body.system, unmapped);
  for (const message of Array.isArray(body.messages) ? body.messages : []) {
    if (isJsonObject(message)) collectMarkers(message.content, unmapped);
  }
  return unmapped;
}

/** Markers on blocks are named once, not once a block: a long conversation has hundreds of them. */
function collectMarkers(content: JsonValue | undefined, unmapped: Set<string>): void {
  if (!Array.isArray(content)) return;
  for (const block of content) {
    if (!isJsonObject(block)) continue;
    if (isJsonObject(block.cache_control)) unmapped.add('cache_control');
    if (block.citations !== undefined && block.citations !== null) unmapped.add('citations');
  }
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

function decodeTools(body: JsonObject, unmapped: Set<string>): ToolDefinition[] {
  const list = optionalArray(body, 'tools', '') ?? [];
  if (list.length > maxTools)
    throw new RequestError('tools', `tools must hold at most ${maxTools}, got ${list.length}.`);
  const tools: ToolDefinition[] = [];
  for (const [at, item] of list.entries()) {
    const path = fieldPath('tools', at);
    const tool = asObject(item, path);
    const type = optionalString(tool, 'type', path);
    // Tools of a server, or with a schema known to the vendor's models alone: nobody else has them.
    if (type !== undefined && type !== 'custom') unmapped.add(`${path} (${type.slice(0, 60)})`);
    else tools.push(decodeTool(tool, path));
    if (isJsonObject(tool.cache_control)) unmapped.add('cache_control');
  }
  return tools;
}

function decodeTool(tool: JsonObject, path: string): ToolDefinition {
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

const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

function decodeReasoning(body: JsonObject, unmapped: Set<string>): ReasoningRequest | undefined {
  const config = optionalObject(body, 'output_config', '');
  const word = config && optionalString(config, 'effort', 'output_config');
  const effort = EFFORTS.find((known) => known === word);
  if (word !== undefined && effort === undefined) unmapped.add('output_config.effort');
  const said = effort === undefined ? undefined : { effort };
  const thinking = optionalObject(body, 'thinking', '');
  if (!thinking) return said;
  switch (readString(thinking, 'type', 'thinking')) {
    case 'disabled':
      return { effort: 'none' };
    case 'enabled': {
      const budgetTokens = optionalNumber(thinking, 'budget_tokens', 'thinking', { min: 1, integer: true });
      return { ...said, ...(budgetTokens !== undefined && { budgetTokens }) };
    }
    case 'adaptive':
      return { ...said };
    default:
      unmapped.add('thinking');
      return said;
  }
}

function decodeEndUser(body: JsonObject, unmapped: Set<string>): { endUser?: string } {
  const metadata = optionalObject(body, 'metadata', '');
  if (!metadata) return {};
  for (const name of Object.keys(metadata)) if (name !== 'user_id') unmapped.add(`metadata.${name}`);
  const endUser = optionalString(metadata, 'user_id', 'metadata');
  return endUser === undefined ? {} : { endUser };
}
