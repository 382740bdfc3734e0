import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Ask, AskedChoice, AskedOutput, AskedTool } from '../ask.ts';
import { type Incoming, refuse } from '../dialect-kit.ts';
import { readDirectives } from '../directive.ts';
import { estimateTokens } from '../pieces.ts';
import { checkMessages, messageText } from './messages.ts';
import { checkStrictSchema } from './strict-schema.ts';
import { checkName, textTool } from './text-tool.ts';

/** Fields of `POST /chat/completions` in the API reference, the older ones included. */
const KNOWN_FIELDS = new Set(
  `messages model audio frequency_penalty logit_bias logprobs max_completion_tokens max_tokens metadata modalities
  moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_retention reasoning_effort
  response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools
  top_logprobs top_p user verbosity web_search_options`.split(/\s+/),
);

/** Reads a request by the rules of the Chat Completions API; throws `Refused`. */
export function readOpenaiChat(incoming: Incoming): Ask {
  const { body, model, personality } = incoming;
  checkFields(body);
  const messages = checkMessages(body.messages);
  checkNumbers(body, personality === 'reasoner');
  const tools = readTools(body);
  const output = readOutput(body, messages);
  const stream = body.stream === true;
  const streamOptions = isJsonObject(body.stream_options) ? body.stream_options : undefined;
  if (streamOptions && !stream) {
    refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options');
  }
  const userText = lastUserText(messages);
  const maxTokens = body.max_completion_tokens ?? body.max_tokens;
  return {
    model,
    personality,
    stream,
    streamUsage: streamOptions?.include_usage === true,
    system: systemText(messages),
    userText,
    toolResults: lastResults(messages),
    tools,
    choice: readChoice(body, tools),
    parallel: body.parallel_tool_calls !== false,
    output,
    prefill: readPrefill(messages, personality === 'terse' || personality === 'reasoner'),
    thinking: readDirectives(userText).reason ? 'shown' : thinks(body, personality) ? 'hidden' : 'none',
    ...(typeof maxTokens === 'number' && { maxTokens }),
    stop: typeof body.stop === 'string' ? [body.stop] : strings(body.stop),
    choices: typeof body.n === 'number' ? body.n : 1,
    inputTokens: estimateTokens(incoming.bodyBytes),
  };
}

function thinks(body: JsonObject, personality: string): boolean {
  const effort = body.reasoning_effort;
  return effort === undefined || effort === null ? personality === 'reasoner' : effort !== 'none';
}

function checkFields(body: JsonObject): void {
  for (const field of Object.keys(body)) {
    if (!KNOWN_FIELDS.has(field)) refuse(`Unknown parameter: '${field}'.`, field, 'unknown_parameter');
  }
}

function checkNumbers(body: JsonObject, reasoner: boolean): void {
  if (reasoner) checkReasoner(body);
  checkRange(body, 'temperature', 0, 2);
  checkRange(body, 'top_p', 0, 1);
  checkRange(body, 'presence_penalty', -2, 2);
  checkRange(body, 'frequency_penalty', -2, 2);
  checkWhole(body, 'max_tokens', 1, 1_000_000_000);
  checkWhole(body, 'max_completion_tokens', 1, 1_000_000_000);
  checkWhole(body, 'n', 1, 128);
  if (typeof body.max_tokens === 'number' && typeof body.max_completion_tokens === 'number') {
    refuse("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.", 'max_tokens');
  }
  const stop = body.stop;
  if (Array.isArray(stop) && stop.length > 4) {
    refuse(
      "Invalid 'stop': array too long. Expected an array with maximum length 4.",
      'stop',
      'array_above_max_length',
    );
  }
}

/** Reasoning models answer 400 to the old limit and to sampling. */
function checkReasoner(body: JsonObject): void {
  if (typeof body.max_tokens === 'number') {
    refuse(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      'max_tokens',
      'unsupported_parameter',
    );
  }
  for (const field of ['temperature', 'top_p']) {
    const value = body[field];
    if (typeof value === 'number' && value !== 1) {
      refuse(
        `Unsupported value: '${field}' does not support ${value} with this model. Only the default (1) value is supported.`,
        field,
        'unsupported_value',
      );
    }
  }
}

function checkRange(body: JsonObject, field: string, least: number, most: number): void {
  const value = body[field];
  if (value === undefined || value === null) return;
  if (typeof value !== 'number') refuse(`Invalid type for '${field}': expected a decimal.`, field, 'invalid_type');
  if (value > most) {
    refuse(
      `Invalid '${field}': decimal above maximum value. Expected a value <= ${most}, but got ${value} instead.`,
      field,
      'decimal_above_max_value',
    );
  }
  if (value < least) {
    refuse(
      `Invalid '${field}': decimal below minimum value. Expected a value >= ${least}, but got ${value} instead.`,
      field,
      'decimal_below_min_value',
    );
  }
}

function checkWhole(body: JsonObject, field: string, least: number, most: number): void {
  const value = body[field];
  if (value === undefined || value === null) return;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    refuse(`Invalid type for '${field}': expected an integer.`, field, 'invalid_type');
  }
  if (value < least || value > most) {
    refuse(`Invalid '${field}': integer out of range. Expected ${least} to ${most}, but got ${value} instead.`, field);
  }
}

function readTools(body: JsonObject): AskedTool[] {
  if (body.tools === undefined || body.tools === null) {
    for (const field of ['tool_choice', 'parallel_tool_calls']) {
      if (body[field] !== undefined && body[field] !== null && body[field] !== 'none') {
        refuse(`Invalid value for '${field}': '${field}' is only allowed when 'tools' are specified.`, field);
      }
    }
    return [];
  }
  if (!Array.isArray(body.tools)) refuse("Invalid type for 'tools': expected an array.", 'tools', 'invalid_type');
  if (body.tools.length === 0) {
    refuse("Invalid 'tools': empty array. Expected an array with minimum length 1.", 'tools', 'empty_array');
  }
  return body.tools.map((tool, index) => readTool(tool, `tools[${index}]`));
}

function readTool(tool: JsonValue, at: string): AskedTool {
  if (!isJsonObject(tool)) refuse(`Invalid type for '${at}': expected an object.`, at, 'invalid_type');
  if (tool.type === 'custom') {
    if (!isJsonObject(tool.custom))
      refuse(`Missing required parameter: '${at}.custom'.`, `${at}.custom`, 'missing_required_parameter');
    const { format } = tool.custom;
    const grammar = isJsonObject(format) ? format.grammar : undefined;
    return textTool(tool.custom, isJsonObject(grammar) ? { type: 'grammar', ...grammar } : format, `${at}.custom`);
  }
  if (tool.type !== 'function') {
    refuse(
      `Invalid value: '${String(tool.type)}'. The simulator plays tools of type 'function' and 'custom'.`,
      `${at}.type`,
      'invalid_value',
    );
  }
  const fn = tool.function;
  if (!isJsonObject(fn))
    refuse(`Missing required parameter: '${at}.function'.`, `${at}.function`, 'missing_required_parameter');
  const name = checkName(fn.name, `${at}.function.name`);
  const parameters = fn.parameters ?? {};
  if (!isJsonObject(parameters))
    refuse(`Invalid type for '${at}.function.parameters': expected an object.`, at, 'invalid_type');
  const label = `function '${name}'`;
  if (Object.keys(parameters).length > 0 && parameters.type !== 'object') {
    refuse(
      `Invalid schema for ${label}: schema must be a JSON Schema of 'type: "object"', got 'type: "${String(parameters.type ?? 'None')}"'.`,
      `${at}.function.parameters`,
      'invalid_function_parameters',
    );
  }
  if (fn.strict === true)
    checkStrictSchema(parameters, label, `${at}.function.parameters`, 'invalid_function_parameters');
  return { name, parameters };
}

function readChoice(body: JsonObject, tools: readonly AskedTool[]): AskedChoice {
  const choice = body.tool_choice;
  if (choice === undefined || choice === null || choice === 'auto') return { kind: 'auto' };
  if (choice === 'none') return { kind: 'none' };
  if (choice === 'required') return { kind: 'required' };
  const type =
    isJsonObject(choice) && (choice.type === 'function' || choice.type === 'custom') ? choice.type : undefined;
  const chosen = isJsonObject(choice) && type !== undefined ? choice[type] : undefined;
  const name = isJsonObject(chosen) ? chosen.name : undefined;
  if (typeof name !== 'string') {
    refuse(
      "Invalid value for 'tool_choice': expected 'none', 'auto', 'required' or a function.",
      'tool_choice',
      'invalid_value',
    );
  }
  if (!tools.some((tool) => tool.name === name && (tool.isText ?? false) === (type === 'custom'))) {
    refuse(`Invalid value for 'tool_choice': ${type} '${name}' not found in 'tools' parameter.`, 'tool_choice');
  }
  return { kind: 'named', name };
}

function readOutput(body: JsonObject, messages: readonly JsonObject[]): AskedOutput {
  const format = body.response_format;
  if (format === undefined || format === null) return { kind: 'text' };
  const type = isJsonObject(format) ? format.type : undefined;
  if (!isJsonObject(format) || type === 'text') return { kind: 'text' };
  if (type === 'json_object') {
    if (!messages.some((message) => /json/i.test(messageText(message)))) {
      refuse(
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
        'messages',
      );
    }
    return { kind: 'json' };
  }
  const spec = type === 'json_schema' ? format.json_schema : undefined;
  if (!isJsonObject(spec)) {
    refuse(
      "Missing required parameter: 'response_format.json_schema'.",
      'response_format.json_schema',
      'missing_required_parameter',
    );
  }
  const name = checkName(spec.name, 'response_format.json_schema.name');
  if (!isJsonObject(spec.schema)) {
    refuse(
      "Missing required parameter: 'response_format.json_schema.schema'.",
      'response_format',
      'missing_required_parameter',
    );
  }
  if (spec.strict === true) checkStrictSchema(spec.schema, `response_format '${name}'`, 'response_format');
  return { kind: 'schema', schema: spec.schema };
}

function lastUserText(messages: readonly JsonObject[]): string {
  const last = messages.findLast((message) => message.role === 'user');
  return last ? messageText(last) : '';
}

function systemText(messages: readonly JsonObject[]): string {
  const told = messages.filter((message) => message.role === 'system' || message.role === 'developer');
  return told.map(messageText).join('\n');
}

function lastResults(messages: readonly JsonObject[]): Ask['toolResults'] {
  const start = messages.findLastIndex((message) => message.role !== 'tool') + 1;
  const asked = messages[start - 1]?.tool_calls;
  const calls = Array.isArray(asked) ? asked.filter(isJsonObject) : [];
  return messages.slice(start).map((message) => {
    const call = calls.find((one) => one.id === message.tool_call_id);
    const called = call?.function ?? call?.custom;
    const name = isJsonObject(called) ? called.name : undefined;
    return { name: typeof name === 'string' ? name : 'tool', text: messageText(message) };
  });
}

/** OpenAI itself answers a last assistant message anew; hosts that continue it want `prefix: true` (Mistral, DeepSeek). */
function readPrefill(messages: readonly JsonObject[], refuses: boolean): string {
  const last = messages.at(-1);
  if (last?.role !== 'assistant' || last.prefix !== true) return '';
  if (refuses)
    refuse('This model does not continue a prefix.', `messages[${messages.length - 1}].prefix`, 'unsupported_value');
  return messageText(last);
}

function strings(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
