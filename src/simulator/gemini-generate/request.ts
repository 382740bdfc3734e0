import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Ask, AskedChoice, AskedOutput, AskedTool } from '../ask.ts';
import { type Incoming, refuse } from '../dialect-kit.ts';
import { estimateTokens } from '../pieces.ts';
import { asList, checkContents, checkPart, type GeminiTurn, partsText } from './contents.ts';
import { checkSchema, FIELDS, readObject } from './fields.ts';

const FUNCTION_NAME = /^[a-zA-Z_][\w.:-]{0,63}$/;

/** Reads a request by the rules of the generateContent API; throws `Refused`. */
export function readGeminiGenerate(incoming: Incoming): Ask {
  const { model, personality } = incoming;
  const body = readObject(incoming.body, FIELDS.request, '');
  const turns = checkContents(body.contents, personality === 'signed');
  const config =
    body.generationConfig === undefined
      ? {}
      : readObject(body.generationConfig, FIELDS.generationConfig, 'generation_config');
  checkNumbers(config);
  const tools = readTools(body.tools);
  const output = readOutput(config);
  if (tools.length > 0 && output.kind !== 'text' && personality !== 'signed') {
    refuse("Function calling with a response mime type: 'application/json' is unsupported");
  }
  return {
    model,
    personality,
    stream: incoming.streamPath,
    streamUsage: true,
    system: readSystem(body.systemInstruction),
    userText: lastUserText(turns),
    toolResults: readResults(turns.at(-1)),
    tools,
    choice: readChoice(body.toolConfig, tools),
    parallel: true,
    output,
    prefill: readPrefill(turns.at(-1), personality === 'terse' || personality === 'reasoner'),
    thinking: readThinking(config.thinkingConfig),
    ...(typeof config.maxOutputTokens === 'number' && { maxTokens: config.maxOutputTokens }),
    stop: Array.isArray(config.stopSequences) ? config.stopSequences.filter((item) => typeof item === 'string') : [],
    choices: 1,
    inputTokens: estimateTokens(incoming.bodyBytes),
  };
}

function checkNumbers(config: JsonObject): void {
  const { temperature, topP, maxOutputTokens, candidateCount, stopSequences } = config;
  if (temperature !== undefined && (typeof temperature !== 'number' || temperature < 0 || temperature > 2)) {
    refuse(
      `Unable to submit request because it has a temperature value of ${String(temperature)} but the supported range is from 0 (inclusive) to 2.0001 (exclusive).`,
    );
  }
  if (topP !== undefined && (typeof topP !== 'number' || topP < 0 || topP > 1)) {
    refuse(
      `Unable to submit request because it has a topP value of ${String(topP)} but the supported range is from 0 to 1.`,
    );
  }
  if (maxOutputTokens !== undefined && (typeof maxOutputTokens !== 'number' || maxOutputTokens < 1)) {
    refuse('* GenerateContentRequest.generation_config.max_output_tokens: max_output_tokens must be positive.');
  }
  if (candidateCount !== undefined && candidateCount !== 1) refuse('Multiple candidates is not enabled for this model');
  if (Array.isArray(stopSequences) && stopSequences.length > 5) {
    refuse('* GenerateContentRequest.generation_config.stop_sequences: at most 5 stop sequences are supported.');
  }
}

function readSystem(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  const content = readObject(value, FIELDS.content, 'system_instruction');
  return partsText(asList(content.parts).map((part, index) => checkPart(part, `system_instruction.parts[${index}]`)));
}

function readTools(value: JsonValue | undefined): AskedTool[] {
  return asList(value).flatMap((item, index) => {
    const tool = readObject(item, FIELDS.tool, `tools[${index}]`);
    const declarations = asList(tool.functionDeclarations);
    return declarations.map((one, number) => readDeclaration(one, `tools[${index}].function_declarations[${number}]`));
  });
}

function readDeclaration(value: JsonValue, at: string): AskedTool {
  const declaration = readObject(value, FIELDS.functionDeclaration, at);
  const { name, parameters, parametersJsonSchema } = declaration;
  if (typeof name !== 'string' || !FUNCTION_NAME.test(name)) {
    refuse(
      `* GenerateContentRequest.${at}.name: Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.`,
    );
  }
  if (parameters !== undefined && parametersJsonSchema !== undefined) {
    refuse(`* GenerateContentRequest.${at}: parameters and parameters_json_schema are mutually exclusive.`);
  }
  if (parameters !== undefined) checkSchema(parameters, `${at}.parameters`, `GenerateContentRequest.${at}.parameters`);
  const schema = parameters ?? parametersJsonSchema;
  return { name, parameters: isJsonObject(schema) ? schema : {} };
}

function readChoice(value: JsonValue | undefined, tools: readonly AskedTool[]): AskedChoice {
  if (value === undefined) return { kind: 'auto' };
  const config = readObject(value, FIELDS.toolConfig, 'tool_config');
  if (config.functionCallingConfig === undefined) return { kind: 'auto' };
  const calling = readObject(
    config.functionCallingConfig,
    FIELDS.functionCallingConfig,
    'tool_config.function_calling_config',
  );
  const mode = calling.mode ?? 'AUTO';
  const allowed = Array.isArray(calling.allowedFunctionNames) ? calling.allowedFunctionNames : [];
  if (allowed.length > 0 && mode !== 'ANY' && mode !== 'VALIDATED') {
    refuse(
      'Function calling config is set without function_calling_config.mode ANY, yet allowed_function_names is set.',
    );
  }
  const strange = allowed.find((name) => !tools.some((tool) => tool.name === name));
  if (strange !== undefined)
    refuse(`allowed_function_names contains a function that is not declared: ${String(strange)}`);
  switch (mode) {
    case 'AUTO':
    case 'VALIDATED':
    case 'MODE_UNSPECIFIED':
      return { kind: 'auto' };
    case 'NONE':
      return { kind: 'none' };
    case 'ANY': {
      if (tools.length === 0) refuse('Function calling config is set without function_declarations.');
      const [only] = allowed;
      return allowed.length === 1 && typeof only === 'string' ? { kind: 'named', name: only } : { kind: 'required' };
    }
    default:
      return refuse(`Invalid value at 'tool_config.function_calling_config.mode', ${JSON.stringify(mode)}`);
  }
}

function readOutput(config: JsonObject): AskedOutput {
  const { responseMimeType: mime, responseSchema, responseJsonSchema } = config;
  if (responseSchema !== undefined && responseJsonSchema !== undefined) {
    refuse(
      '* GenerateContentRequest.generation_config: response_schema and response_json_schema are mutually exclusive.',
    );
  }
  const schema = responseSchema ?? responseJsonSchema;
  if (schema !== undefined && mime !== 'application/json' && mime !== 'text/x.enum') {
    refuse(
      "* GenerateContentRequest.generation_config.response_mime_type: must be 'application/json' where a response schema is set.",
    );
  }
  if (responseSchema !== undefined) {
    checkSchema(
      responseSchema,
      'generation_config.response_schema',
      'GenerateContentRequest.generation_config.response_schema',
    );
  }
  if (isJsonObject(schema)) return { kind: 'schema', schema };
  if (mime === undefined || mime === 'text/plain') return { kind: 'text' };
  if (mime !== 'application/json') {
    refuse(
      `* GenerateContentRequest.generation_config.response_mime_type: allowed mimetypes are \`text/plain\`, \`application/json\`, \`application/xml\`, \`application/yaml\` and \`text/x.enum\`.`,
    );
  }
  return { kind: 'json' };
}

function readThinking(value: JsonValue | undefined): Ask['thinking'] {
  if (value === undefined) return 'none';
  const config = readObject(value, FIELDS.thinkingConfig, 'generation_config.thinking_config');
  if (config.thinkingBudget === 0) return 'none';
  return config.includeThoughts === true ? 'shown' : 'hidden';
}

function lastUserText(turns: readonly GeminiTurn[]): string {
  return partsText(turns.findLast((turn) => turn.role === 'user' && partsText(turn.parts) !== '')?.parts ?? []);
}

function readResults(last: GeminiTurn | undefined): Ask['toolResults'] {
  const responses = (last?.parts ?? []).map((part) => part.functionResponse).filter(isJsonObject);
  return responses.map(({ name, response }) => ({ name: String(name), text: resultText(response) }));
}

/** `output` and `result` are the keys that the documentation names for a plain result. */
function resultText(response: JsonValue | undefined): string {
  if (!isJsonObject(response)) return '';
  const plain = response.output ?? response.result;
  return typeof plain === 'string' ? plain : JSON.stringify(plain ?? response);
}

function readPrefill(last: GeminiTurn | undefined, refuses: boolean): string {
  if (last?.role !== 'model') return '';
  if (refuses) refuse('Please ensure that single turn requests end with a user role or the role field is empty.');
  return partsText(last.parts);
}
