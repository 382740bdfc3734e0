import type { OutputFormat, ToolChoice, ToolDefinition } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import {
  asObject,
  fieldPath,
  optionalArray,
  optionalBoolean,
  optionalObject,
  optionalString,
  quoted,
  readArray,
  readObject,
  readString,
} from '../common/fields.ts';
import { allowedNames } from '../common/openai-account.ts';
import { decodeTextTool } from '../common/text-tools.ts';
import type { Unmapped } from '../common/unmapped.ts';
import { FUNCTION_FIELDS, TEXT_FIELDS, TEXT_TOOL_FIELDS } from './request-fields.ts';

/** Functions and tools of free text. Tools that the provider runs itself and namespaces have no neutral meaning. */
export function decodeTools(body: JsonObject, unmapped: Unmapped): ToolDefinition[] {
  const tools: ToolDefinition[] = [];
  for (const [at, item] of (optionalArray(body, 'tools', '') ?? []).entries()) {
    const path = fieldPath('tools', at);
    const tool = asObject(item, path);
    const type = readString(tool, 'type', path);
    if (type === 'function') tools.push(decodeFunction(tool, path, unmapped));
    else if (type === 'custom') tools.push(decodeText(tool, path, unmapped));
    else unmapped.addBuiltInTool(type, path);
  }
  return tools;
}

/** What `additional_tools` items of the input add to those of the body. */
export function decodeAdditionalTools(body: JsonObject, unmapped: Unmapped): ToolDefinition[] {
  if (!Array.isArray(body.input)) return [];
  const tools: ToolDefinition[] = [];
  for (const [at, item] of body.input.entries()) {
    if (!isJsonObject(item) || item.type !== 'additional_tools') continue;
    const path = fieldPath('input', at);
    for (const [place, tool] of (optionalArray(item, 'tools', path) ?? []).entries()) {
      if (!isJsonObject(tool)) continue;
      const field = fieldPath(fieldPath(path, 'tools'), place);
      if (tool.type === 'function') tools.push(decodeFunction(tool, field, unmapped));
      else if (tool.type === 'custom') tools.push(decodeText(tool, field, unmapped));
    }
  }
  return tools;
}

function decodeFunction(tool: JsonObject, path: string, unmapped: Unmapped): ToolDefinition {
  unmapped.addByRules(tool, FUNCTION_FIELDS, path);
  const name = readString(tool, 'name', path);
  if (name === '') throw new RequestError(fieldPath(path, 'name'), `${fieldPath(path, 'name')} must not be empty.`);
  const description = optionalString(tool, 'description', path);
  const strict = optionalBoolean(tool, 'strict', path);
  return {
    name,
    ...(description !== undefined && { description }),
    parameters: optionalObject(tool, 'parameters', path) ?? { type: 'object', properties: {} },
    ...(strict !== undefined && { strict }),
  };
}

function decodeText(tool: JsonObject, path: string, unmapped: Unmapped): ToolDefinition {
  unmapped.addByRules(tool, TEXT_TOOL_FIELDS, path);
  return decodeTextTool(tool, path, unmapped);
}

export function decodeToolChoice(body: JsonObject, unmapped: Unmapped): ToolChoice | undefined {
  const choice = body.tool_choice ?? undefined;
  if (choice === undefined) return undefined;
  if (typeof choice === 'string') {
    if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice };
    throw new RequestError(
      'tool_choice',
      `tool_choice must be auto, none, required or an object, got ${quoted(choice)}.`,
    );
  }
  const named = asObject(choice, 'tool_choice');
  const type = readString(named, 'type', 'tool_choice');
  if (type === 'function' || type === 'custom')
    return { kind: 'named', name: readString(named, 'name', 'tool_choice') };
  if (type === 'allowed_tools') {
    const names = allowedNames(readArray(named, 'tools', 'tool_choice'), (tool) => tool.name);
    if (names.length > 0) return { kind: 'allowed', names, required: named.mode === 'required' };
  }
  unmapped.add('tool_choice');
  return undefined;
}

/** `text.format`. */
export function decodeOutput(body: JsonObject, unmapped: Unmapped): OutputFormat {
  const text = optionalObject(body, 'text', '');
  if (text === undefined) return { kind: 'text' };
  unmapped.addByRules(text, TEXT_FIELDS, 'text');
  const format = optionalObject(text, 'format', 'text');
  if (format === undefined) return { kind: 'text' };
  const path = 'text.format';
  switch (readString(format, 'type', path)) {
    case 'text':
      return { kind: 'text' };
    case 'json_object':
      return { kind: 'json' };
    case 'json_schema':
      return {
        kind: 'json-schema',
        name: optionalString(format, 'name', path) ?? 'answer',
        schema: readObject(format, 'schema', path),
        strict: optionalBoolean(format, 'strict', path) ?? false,
      };
    default:
      unmapped.add(path);
      return { kind: 'text' };
  }
}
