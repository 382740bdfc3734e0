import type { ToolChoice, ToolDefinition } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import {
  asObject,
  fieldPath,
  optionalObject,
  optionalString,
  optionalStringList,
  readString,
} from '../common/fields.ts';
import type { Unmapped } from '../common/unmapped.ts';
import { jsonSchemaOf } from './open-api-schema.ts';
import { camelFields, repeated } from './proto-fields.ts';
import { CALLING_FIELDS, DECLARATION_FIELDS, TOOL_CONFIG_FIELDS } from './request-fields.ts';

/** Most functions of one request. */
export const maxTools = 1024;

/** The functions of `tools`; searching, running code and the like exist at this vendor alone. */
export function decodeTools(body: JsonObject, unmapped: Unmapped): ToolDefinition[] {
  const tools: ToolDefinition[] = [];
  for (const [at, item] of (repeated(body, 'tools', '') ?? []).entries()) {
    const path = fieldPath('tools', at);
    const tool = camelFields(asObject(item, path));
    const list = repeated(tool, 'functionDeclarations', path) ?? [];
    for (const kind of Object.keys(tool)) {
      // An empty object switches such a tool on.
      if (kind !== 'functionDeclarations') unmapped.addBuiltInTool(kind, fieldPath(path, kind.slice(0, 60)));
    }
    for (const [number, declaration] of list.entries()) {
      const field = fieldPath(fieldPath(path, 'functionDeclarations'), number);
      tools.push(decodeDeclaration(camelFields(asObject(declaration, field)), field, unmapped));
    }
  }
  if (tools.length > maxTools) {
    throw new RequestError('tools', `tools must hold at most ${maxTools} functions, got ${tools.length}.`);
  }
  return tools;
}

/** What a function answers with is told for the model's understanding only, and no other dialect has a place for it. */
function decodeDeclaration(declaration: JsonObject, path: string, unmapped: Unmapped): ToolDefinition {
  const description = optionalString(declaration, 'description', path);
  unmapped.addByRules(declaration, DECLARATION_FIELDS, path);
  return {
    name: readString(declaration, 'name', path),
    ...(description !== undefined && { description }),
    parameters: decodeParameters(declaration, path),
  };
}

function decodeParameters(declaration: JsonObject, path: string): JsonObject {
  const { parameters, parametersJsonSchema } = declaration;
  if (isJsonObject(parametersJsonSchema)) return parametersJsonSchema;
  if (parameters === undefined || parameters === null) return { type: 'object', properties: {} };
  return jsonSchemaOf(parameters, fieldPath(path, 'parameters'));
}

/** `toolConfig`: which functions the model may, must or must not call. */
export function decodeToolChoice(body: JsonObject, unmapped: Unmapped): ToolChoice | undefined {
  const given = optionalObject(body, 'toolConfig', '');
  if (!given) return undefined;
  const config = camelFields(given);
  unmapped.addByRules(config, TOOL_CONFIG_FIELDS, 'toolConfig');
  const path = 'toolConfig.functionCallingConfig';
  const nested = optionalObject(config, 'functionCallingConfig', 'toolConfig');
  if (!nested) return undefined;
  const calling = camelFields(nested);
  unmapped.addByRules(calling, CALLING_FIELDS, path);
  return choiceOf(calling, path, unmapped);
}

/** In the order of their numbers. */
const MODES = ['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED'];

function choiceOf(calling: JsonObject, path: string, unmapped: Unmapped): ToolChoice | undefined {
  const allowed = optionalStringList(calling, 'allowedFunctionNames', path) ?? [];
  const mode = typeof calling.mode === 'number' ? MODES[calling.mode] : optionalString(calling, 'mode', path);
  switch ((mode ?? '').toUpperCase()) {
    case '':
    case 'MODE_UNSPECIFIED':
      return undefined;
    case 'VALIDATED':
      // Arguments that follow their schema are a promise that others make for some schemas alone.
      unmapped.add(fieldPath(path, 'mode'));
      return allowed.length > 0 ? { kind: 'allowed', names: allowed, required: false } : { kind: 'auto' };
    case 'AUTO':
      return { kind: 'auto' };
    case 'NONE':
      return { kind: 'none' };
    case 'ANY':
      return forced(allowed);
    default:
      throw new RequestError(fieldPath(path, 'mode'), `${path}.mode must be one of ${MODES.slice(1).join(', ')}.`);
  }
}

function forced(names: readonly string[]): ToolChoice {
  const [name, ...more] = names;
  if (name === undefined) return { kind: 'required' };
  return more.length > 0 ? { kind: 'allowed', names, required: true } : { kind: 'named', name };
}
