import type {
  ChatRequest,
  OutputFormat,
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
  quoted,
  readArray,
  readObject,
  readString,
} from '../common/fields.ts';
import { allowedNames, decodeAccount, decodeVerbosity } from '../common/openai-account.ts';
import { decodeTextTool } from '../common/text-tools.ts';
import { Unmapped } from '../common/unmapped.ts';
import { decodeMessages } from './decode-messages.ts';
import { decodeLogprobs, decodeReasoning } from './decode-reasoning.ts';
import {
  BODY_FIELDS,
  FUNCTION_FIELDS,
  STREAM_OPTION_FIELDS,
  TEXT_TOOL_FIELDS,
  TEXT_TOOL_INNER_FIELDS,
  TOOL_FIELDS,
} from './request-fields.ts';

/** Most alternative answers; OpenAI's own limit. */
const MAX_CHOICES = 128;

/** Reads a chat completions request. Throws `RequestError`, which names the field. */
export function decodeRequest(body: JsonObject, options: RequestOptions): ChatRequest {
  const { understudy: _, ...original } = body;
  const unmapped = new Unmapped('openai-chat');
  unmapped.addByRules(original, BODY_FIELDS, '');
  const written = readArray(original, 'messages', '');
  // A prompt may hold all that is said.
  const messages = written.length === 0 && options.prompt ? [] : decodeMessages(written, unmapped);
  const parallelToolCalls = optionalBoolean(original, 'parallel_tool_calls', '');
  const toolChoice = decodeToolChoice(original, unmapped);
  const reasoning = decodeReasoning(original, unmapped);
  const maxOutputTokens = decodeMaxTokens(original);
  return {
    dialect: 'openai-chat',
    model: decodeModel(original),
    messages,
    tools: [...decodeTools(original, unmapped), ...decodeFunctions(original, unmapped)],
    ...(toolChoice && { toolChoice }),
    ...(parallelToolCalls !== undefined && { parallelToolCalls }),
    output: decodeOutput(original, unmapped),
    ...(reasoning && { reasoning }),
    sampling: decodeSampling(original),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    stop: decodeStop(original),
    stream: optionalBoolean(original, 'stream', '') ?? false,
    streamUsage: decodeStreamUsage(original, unmapped),
    choices: decodeChoices(original, unmapped),
    ...decodeLogprobs(original),
    ...decodeVerbosity(original, '', unmapped),
    ...decodeAccount(original, unmapped),
    options,
    original,
    unmapped: unmapped.fields(),
    requires: unmapped.requires(),
    conversationEdited: false,
  };
}

/** A caller that reads the second answer cannot be given one. */
function decodeChoices(body: JsonObject, unmapped: Unmapped): number {
  const choices = optionalNumber(body, 'n', '', { min: 1, max: MAX_CHOICES, integer: true }) ?? 1;
  if (choices > 1) unmapped.require({ kind: 'ability', ability: 'several-answers', field: 'n' });
  return choices;
}

function decodeModel(body: JsonObject): string {
  const model = readString(body, 'model', '');
  if (model.trim() === '') throw new RequestError('model', 'model must not be empty.');
  return model;
}

function decodeTools(body: JsonObject, unmapped: Unmapped): ToolDefinition[] {
  const tools: ToolDefinition[] = [];
  for (const [at, item] of (optionalArray(body, 'tools', '') ?? []).entries()) {
    const path = fieldPath('tools', at);
    const tool = asObject(item, path);
    const type = optionalString(tool, 'type', path) ?? 'function';
    if (type === 'function') {
      unmapped.addByRules(tool, TOOL_FIELDS, path);
      tools.push(decodeFunction(readObject(tool, 'function', path), fieldPath(path, 'function'), unmapped));
    } else if (type === 'custom') {
      unmapped.addByRules(tool, TEXT_TOOL_FIELDS, path);
      tools.push(decodeText(readObject(tool, 'custom', path), fieldPath(path, 'custom'), unmapped));
      // Tools that the provider runs itself.
    } else unmapped.addBuiltInTool(type, path);
  }
  return tools;
}

function decodeText(tool: JsonObject, path: string, unmapped: Unmapped): ToolDefinition {
  unmapped.addByRules(tool, TEXT_TOOL_INNER_FIELDS, path);
  return decodeTextTool(tool, path, unmapped);
}

function decodeFunctions(body: JsonObject, unmapped: Unmapped): ToolDefinition[] {
  const list = optionalArray(body, 'functions', '') ?? [];
  return list.map((item, at) => {
    const path = fieldPath('functions', at);
    return decodeFunction(asObject(item, path), path, unmapped);
  });
}

function decodeFunction(fn: JsonObject, path: string, unmapped: Unmapped): ToolDefinition {
  unmapped.addByRules(fn, FUNCTION_FIELDS, path);
  const name = readString(fn, 'name', path);
  if (name === '') throw new RequestError(fieldPath(path, 'name'), `${fieldPath(path, 'name')} must not be empty.`);
  const description = optionalString(fn, 'description', path);
  const strict = optionalBoolean(fn, 'strict', path);
  return {
    name,
    ...(description !== undefined && { description }),
    // "Omitting parameters defines a function with an empty parameter list."
    parameters: optionalObject(fn, 'parameters', path) ?? { type: 'object', properties: {} },
    ...(strict !== undefined && { strict }),
  };
}

function decodeToolChoice(body: JsonObject, unmapped: Unmapped): ToolChoice | undefined {
  const choice = body.tool_choice ?? undefined;
  if (choice === undefined) return decodeFunctionCall(body);
  if (typeof choice === 'string') {
    if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice };
    // Mistral's word for it.
    if (choice === 'any') return { kind: 'required' };
    throw new RequestError(
      'tool_choice',
      `tool_choice must be auto, none, required or an object, got ${quoted(choice)}.`,
    );
  }
  const named = asObject(choice, 'tool_choice');
  const type = optionalString(named, 'type', 'tool_choice') ?? 'function';
  if (type === 'function' || type === 'custom') {
    return { kind: 'named', name: readString(readObject(named, type, 'tool_choice'), 'name', `tool_choice.${type}`) };
  }
  if (type === 'allowed_tools') return decodeAllowed(named, unmapped);
  unmapped.add('tool_choice');
  return undefined;
}

function decodeAllowed(choice: JsonObject, unmapped: Unmapped): ToolChoice | undefined {
  const path = 'tool_choice.allowed_tools';
  const allowed = readObject(choice, 'allowed_tools', 'tool_choice');
  const names = allowedNames(readArray(allowed, 'tools', path), ({ function: fn, custom }) => {
    const named = fn ?? custom;
    return isJsonObject(named) ? named.name : undefined;
  });
  if (names.length > 0) return { kind: 'allowed', names, required: allowed.mode === 'required' };
  unmapped.add('tool_choice');
  return undefined;
}

/** The form before `tool_choice`: `none`, `auto` or `{name}`. */
function decodeFunctionCall(body: JsonObject): ToolChoice | undefined {
  const call = body.function_call ?? undefined;
  if (call === undefined) return undefined;
  if (call === 'auto' || call === 'none') return { kind: call };
  if (typeof call === 'string') {
    throw new RequestError('function_call', `function_call must be auto, none or an object, got ${quoted(call)}.`);
  }
  return { kind: 'named', name: readString(asObject(call, 'function_call'), 'name', 'function_call') };
}

function decodeOutput(body: JsonObject, unmapped: Unmapped): OutputFormat {
  const format = optionalObject(body, 'response_format', '');
  if (format === undefined) return { kind: 'text' };
  const type = readString(format, 'type', 'response_format');
  switch (type) {
    case 'text':
      return { kind: 'text' };
    case 'json_object':
      return { kind: 'json' };
    case 'json_schema':
      return decodeSchema(readObject(format, 'json_schema', 'response_format'));
    default:
      unmapped.add('response_format');
      return { kind: 'text' };
  }
}

function decodeSchema(wire: JsonObject): OutputFormat {
  const path = 'response_format.json_schema';
  return {
    kind: 'json-schema',
    name: optionalString(wire, 'name', path) ?? 'answer',
    schema: readObject(wire, 'schema', path),
    strict: optionalBoolean(wire, 'strict', path) ?? false,
  };
}

/** Upper bounds differ between providers, which say so themselves. */
function decodeSampling(body: JsonObject): Sampling {
  const temperature = optionalNumber(body, 'temperature', '', { min: 0 });
  const topP = optionalNumber(body, 'top_p', '', { min: 0, max: 1 });
  const topK = optionalNumber(body, 'top_k', '', { integer: true });
  const frequencyPenalty = optionalNumber(body, 'frequency_penalty', '', { min: -2, max: 2 });
  const presencePenalty = optionalNumber(body, 'presence_penalty', '', { min: -2, max: 2 });
  // Mistral's name for it.
  const seed =
    optionalNumber(body, 'seed', '', { integer: true }) ?? optionalNumber(body, 'random_seed', '', { integer: true });
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(frequencyPenalty !== undefined && { frequencyPenalty }),
    ...(presencePenalty !== undefined && { presencePenalty }),
    ...(seed !== undefined && { seed }),
  };
}

function decodeMaxTokens(body: JsonObject): number | undefined {
  const rule = { min: 1, integer: true };
  const newer = optionalNumber(body, 'max_completion_tokens', '', rule);
  const older = optionalNumber(body, 'max_tokens', '', rule);
  return newer ?? older;
}

function decodeStop(body: JsonObject): string[] {
  const stop: JsonValue | undefined = body.stop;
  if (typeof stop === 'string') return [stop];
  return optionalStringList(body, 'stop', '') ?? [];
}

function decodeStreamUsage(body: JsonObject, unmapped: Unmapped): boolean {
  const options = optionalObject(body, 'stream_options', '');
  if (options === undefined) return false;
  unmapped.addByRules(options, STREAM_OPTION_FIELDS, 'stream_options');
  return optionalBoolean(options, 'include_usage', 'stream_options') ?? false;
}
