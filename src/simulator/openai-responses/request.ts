import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Ask, AskedChoice, AskedOutput, AskedTool } from '../ask.ts';
import { type Incoming, refuse } from '../dialect-kit.ts';
import { readDirectives } from '../directive.ts';
import { checkStrictSchema } from '../openai-chat/strict-schema.ts';
import { checkName, textTool } from '../openai-chat/text-tool.ts';
import { estimateTokens } from '../pieces.ts';
import { checkInput, isCall, isOutput, itemText } from './items.ts';

/** Fields of `POST /responses` in the API reference. */
const KNOWN_FIELDS = new Set(
  `background context_management conversation include input instructions max_output_tokens max_tool_calls metadata
  model parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_retention reasoning
  safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p
  truncation user`.split(/\s+/),
);

/** The API counts on at least this many. */
const LEAST_OUTPUT_TOKENS = 16;

/** Reads a request by the rules of the Responses API; throws `Refused`. */
export function readOpenaiResponses(incoming: Incoming): Ask {
  const { body, model, personality } = incoming;
  checkFields(body);
  const items = checkInput(body.input);
  checkNumbers(body, personality === 'reasoner');
  const tools = readTools(body);
  const userText = lastUserText(items);
  const asked = readDirectives(userText).reason || summarises(body);
  return {
    model,
    personality,
    stream: body.stream === true,
    streamUsage: true,
    system: systemText(body, items),
    userText,
    toolResults: lastResults(items),
    tools,
    choice: readChoice(body, tools),
    parallel: body.parallel_tool_calls !== false,
    output: readOutput(body, items),
    prefill: '',
    thinking: asked ? 'shown' : thinks(body, personality) ? 'hidden' : 'none',
    sealedReasoning: Array.isArray(body.include) && body.include.includes('reasoning.encrypted_content'),
    ...(typeof body.max_output_tokens === 'number' && { maxTokens: body.max_output_tokens }),
    stop: [],
    choices: 1,
    inputTokens: estimateTokens(incoming.bodyBytes),
  };
}

function summarises(body: JsonObject): boolean {
  const summary = isJsonObject(body.reasoning) ? body.reasoning.summary : undefined;
  return summary !== undefined && summary !== null;
}

function thinks(body: JsonObject, personality: string): boolean {
  const effort = isJsonObject(body.reasoning) ? body.reasoning.effort : undefined;
  return effort === undefined || effort === null ? personality === 'reasoner' : effort !== 'none';
}

function checkFields(body: JsonObject): void {
  for (const field of Object.keys(body)) {
    if (!KNOWN_FIELDS.has(field)) refuse(`Unknown parameter: '${field}'.`, field, 'unknown_parameter');
  }
  if (typeof body.previous_response_id === 'string') {
    const message = `Previous response with id '${body.previous_response_id}' not found.`;
    refuse(message, 'previous_response_id', 'previous_response_not_found');
  }
  if (body.conversation !== undefined && body.conversation !== null)
    refuse('Conversation not found.', 'conversation', 'not_found');
}

function checkNumbers(body: JsonObject, reasoner: boolean): void {
  const { max_output_tokens: most } = body;
  if (typeof most === 'number' && most < LEAST_OUTPUT_TOKENS) {
    refuse(
      `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= ${LEAST_OUTPUT_TOKENS}, but got ${most} instead.`,
      'max_output_tokens',
      'integer_below_min_value',
    );
  }
  for (const field of ['temperature', 'top_p']) {
    const value = body[field];
    if (reasoner && typeof value === 'number')
      refuse(`Unsupported parameter: '${field}' is not supported with this model.`, field, 'unsupported_parameter');
  }
}

function readTools(body: JsonObject): AskedTool[] {
  if (body.tools === undefined || body.tools === null) return [];
  if (!Array.isArray(body.tools)) refuse("Invalid type for 'tools': expected an array.", 'tools', 'invalid_type');
  return body.tools.map((tool, index) => readTool(tool, `tools[${index}]`));
}

function readTool(tool: JsonValue, at: string): AskedTool {
  if (!isJsonObject(tool)) refuse(`Invalid type for '${at}': expected an object.`, at, 'invalid_type');
  if (tool.type === 'custom') return textTool(tool, tool.format, at);
  if (tool.type !== 'function') {
    refuse(
      `Invalid value: '${String(tool.type)}'. The simulator plays tools of type 'function' and 'custom'.`,
      `${at}.type`,
      'invalid_value',
    );
  }
  const name = checkName(tool.name, `${at}.name`);
  const parameters = tool.parameters ?? {};
  if (!isJsonObject(parameters)) refuse(`Invalid type for '${at}.parameters': expected an object.`, at, 'invalid_type');
  if (tool.strict === true)
    checkStrictSchema(parameters, `function '${name}'`, `${at}.parameters`, 'invalid_function_parameters');
  return { name, parameters };
}

function readChoice(body: JsonObject, tools: readonly AskedTool[]): AskedChoice {
  const choice = body.tool_choice;
  if (choice === undefined || choice === null || choice === 'auto') return { kind: 'auto' };
  if (choice === 'none') return { kind: 'none' };
  if (choice === 'required') return { kind: 'required' };
  const { type, name } = isJsonObject(choice) ? choice : {};
  if (typeof name !== 'string' || (type !== 'function' && type !== 'custom'))
    refuse("Invalid value for 'tool_choice': the simulator plays named tools.", 'tool_choice', 'invalid_value');
  if (!tools.some((tool) => tool.name === name && (tool.isText ?? false) === (type === 'custom')))
    refuse(`Tool choice '${type}' not found in 'tools' parameter.`, 'tool_choice');
  return { kind: 'named', name };
}

function readOutput(body: JsonObject, items: readonly JsonObject[]): AskedOutput {
  const format = isJsonObject(body.text) ? body.text.format : undefined;
  if (!isJsonObject(format) || format.type === 'text') return { kind: 'text' };
  if (format.type === 'json_object') {
    const said = [typeof body.instructions === 'string' ? body.instructions : '', ...items.map(itemText)];
    if (!said.some((text) => /json/i.test(text))) {
      refuse(
        "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
        'input',
      );
    }
    return { kind: 'json' };
  }
  const name = checkName(format.name, 'text.format.name');
  if (!isJsonObject(format.schema))
    refuse("Missing required parameter: 'text.format.schema'.", 'text.format', 'missing_required_parameter');
  if (format.strict === true) checkStrictSchema(format.schema, `response_format '${name}'`, 'text.format.schema');
  return { kind: 'schema', schema: format.schema };
}

function lastUserText(items: readonly JsonObject[]): string {
  const last = items.findLast((item) => item.role === 'user');
  return last ? itemText(last) : '';
}

function systemText(body: JsonObject, items: readonly JsonObject[]): string {
  const told = items.filter((item) => item.role === 'system' || item.role === 'developer').map(itemText);
  return [...(typeof body.instructions === 'string' ? [body.instructions] : []), ...told].join('\n');
}

function lastResults(items: readonly JsonObject[]): Ask['toolResults'] {
  const start = items.findLastIndex((item) => !isOutput(item)) + 1;
  const calls = items.filter(isCall);
  return items.slice(start).map((item) => {
    const call = calls.find((one) => one.call_id === item.call_id);
    return { name: typeof call?.name === 'string' ? call.name : 'tool', text: itemText(item) };
  });
}
