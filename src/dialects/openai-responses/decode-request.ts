import type { ChatRequest, ReasoningRequest, RequestOptions, Sampling } from '../../model/chat-request.ts';
import type { Message } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import {
  fieldPath,
  optionalBoolean,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStringList,
  readString,
} from '../common/fields.ts';
import { Unmapped } from '../common/unmapped.ts';
import { decodeInput } from './decode-input.ts';
import { decodeAdditionalTools, decodeOutput, decodeToolChoice, decodeTools } from './decode-tools.ts';

/** Top-level fields with a neutral meaning, and those that are looked at below. */
const MAPPED = new Set([
  'model',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'temperature',
  'top_p',
  'max_output_tokens',
  'stream',
  'stream_options',
  'user',
  'include',
  'store',
  'truncation',
  'background',
]);

/** Asks for something that a provider keeps. It would be lost with the provider, so it is refused rather than half kept. */
const STATEFUL: Readonly<Record<string, string>> = {
  previous_response_id: 'the gateway keeps no responses; send the whole conversation as input',
  conversation: 'the gateway keeps no conversations; send the whole conversation as input',
  prompt: 'prompts stored at a provider cannot fail over; send their text as instructions and input',
};

/** Reads a Responses request. Throws `RequestError`, which names the field. */
export function decodeRequest(body: JsonObject, options: RequestOptions): ChatRequest {
  const { understudy: _, ...original } = body;
  refuseState(original);
  const unmapped = new Unmapped();
  unmapped.addRest(original, MAPPED, '');
  nameHabits(original, unmapped);
  const parallelToolCalls = optionalBoolean(original, 'parallel_tool_calls', '');
  const toolChoice = decodeToolChoice(original, unmapped);
  const reasoning = decodeReasoning(original, unmapped);
  const maxOutputTokens = optionalNumber(original, 'max_output_tokens', '', { min: 1, integer: true });
  const endUser = optionalString(original, 'user', '');
  return {
    dialect: 'openai-responses',
    model: decodeModel(original),
    messages: decodeMessages(original, unmapped),
    tools: [...decodeTools(original, unmapped), ...decodeAdditionalTools(original, unmapped)],
    ...(toolChoice && { toolChoice }),
    ...(parallelToolCalls !== undefined && { parallelToolCalls }),
    output: decodeOutput(original, unmapped),
    ...(reasoning && { reasoning }),
    sampling: decodeSampling(original),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    stop: [],
    stream: optionalBoolean(original, 'stream', '') ?? false,
    streamUsage: true,
    choices: 1,
    ...(endUser !== undefined && { endUser }),
    options,
    original,
    unmapped: unmapped.names(),
    conversationEdited: false,
  };
}

function refuseState(body: JsonObject): void {
  for (const [field, why] of Object.entries(STATEFUL)) {
    if (body[field] !== undefined && body[field] !== null) throw new RequestError(field, `${field}: ${why}.`);
  }
  if (optionalBoolean(body, 'background', '') === true) {
    const why = 'the gateway answers while the caller waits; leave it out, or stream';
    throw new RequestError('background', `background: ${why}.`);
  }
}

function decodeModel(body: JsonObject): string {
  const model = readString(body, 'model', '');
  if (model.trim() === '') throw new RequestError('model', 'model must not be empty.');
  return model;
}

/** Fields of which some values ask for nothing that the gateway or any target would not do anyway. */
function nameHabits(body: JsonObject, unmapped: Unmapped): void {
  // The API's default is to keep the response; nobody does, and the answer says so.
  if (optionalBoolean(body, 'store', '') !== false) unmapped.add('store');
  const truncation = optionalString(body, 'truncation', '');
  if (truncation !== undefined && truncation !== 'disabled') unmapped.add('truncation');
  for (const [at, wish] of (optionalStringList(body, 'include', '') ?? []).entries()) {
    // Encrypted thinking comes back wherever a target has any.
    if (wish !== 'reasoning.encrypted_content') unmapped.add(fieldPath('include', at));
  }
  const stream = optionalObject(body, 'stream_options', '');
  if (stream !== undefined) unmapped.addRest(stream, new Set(), 'stream_options');
}

function decodeMessages(body: JsonObject, unmapped: Unmapped): Message[] {
  const instructions = optionalString(body, 'instructions', '');
  const { input } = body;
  if (input === undefined || input === null) {
    throw new RequestError('input', 'input is required and must be a string or an array of items.');
  }
  const messages = decodeInput(input, unmapped).map(({ message }) => message);
  if (instructions === undefined || instructions === '') return messages;
  return [{ role: 'system', parts: [{ type: 'text', text: instructions }] }, ...messages];
}

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/** Other targets show their thinking as they can, so that a wish for a summary is met where it can be. */
function decodeReasoning(body: JsonObject, unmapped: Unmapped): ReasoningRequest | undefined {
  const reasoning = optionalObject(body, 'reasoning', '');
  if (reasoning === undefined) return undefined;
  unmapped.addRest(reasoning, new Set(['effort', 'summary', 'generate_summary']), 'reasoning');
  const word = optionalString(reasoning, 'effort', 'reasoning');
  if (word === undefined) return undefined;
  const effort = EFFORTS.find((known) => known === word);
  // A word that is not known yet goes to a target of this dialect as it is.
  if (effort === undefined) unmapped.add('reasoning.effort');
  return effort && { effort };
}

function decodeSampling(body: JsonObject): Sampling {
  const temperature = optionalNumber(body, 'temperature', '', { min: 0 });
  const topP = optionalNumber(body, 'top_p', '', { min: 0, max: 1 });
  return { ...(temperature !== undefined && { temperature }), ...(topP !== undefined && { topP }) };
}
