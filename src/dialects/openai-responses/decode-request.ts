import type { ChatRequest, ReasoningRequest, RequestOptions, Sampling } from '../../model/chat-request.ts';
import type { Message } from '../../model/conversation.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { readPromptUse } from '../../model/prompt-use.ts';
import { RequestError } from '../../model/request-error.ts';
import { effortWord } from '../common/effort.ts';
import {
  fieldPath,
  optionalBoolean,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStringList,
  readString,
} from '../common/fields.ts';
import { decodeAccount, decodeVerbosity } from '../common/openai-account.ts';
import { Unmapped } from '../common/unmapped.ts';
import { decodeInput } from './decode-input.ts';
import { decodeAdditionalTools, decodeOutput, decodeToolChoice, decodeTools } from './decode-tools.ts';
import { BODY_FIELDS, REASONING_FIELDS } from './request-fields.ts';

/** Stands for what is kept: by now it has to stand in `input` itself, or an answer would be made from half a conversation. */
const STATEFUL: Readonly<Record<string, string>> = {
  previous_response_id: 'is not resolved here; send the whole conversation as input',
  conversation: 'is not resolved here; send the whole conversation as input',
};

/** Reads a Responses request. Throws `RequestError`, which names the field. */
export function decodeRequest(body: JsonObject, options: RequestOptions): ChatRequest {
  const { understudy: _, ...original } = body;
  refuseState(original);
  const unmapped = new Unmapped('openai-responses');
  unmapped.addByRules(original, BODY_FIELDS, '');
  nameHabits(original, unmapped);
  const prompt = readPromptUse(original.prompt, (at, message) => {
    const field = at === '' ? 'prompt' : fieldPath('prompt', at);
    throw new RequestError(field, `${field} ${message}.`);
  });
  const parallelToolCalls = optionalBoolean(original, 'parallel_tool_calls', '');
  const toolChoice = decodeToolChoice(original, unmapped);
  const reasoning = decodeReasoning(original, unmapped);
  const maxOutputTokens = optionalNumber(original, 'max_output_tokens', '', { min: 1, integer: true });
  return {
    dialect: 'openai-responses',
    model: decodeModel(original),
    messages: decodeMessages(original, unmapped),
    ...(prompt && { prompt }),
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
    ...decodeLogprobs(original),
    ...decodeVerbosity(optionalObject(original, 'text', '') ?? {}, 'text', unmapped),
    ...decodeAccount(original, unmapped),
    options,
    original,
    unmapped: unmapped.fields(),
    requires: unmapped.requires(),
    conversationEdited: false,
  };
}

function refuseState(body: JsonObject): void {
  for (const [field, why] of Object.entries(STATEFUL)) {
    if (body[field] !== undefined && body[field] !== null) throw new RequestError(field, `${field}: ${why}.`);
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
  if (optionalBoolean(body, 'store', '') !== false) unmapped.add('store', false);
  for (const [at, wish] of (optionalStringList(body, 'include', '') ?? []).entries()) {
    // What is included of a tool's work comes with the tool, and only targets that have it may serve.
    if (!KNOWN_INCLUDES.has(wish)) unmapped.add(fieldPath('include', at), false);
  }
}

const LOGPROBS = 'message.output_text.logprobs';
/** Encrypted thinking comes back wherever a target has any. */
const KNOWN_INCLUDES = new Set([LOGPROBS, 'reasoning.encrypted_content']);

function decodeLogprobs(body: JsonObject): Pick<ChatRequest, 'logprobs'> {
  const top = optionalNumber(body, 'top_logprobs', '', { min: 0, max: 20, integer: true });
  const asked = optionalStringList(body, 'include', '')?.includes(LOGPROBS) ?? false;
  return asked || (top !== undefined && top > 0) ? { logprobs: { top: top ?? 0 } } : {};
}

function decodeMessages(body: JsonObject, unmapped: Unmapped): Message[] {
  const instructions = optionalString(body, 'instructions', '');
  const { input } = body;
  if (input === undefined || input === null) {
    // A prompt may hold all that is said.
    if (isGiven(body.prompt)) return instructionsAlone(instructions);
    throw new RequestError('input', 'input is required and must be a string or an array of items.');
  }
  const messages = decodeInput(input, unmapped).map(({ message }) => message);
  return [...instructionsAlone(instructions), ...messages];
}

function instructionsAlone(text: string | undefined): Message[] {
  return text === undefined || text === '' ? [] : [{ role: 'system', parts: [{ type: 'text', text }] }];
}

function isGiven(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null;
}

/** `summary` asks to see the thinking; in which words is the target's. */
function decodeReasoning(body: JsonObject, unmapped: Unmapped): ReasoningRequest | undefined {
  const reasoning = optionalObject(body, 'reasoning', '');
  if (reasoning === undefined) return undefined;
  unmapped.addByRules(reasoning, REASONING_FIELDS, 'reasoning');
  const word = optionalString(reasoning, 'effort', 'reasoning');
  const effort = effortWord(word);
  // A word that is not known yet goes to a target of this dialect as it is.
  if (word !== undefined && effort === undefined) unmapped.add('reasoning.effort');
  const summary =
    optionalString(reasoning, 'summary', 'reasoning') ?? optionalString(reasoning, 'generate_summary', 'reasoning');
  if (effort === undefined && summary === undefined) return undefined;
  return { ...(effort && { effort }), ...(summary !== undefined && { display: 'shown' as const }) };
}

function decodeSampling(body: JsonObject): Sampling {
  const temperature = optionalNumber(body, 'temperature', '', { min: 0 });
  const topP = optionalNumber(body, 'top_p', '', { min: 0, max: 1 });
  return { ...(temperature !== undefined && { temperature }), ...(topP !== undefined && { topP }) };
}
